//! Coming in by the company's own login: a provider that answers as it is told to, and browsers that go there and back.

use crate::company::{Answer, Company, HERE};
use axum::http::{Method, StatusCode};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::Utc;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

/// A provider on this machine.
struct Provider {
    server: MockServer,
    pair: EcdsaKeyPair,
}

impl Provider {
    async fn start() -> Provider {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        let server = MockServer::start().await;
        let at = |path: &str| format!("{}{path}", server.uri());
        let itself = json!({
            "issuer": server.uri(), "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
        });
        let point = pair.public_key().as_ref();
        let part = |at: usize| BASE64.encode(&point[at..at + 32]);
        let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "kid": "k", "x": part(1), "y": part(33) }] });
        for (at, body) in [("/.well-known/openid-configuration", itself), ("/keys", keys)] {
            let answer = ResponseTemplate::new(200).set_body_json(body);
            Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(&server).await;
        }
        Provider { server, pair }
    }

    /// What it says of Anne in the login of this nonce.
    fn anne(&self, nonce: &str) -> Value {
        let now = Utc::now().timestamp();
        json!({
            "iss": self.server.uri(), "sub": "anne-1", "aud": "relance", "exp": now + 300, "iat": now, "nonce": nonce,
            "email": "anne@exemple.fr", "email_verified": true,
        })
    }

    fn token(&self, algorithm: &str, body: &Value) -> String {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let text = format!("{}.{}", part(&json!({ "alg": algorithm, "kid": "k" })), part(body));
        let signature = self.pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        if algorithm == "none" { format!("{text}.") } else { format!("{text}.{}", BASE64.encode(signature.as_ref())) }
    }

    /// Gives this token for the next code.
    async fn gives(&self, token: String) {
        let answer = ResponseTemplate::new(200).set_body_json(json!({ "id_token": token, "token_type": "Bearer" }));
        Mock::given(method("POST")).and(path("/token")).respond_with(answer).up_to_n_times(1).mount(&self.server).await;
    }
}

/// A value of an address.
fn value(address: &str, name: &str) -> String {
    let query = address.split_once('?').unwrap().1;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.unwrap_or_else(|| panic!("{name} in {address}")).to_owned()
}

/// Goes to the provider: the address there, and the cookie of the browser.
async fn leave(company: &Company) -> (String, String) {
    let (status, location, cookies) = company.visit("/connexion/oidc?suite=/e/principale/compte", None).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    (location, cookies.split(';').next().unwrap().to_owned())
}

async fn back(company: &Company, state: &str, cookie: Option<&str>) -> (StatusCode, String, String) {
    company.visit(&format!("/connexion/oidc/retour?code=c1&state={state}"), cookie).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_companys_own_login() {
    let provider = Provider::start().await;
    let company = Company::with_login("", &provider.server.uri()).await;
    let anne = company.hire("Anne", HERE, "valideur").await;
    let page: Answer = company.send(Method::GET, "/connexion", None, ("text/plain", String::new())).await;
    assert!(page.body.contains("/connexion/oidc?suite="));

    // As it should be.
    let (there, cookie) = leave(&company).await;
    assert!(there.starts_with(&format!("{}/authorize?response_type=code&", provider.server.uri())), "{there}");
    assert_eq!(value(&there, "code_challenge_method"), "S256");
    assert_eq!(value(&there, "redirect_uri"), "https%3A%2F%2Frelance.example%2Fconnexion%2Foidc%2Fretour");
    let (state, nonce) = (value(&there, "state"), value(&there, "nonce"));
    provider.gives(provider.token("ES256", &provider.anne(&nonce))).await;
    let (status, location, session) = back(&company, &state, Some(&cookie)).await;
    assert_eq!((status, location.as_str()), (StatusCode::SEE_OTHER, "/e/principale/compte"));
    let session = session.split(';').next().unwrap().to_owned();
    let (status, ..) = company.visit("/e/principale/compte", Some(&session)).await;
    assert_eq!(status, StatusCode::OK);
    // The code was asked for with what the challenge was made of.
    let asked = provider.server.received_requests().await.unwrap();
    let asked = asked.iter().find(|one| one.url.path() == "/token").unwrap();
    let body = String::from_utf8(asked.body.clone()).unwrap();
    let verifier = body.split('&').find_map(|pair| pair.strip_prefix("code_verifier=")).unwrap();
    assert_eq!(BASE64.encode(Sha256::digest(verifier)), value(&there, "code_challenge"));
    assert!(body.contains("code=c1"), "{body}");
    let basic = asked.headers.get("authorization").unwrap().to_str().unwrap();
    assert_eq!(basic, format!("Basic {}", base64::prelude::BASE64_STANDARD.encode("relance:chut")));

    // The same state once more, from the same browser.
    let (status, ..) = back(&company, &state, Some(&cookie)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a state serves once");

    // Another browser, or none: somebody was given a link to somebody else's login.
    for other in [None, Some(leave(&company).await.1)] {
        let (there, _) = leave(&company).await;
        let (status, _, cookies) = back(&company, &value(&there, "state"), other.as_deref()).await;
        assert_eq!((status, cookies.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, ""));
    }

    // What the provider says is not believed whatever it is.
    let past = Utc::now().timestamp() - 120;
    let changes: [(&str, &str, Value); 8] = [
        ("ES256", "nonce", json!("autre")),
        ("ES256", "aud", json!("autre")),
        ("ES256", "iss", json!("https://id.example")),
        ("ES256", "exp", json!(past)),
        ("ES256", "email_verified", json!(false)),
        ("none", "email", json!("anne@exemple.fr")),
        ("HS256", "email", json!("anne@exemple.fr")),
        ("ES256", "sub", json!("un-autre")),
    ];
    for (algorithm, name, changed) in changes {
        let (there, cookie) = leave(&company).await;
        let mut body = provider.anne(&value(&there, "nonce"));
        body[name] = changed;
        provider.gives(provider.token(algorithm, &body)).await;
        let (status, _, cookies) = back(&company, &value(&there, "state"), Some(&cookie)).await;
        assert_eq!((status, cookies.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, ""), "{algorithm} {name}");
    }

    // Nobody is made an account; nobody comes in who is suspended; and whoever changes their address stays who they are.
    let come = async |change: &[(&str, Value)]| {
        let (there, cookie) = leave(&company).await;
        let mut body = provider.anne(&value(&there, "nonce"));
        for (name, changed) in change {
            body[*name] = changed.clone();
        }
        provider.gives(provider.token("ES256", &body)).await;
        back(&company, &value(&there, "state"), Some(&cookie)).await.0
    };
    let stranger = come(&[("sub", json!("zoe-1")), ("email", json!("zoe@exemple.fr"))]).await;
    assert_eq!(stranger, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(company.accounts.account_of("zoe@exemple.fr").await.unwrap().is_none());
    assert_eq!(come(&[("email", json!("anne.martin@exemple.fr"))]).await, StatusCode::SEE_OTHER);
    company.accounts.disable(&anne.id, Some(Utc::now())).await.unwrap();
    assert_eq!(come(&[]).await, StatusCode::UNPROCESSABLE_ENTITY);
}
