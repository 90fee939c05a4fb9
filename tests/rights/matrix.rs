//! Every address × every role × every creditor.

use crate::company::{Answer, Company, ELSEWHERE, FORM, HERE, Visitor, form};
use crate::routes::routes;
use crate::table::{Needs, Row, Sends, TABLE};
use axum::http::{Method, StatusCode};

/// The roles, the lowest first.
const ROLES: [&str; 4] = ["lecture", "gestionnaire", "valideur", "administrateur"];

/// How a form proves where it was filled in.
#[derive(Clone, Copy, Debug)]
enum Mark {
    Right,
    Missing,
    /// Of another session.
    Forged,
}

/// What is named in the table.
struct Names {
    invoice: String,
    client: String,
    account: String,
}

#[test]
fn every_address_of_the_server_is_in_the_table() {
    let mut listed: Vec<(String, &str)> = TABLE.iter().map(|row| (row.route.to_owned(), row.method)).collect();
    listed.sort();
    listed.dedup();
    let found = routes();
    assert!(found.len() > 55, "{found:?}");
    let missing: Vec<_> = found.iter().filter(|route| !listed.contains(route)).collect();
    let gone: Vec<_> = listed.iter().filter(|route| !found.contains(route)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not in the table: {missing:?}\nnot in the server: {gone:?}");
}

async fn ask(company: &Company, names: &Names, row: &Row, entity: &str, who: Option<&Visitor>, mark: Mark) -> Answer {
    let path = row.path.replace("{entite}", entity).replace("{facture}", &names.invoice);
    let path = path.replace("{client}", &names.client).replace("{compte}", &names.account);
    let other = relance_server::auth::token::Token::draw().unwrap();
    let proof = match mark {
        Mark::Right => who.map(|who| who.token.form_mark()),
        Mark::Missing => None,
        Mark::Forged => Some(other.form_mark()),
    };
    let body = match row.sends {
        Sends::Nothing => ("text/plain", String::new()),
        Sends::Unmarked(fields) => (FORM, form(fields)),
        Sends::Json => ("application/json", "{\"texte\":\"x\",\"ligne\":1,\"colonne\":1}".to_owned()),
        Sends::Form(fields) => {
            let proof = proof.as_deref().map(|proof| ("jeton", proof));
            (FORM, form(proof.iter().chain(fields)))
        }
        Sends::File => {
            let part =
                |head: &str, text: &str| format!("--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
            let proof = proof.map(|proof| part("name=\"jeton\"", &proof)).unwrap_or_default();
            let file = part("name=\"fichiers\"; filename=\"a.csv\"", "x");
            ("multipart/form-data; boundary=x", format!("{proof}{file}--x--\r\n"))
        }
    };
    company.send(row.method.parse::<Method>().unwrap(), &path, who, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_what_everywhere() {
    let company = Company::new("quatre_yeux = \"toujours\"").await;
    let (client, invoice) = company.debt().await;
    let zoe = company.hire("Zoe", HERE, "lecture").await;
    let names = Names { invoice, client, account: zoe.id };
    let mut people = Vec::new();
    for role in ROLES {
        people.push((role, company.hire(role, HERE, role).await));
    }
    let stranger = company.hire("Etranger", ELSEWHERE, "administrateur").await;
    let nobody = company.hire("Sans", HERE, "lecture").await;
    company.accounts.set_role(HERE, &nobody.id, None).await.unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for row in TABLE {
        let mut expect = |answer: &Answer, whom: &str, good: bool, wanted: &str| {
            asked += 1;
            if !good {
                wrong.push(format!("{} {} by {whom}: {} and not {wanted}", row.method, row.path, answer.status));
            }
        };
        let may = |role: &str| match row.needs {
            Needs::Nobody | Needs::LoggedIn => true,
            Needs::Role(least) => {
                ROLES.iter().position(|own| *own == role) >= ROLES.iter().position(|own| *own == least)
            }
        };
        let is_allowed = |answer: &Answer| {
            let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED];
            let kept_out =
                answer.location.starts_with("/connexion") && row.needs != Needs::Nobody && row.route != "/deconnexion";
            !refused.contains(&answer.status)
                && !kept_out
                && (!row.there || answer.status != StatusCode::NOT_FOUND)
                && !answer.status.is_server_error()
        };
        let alone = ask(&company, &names, row, HERE, None, Mark::Missing).await;
        if row.needs == Needs::Nobody {
            expect(&alone, "nobody", is_allowed(&alone), "let in");
            continue;
        }
        let sent_away = alone.status == StatusCode::SEE_OTHER && alone.location.starts_with("/connexion?suite=");
        expect(&alone, "nobody", sent_away, "sent to log in");
        if let Needs::Role(_) = row.needs {
            // Of this creditor as of any other: whoever has no role finds nothing.
            let ruler = company.log_in(&people[3].1.id).await;
            for (whom, visitor, entity) in [
                ("a stranger", &stranger, HERE),
                ("one without a role", &nobody, HERE),
                ("an administrator of another creditor", &ruler, ELSEWHERE),
                ("an administrator", &ruler, "inconnue"),
            ] {
                let answer = ask(&company, &names, row, entity, Some(visitor), Mark::Right).await;
                expect(&answer, whom, answer.status == StatusCode::NOT_FOUND, "404");
            }
        }
        for (role, visitor) in &people {
            // Some addresses end the session; nobody notices here.
            let visitor = company.log_in(&visitor.id).await;
            if may(role) {
                if let Sends::Form(_) | Sends::File = row.sends {
                    for mark in [Mark::Missing, Mark::Forged] {
                        let answer = ask(&company, &names, row, HERE, Some(&visitor), mark).await;
                        let refused = match row.route {
                            // A browser that shows no mark stays logged in.
                            "/deconnexion" => answer.location == "/",
                            _ => {
                                answer.status == StatusCode::UNPROCESSABLE_ENTITY
                                    && answer.body.contains("trop vieille")
                            }
                        };
                        expect(&answer, &format!("{role} with a mark {mark:?}"), refused, "refused");
                    }
                }
                let answer = ask(&company, &names, row, HERE, Some(&visitor), Mark::Right).await;
                let marked = !answer.body.contains("trop vieille");
                expect(&answer, role, is_allowed(&answer) && marked, "allowed");
            } else {
                let answer = ask(&company, &names, row, HERE, Some(&visitor), Mark::Right).await;
                expect(&answer, role, answer.status == StatusCode::FORBIDDEN, "403");
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 600, "{asked}");
}
