//! Accounts, rights, sessions, keys, links, tries, requests: the same on every base, also when two come at the same moment.

use crate::ledger::behind;
use crate::{Office, Post, at, client, machine, program};
use chrono::TimeDelta;
use futures_util::future::join_all;
use relance_core::day::Instant;
use relance_engine::store::accounts::{
    AccountRow, Accounts, AuditFilter, Bearer, Begun, Decided, Digest, Limit, LinkKind, NewAdministrator, NewKey,
    NewPortalLink, NewRequest, NewSession, Noted, Ruling, Stage, Turn,
};
use relance_engine::store::{self, Place};
use relance_tests::base::{Base, Kind};

const NOW: &str = "2026-03-10T10:00:00Z";

fn now() -> Instant {
    at(NOW)
}

fn after(seconds: i64) -> Instant {
    now() + TimeDelta::seconds(seconds)
}

fn digest(of: u8) -> Digest {
    [of; 32]
}

async fn accounts(office: &Office) -> Accounts {
    Accounts::open(&office.base.url, office.base.folder.path()).await.unwrap()
}

/// Anne and Bruno have accounts.
async fn two(office: &Office) -> Accounts {
    let accounts = accounts(office).await;
    assert!(accounts.create("A", "anne@example.fr", "Anne", now()).await.unwrap());
    assert!(accounts.create("B", "bruno@example.fr", "Bruno", now()).await.unwrap());
    accounts
}

/// What several handles of their own, as those of several programs, answer at the same moment.
async fn at_once<T, F: Future<Output = T> + Send + 'static>(office: &Office, act: impl Fn(Accounts) -> F) -> Vec<T>
where
    T: Send + 'static,
{
    let mut tasks = Vec::new();
    for _ in 0..8 {
        tasks.push(tokio::spawn(act(accounts(office).await)));
    }
    join_all(tasks).await.into_iter().map(Result::unwrap).collect()
}

fn session<'a>(digest: &'a Digest, account: &'a str, stage: Stage) -> NewSession<'a> {
    NewSession { digest, id: "s", account, expires: after(86_400), agent: "Firefox", stage }
}

/// Everything that must survive.
async fn kept(accounts: &Accounts) -> (Vec<AccountRow>, String) {
    let audit = accounts.audit(&AuditFilter::default(), 100).await.unwrap();
    let audit: Vec<_> =
        audit.into_iter().map(|row| (row.at, row.account, row.what, row.on, row.entity, row.outcome)).collect();
    let told = format!(
        "{:#?}",
        (
            (accounts.roles_of("A").await.unwrap(), accounts.codes_left("A").await.unwrap()),
            (accounts.keys("essai").await.unwrap(), accounts.portal_links("essai", "C1").await.unwrap()),
            (accounts.requests_about("essai", "C1").await.unwrap(), audit),
        )
    );
    (accounts.accounts().await.unwrap(), told)
}

/// A bit of everything.
async fn lived(office: &Office) -> Accounts {
    let accounts = two(office).await;
    accounts.set_password("A", "$argon2id$a", None).await.unwrap();
    accounts.set_role("essai", "A", Some("administrateur")).await.unwrap();
    accounts.propose_totp("A", b"secret").await.unwrap();
    assert!(accounts.confirm_totp("A", b"secret", 41, &[digest(1), digest(2)]).await.unwrap());
    accounts.disable("B", Some(now())).await.unwrap();
    accounts.link_subject("B", "https://id.example", "b").await.unwrap();
    let scopes = ["voir".to_owned(), "imports".to_owned()];
    let key = NewKey { id: "k1", name: "ERP", digest: &digest(3), scopes: &scopes, created_by: "A", expires: None };
    accounts.add_key("essai", &key, now()).await.unwrap();
    let link = NewPortalLink {
        client: "C1",
        id: "p1",
        contact: "c1@example.fr",
        digest: &digest(4),
        created_by: Some("A"),
        expires: after(3_600),
    };
    assert!(accounts.add_portal_link("essai", &link, now()).await.unwrap());
    assert!(
        accounts
            .add_portal_link("essai", &NewPortalLink { client: "C2", digest: &digest(9), ..link }, now())
            .await
            .unwrap()
    );
    let request =
        NewRequest { id: "d1", act: "{\"abandon\":1}", client: "C1", invoice: Some("F1"), by: "A", reason: "geste" };
    assert!(accounts.ask("essai", &request, now()).await.unwrap());
    accounts
        .note(&Noted { account: Some("A"), what: "connexion", outcome: "admise", ..Noted::default() }, now())
        .await
        .unwrap();
    // What does not survive.
    assert!(accounts.open_session(&session(&digest(5), "A", Stage::Open), None, now()).await.unwrap());
    accounts.make_link(LinkKind::Password, Some("A"), &digest(6), after(60)).await.unwrap();
    let limit = Limit { free: 5, longest: TimeDelta::minutes(15) };
    accounts.begin_try(&[(digest(7), limit)], now()).await.unwrap();
    let bearer = Bearer { entity: "essai", who: "k1", key: "un" };
    accounts.begin_write(bearer, &digest(8), now(), after(60)).await.unwrap();
    accounts
}

on_every_base! {
    async fn an_account_has_one_login_and_a_role_for_each_creditor(office: Office) {
        let accounts = two(&office).await;
        assert!(!accounts.create("C", "anne@example.fr", "Une autre", now()).await.unwrap());
        assert_eq!(accounts.accounts().await.unwrap().len(), 2);
        let anne = accounts.account_of("anne@example.fr").await.unwrap().unwrap();
        assert_eq!((anne.id.as_str(), anne.name.as_str(), anne.password, anne.created), ("A", "Anne", None, now()));
        assert!(accounts.account_of("Anne@example.fr").await.unwrap().is_none());
        for (entity, role) in [("essai", Some("lecture")), ("autre", Some("valideur")), ("essai", Some("gestionnaire"))] {
            accounts.set_role(entity, "A", role).await.unwrap();
        }
        let words = |rows: Vec<(String, String)>| rows.into_iter().map(|(a, b)| format!("{a} {b}")).collect::<Vec<_>>();
        assert_eq!(words(accounts.roles_of("A").await.unwrap()), ["autre valideur", "essai gestionnaire"]);
        assert_eq!(words(accounts.roles_in("autre").await.unwrap()), ["A valideur"]);
        accounts.set_role("autre", "A", None).await.unwrap();
        assert_eq!(words(accounts.roles_of("A").await.unwrap()), ["essai gestionnaire"]);
        assert!(accounts.set_role("essai", "A", Some("roi")).await.is_err(), "no such role");
        accounts.link_subject("B", "https://id.example", "42").await.unwrap();
        assert!(accounts.link_subject("A", "https://id.example", "42").await.is_err(), "one name, one account");
        let found = accounts.account_of_subject("https://id.example", "42").await.unwrap();
        assert_eq!(found.map(|account| account.id), Some("B".to_owned()));
    }

    async fn a_new_password_ends_the_other_sessions_and_a_disabled_account_has_none(office: Office) {
        let accounts = two(&office).await;
        for (n, account) in [(1, "A"), (2, "A"), (3, "B")] {
            assert!(accounts.open_session(&session(&digest(n), account, Stage::Open), None, now()).await.unwrap());
        }
        let idle = after(-3_600);
        let open = async |n| accounts.session(&digest(n), after(1), idle).await.unwrap().is_some();
        accounts.set_password("A", "$1", Some(&digest(2))).await.unwrap();
        assert_eq!((open(1).await, open(2).await, open(3).await), (false, true, true));
        accounts.rehash("A", "$0", "$2").await.unwrap();
        assert_eq!(accounts.account("A").await.unwrap().unwrap().password.as_deref(), Some("$1"), "changed meanwhile");
        accounts.rehash("A", "$1", "$2").await.unwrap();
        assert_eq!(accounts.account("A").await.unwrap().unwrap().password.as_deref(), Some("$2"));
        accounts.make_link(LinkKind::Password, Some("A"), &digest(9), after(60)).await.unwrap();
        accounts.disable("A", Some(now())).await.unwrap();
        assert_eq!((open(2).await, open(3).await), (false, true));
        assert!(accounts.link(&digest(9), now()).await.unwrap().is_none());
    }

    async fn a_session_ends_by_itself_one_by_one_or_all_together(office: Office) {
        let accounts = two(&office).await;
        for (n, id) in [(1, "s1"), (2, "s2"), (3, "s3")] {
            let (key, new) = (digest(n), digest(n));
            let new = NewSession { id, ..session(&new, "A", Stage::OpenWithSecond) };
            assert!(accounts.open_session(&new, None, after(i64::from(n))).await.unwrap());
            assert_eq!(accounts.session(&key, after(10), now()).await.unwrap().unwrap().stage, Stage::OpenWithSecond);
        }
        let idle = after(-3_600);
        accounts.touch(&digest(1), after(60)).await.unwrap();
        accounts.touch(&digest(1), after(30)).await.unwrap();
        let listed = accounts.sessions_of("A", after(61), idle).await.unwrap();
        assert_eq!(listed.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["s1", "s3", "s2"]);
        assert_eq!(listed[0].seen, after(60));
        // Not used for too long; over for good.
        assert!(accounts.session(&digest(2), after(70), after(50)).await.unwrap().is_none());
        assert!(accounts.session(&digest(1), after(86_400), after(50)).await.unwrap().is_none());
        assert!(!accounts.end_session_of("B", "s2").await.unwrap(), "it is not B's");
        assert!(accounts.end_session_of("A", "s2").await.unwrap());
        accounts.end_session(&digest(3)).await.unwrap();
        assert_eq!(accounts.sessions_of("A", after(61), idle).await.unwrap().len(), 1);
        accounts.end_sessions_of("A", None).await.unwrap();
        assert!(accounts.sessions_of("A", after(61), idle).await.unwrap().is_empty());
    }

    /// The half of a login turns into one session, whoever is quicker.
    async fn a_half_session_becomes_one_session(office: Office) {
        let accounts = two(&office).await;
        assert!(accounts.open_session(&session(&digest(1), "A", Stage::Password), None, now()).await.unwrap());
        assert!(accounts.sessions_of("A", now(), now()).await.unwrap().is_empty(), "not open yet");
        let number = std::sync::atomic::AtomicU8::new(10);
        let opened = at_once(&office, |accounts| {
            let new = digest(number.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            async move {
                accounts.open_session(&session(&new, "A", Stage::OpenWithSecond), Some(&digest(1)), now()).await.unwrap()
            }
        })
        .await;
        assert_eq!(opened.iter().filter(|opened| **opened).count(), 1);
        assert_eq!(accounts.sessions_of("A", now(), now()).await.unwrap().len(), 1);
    }

    async fn a_code_of_the_second_factor_is_taken_once_also_by_several_at_once(office: Office) {
        let accounts = two(&office).await;
        assert!(!accounts.take_totp("A", 40).await.unwrap(), "there is no second factor");
        accounts.propose_totp("A", b"un").await.unwrap();
        accounts.propose_totp("A", b"deux").await.unwrap();
        assert!(!accounts.confirm_totp("A", b"un", 40, &[]).await.unwrap(), "another was shown since");
        assert!(accounts.confirm_totp("A", b"deux", 40, &[digest(1), digest(2)]).await.unwrap());
        let taken = at_once(&office, |accounts| async move { accounts.take_totp("A", 41).await.unwrap() }).await;
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
        assert!(!accounts.take_totp("A", 40).await.unwrap(), "nor an earlier one");
        let taken = at_once(&office, |accounts| async move { accounts.take_code("A", &digest(1)).await.unwrap() }).await;
        assert_eq!(taken.iter().filter(|taken| **taken).count(), 1);
        assert!(!accounts.take_code("B", &digest(2)).await.unwrap(), "another's code");
        assert_eq!(accounts.codes_left("A").await.unwrap(), 1);
        accounts.remove_totp("A").await.unwrap();
        assert_eq!(accounts.codes_left("A").await.unwrap(), 0);
        assert!(!accounts.take_totp("A", 50).await.unwrap());
    }

    async fn a_link_opens_once_also_for_several_at_once(office: Office) {
        let accounts = two(&office).await;
        accounts.make_link(LinkKind::Invitation, Some("A"), &digest(1), after(60)).await.unwrap();
        accounts.make_link(LinkKind::Password, Some("A"), &digest(2), after(60)).await.unwrap();
        accounts.make_link(LinkKind::Password, Some("B"), &digest(3), after(60)).await.unwrap();
        assert!(accounts.link(&digest(1), now()).await.unwrap().is_none(), "a new one kills the old one");
        let found = accounts.link(&digest(2), now()).await.unwrap().unwrap();
        assert_eq!((found.kind, found.account.as_deref(), found.expires), (LinkKind::Password, Some("A"), after(60)));
        assert!(accounts.link(&digest(2), after(60)).await.unwrap().is_none(), "it has run out");
        assert_eq!(accounts.use_password_link(&digest(2), "$x", after(60)).await.unwrap(), None);
        let used = at_once(&office, |accounts| async move {
            accounts.use_password_link(&digest(2), "$x", now()).await.unwrap()
        })
        .await;
        assert_eq!(used.iter().flatten().collect::<Vec<_>>(), ["A"]);
        assert_eq!(accounts.account("A").await.unwrap().unwrap().password.as_deref(), Some("$x"));
        assert_eq!(accounts.account("B").await.unwrap().unwrap().password, None);
        assert!(accounts.link(&digest(3), now()).await.unwrap().is_some());
    }

    async fn the_first_administrator_is_made_once_also_by_several_at_once(office: Office) {
        let accounts = self::accounts(&office).await;
        assert!(accounts.is_empty().await.unwrap());
        accounts.make_link(LinkKind::First, None, &digest(1), after(60)).await.unwrap();
        accounts.make_link(LinkKind::First, None, &digest(2), after(60)).await.unwrap();
        assert_eq!(accounts.use_password_link(&digest(2), "$x", now()).await.unwrap(), None, "it is for something else");
        let number = std::sync::atomic::AtomicU8::new(0);
        let made = at_once(&office, |accounts| {
            let n = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move {
                let (id, login) = (format!("X{n}"), format!("x{n}@example.fr"));
                let roles = [("essai".to_owned(), "administrateur".to_owned())];
                let new = NewAdministrator { id: &id, login: &login, name: "X", hash: "$x", roles: &roles };
                let old = accounts.use_first_link(&digest(1), &new, now()).await.unwrap();
                (old, accounts.use_first_link(&digest(2), &new, now()).await.unwrap())
            }
        })
        .await;
        assert!(made.iter().all(|(old, _)| !old));
        assert_eq!(made.iter().filter(|(_, made)| *made).count(), 1);
        let all = accounts.accounts().await.unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(accounts.roles_of(&all[0].id).await.unwrap(), [("essai".to_owned(), "administrateur".to_owned())]);
        // With an account, no such link opens.
        accounts.make_link(LinkKind::First, None, &digest(3), after(60)).await.unwrap();
        let new = NewAdministrator { id: "Y", login: "y@example.fr", name: "Y", hash: "$y", roles: &[] };
        assert!(!accounts.use_first_link(&digest(3), &new, now()).await.unwrap());
    }

    async fn a_key_opens_one_creditor_until_it_is_revoked_or_runs_out(office: Office) {
        let accounts = two(&office).await;
        let scopes = ["voir".to_owned()];
        let new = |id, digest, expires| NewKey { id, name: "ERP", digest, scopes: &scopes, created_by: "A", expires };
        let (one, two) = (digest(1), digest(2));
        accounts.add_key("essai", &new("k1", &one, None), now()).await.unwrap();
        accounts.add_key("autre", &new("k1", &two, Some(after(60))), after(1)).await.unwrap();
        let key = accounts.key(&one, now()).await.unwrap().unwrap();
        assert_eq!((key.entity.as_str(), key.id.as_str(), &key.scopes[..], key.seen), ("essai", "k1", &scopes[..], None));
        accounts.touch_key("essai", "k1", after(5)).await.unwrap();
        assert_eq!(accounts.keys("essai").await.unwrap()[0].seen, Some(after(5)));
        assert_eq!(accounts.keys("autre").await.unwrap()[0].seen, None);
        assert_eq!(accounts.key(&two, after(59)).await.unwrap().unwrap().entity, "autre");
        assert!(accounts.key(&two, after(60)).await.unwrap().is_none());
        assert!(accounts.key(&digest(3), now()).await.unwrap().is_none());
        assert!(accounts.revoke_key("essai", "k1", after(9)).await.unwrap());
        assert!(!accounts.revoke_key("essai", "k1", after(10)).await.unwrap());
        assert!(accounts.key(&one, after(9)).await.unwrap().is_none());
        assert_eq!(accounts.keys("essai").await.unwrap()[0].revoked, Some(after(9)));
    }

    async fn whoever_tries_and_whoever_succeeds_do_not_wait_for_each_other(office: Office) {
        let limit = Limit { free: 1_000_000, longest: TimeDelta::minutes(15) };
        let turns = at_once(&office, move |accounts| async move {
            for _ in 0..25 {
                accounts.begin_try(&[(digest(1), limit), (digest(2), limit)], now()).await.unwrap();
                accounts.end_try(&[digest(2)], &[digest(1)], now()).await.unwrap();
                accounts.sweep_tries(after(1)).await.unwrap();
            }
            accounts.begin_try(&[(digest(2), limit)], now()).await.unwrap()
        })
        .await;
        assert!(turns.iter().all(|turn| *turn == Turn::Go), "{turns:?}");
    }

    async fn tries_are_counted_before_they_are_judged_and_nobody_waits_for_ever(office: Office) {
        let accounts = self::accounts(&office).await;
        let limit = Limit { free: 5, longest: TimeDelta::minutes(15) };
        // Eight at once count as eight: five are free, one more begins the wait.
        let turns = at_once(&office, move |accounts| async move {
            accounts.begin_try(&[(digest(1), limit), (digest(2), limit)], now()).await.unwrap()
        })
        .await;
        assert_eq!(turns.iter().filter(|turn| **turn == Turn::Go).count(), 6);
        assert!(turns.contains(&Turn::Wait(after(1))), "{turns:?}");
        // A try while one waits makes nobody wait longer.
        for _ in 0..20 {
            assert_eq!(accounts.begin_try(&[(digest(1), limit)], now()).await.unwrap(), Turn::Wait(after(1)));
        }
        let mut moment = now();
        for _ in 0..30 {
            match accounts.begin_try(&[(digest(1), limit)], moment).await.unwrap() {
                Turn::Go => {}
                Turn::Wait(until) => {
                    assert!(until - moment <= TimeDelta::minutes(15));
                    moment = until;
                }
            }
        }
        assert!(moment > after(900));
        // The other key has its own count; a success clears one and takes one back from the other.
        assert_eq!(accounts.begin_try(&[(digest(2), limit)], after(1)).await.unwrap(), Turn::Go);
        accounts.end_try(&[digest(2)], &[digest(1)], after(1)).await.unwrap();
        assert_eq!(accounts.begin_try(&[(digest(1), limit)], after(1)).await.unwrap(), Turn::Go);
        assert_eq!(accounts.begin_try(&[(digest(2), limit)], after(1)).await.unwrap(), Turn::Go);
        assert_eq!(accounts.begin_try(&[(digest(2), limit)], after(1)).await.unwrap(), Turn::Wait(after(3)));
        // It survives the program, and is forgotten after a day.
        let again = self::accounts(&office).await;
        assert_eq!(again.begin_try(&[(digest(2), limit)], after(1)).await.unwrap(), Turn::Wait(after(3)));
        for _ in 0..5 {
            assert_eq!(again.begin_try(&[(digest(2), limit)], after(90_000)).await.unwrap(), Turn::Go);
        }
        again.admit(&digest(9), now()).await.unwrap();
        assert!(again.is_known(&digest(9), after(86_400)).await.unwrap());
        assert!(!again.is_known(&digest(9), after(91 * 86_400)).await.unwrap());
        assert!(!again.is_known(&digest(2), now()).await.unwrap());
        again.sweep_tries(after(10 * 86_400)).await.unwrap();
        assert!(again.is_known(&digest(9), after(86_400)).await.unwrap());
    }

    async fn the_audit_is_only_added_to(office: Office) {
        let accounts = two(&office).await;
        for n in 0..30 {
            let (account, entity) = (["A", "B"][n % 2], ["essai", "autre"][n / 2 % 2]);
            let on = n.to_string();
            let noted = Noted {
                account: Some(account),
                who: Some("Anne"),
                address: Some("192.0.2.1"),
                what: ["pause", "arret", "droit"][n % 3],
                on: Some(&on),
                entity: Some(entity),
                outcome: "fait",
            };
            accounts.note(&noted, after(i64::try_from(n).unwrap())).await.unwrap();
        }
        let page = |filter: AuditFilter<'static>| {
            let accounts = accounts.clone();
            async move {
                let rows = accounts.audit(&filter, 4).await.unwrap();
                let on: Vec<String> = rows.iter().map(|row| row.on.clone().unwrap()).collect();
                (on.join(" "), rows.last().map(|row| row.number))
            }
        };
        let (first, last) = page(AuditFilter::default()).await;
        assert_eq!(first, "29 28 27 26");
        assert_eq!(page(AuditFilter { before: last, ..AuditFilter::default() }).await.0, "25 24 23 22");
        assert_eq!(page(AuditFilter { account: Some("A"), ..AuditFilter::default() }).await.0, "28 26 24 22");
        assert_eq!(page(AuditFilter { entity: Some("essai"), ..AuditFilter::default() }).await.0, "29 28 25 24");
        assert_eq!(page(AuditFilter { what: Some("droit"), ..AuditFilter::default() }).await.0, "29 26 23 20");
        let all = AuditFilter { account: Some("A"), entity: Some("essai"), what: Some("pause"), ..AuditFilter::default() };
        assert_eq!(page(all).await.0, "24 12 0");
        let from = AuditFilter { from: Some(after(3)), until: Some(after(6)), ..AuditFilter::default() };
        assert_eq!(page(from).await.0, "5 4 3");
        // Logins are about no creditor: those of the accounts that have a role for one are told with it, and those of nobody.
        accounts.set_role("essai", "A", Some("lecture")).await.unwrap();
        for (account, on) in [(Some("A"), "a"), (Some("B"), "b"), (None, "personne")] {
            let login = Noted { account, what: "connexion", on: Some(on), outcome: "refusée", ..Noted::default() };
            accounts.note(&login, after(40)).await.unwrap();
        }
        assert_eq!(page(AuditFilter { entity: Some("essai"), with_logins: true, ..AuditFilter::default() }).await.0, "personne a 29 28");
        for statement in ["UPDATE audit SET issue = 'autre'", "DELETE FROM audit WHERE quoi = 'pause'"] {
            let refused = behind(&office, statement).await.unwrap_err().to_string();
            assert!(refused.contains("registre des accès"), "{refused}");
        }
        let acts = AuditFilter { what: Some("droit"), ..AuditFilter::default() };
        let row = accounts.audit(&acts, 1).await.unwrap().remove(0);
        assert_eq!((row.at, row.who.as_deref(), row.address.as_deref()), (after(29), Some("Anne"), Some("192.0.2.1")));
    }

    async fn a_write_that_is_asked_twice_is_done_once(office: Office) {
        let accounts = self::accounts(&office).await;
        let bearer = Bearer { entity: "essai", who: "k1", key: "un" };
        let begun = at_once(&office, move |accounts| async move {
            accounts.begin_write(bearer, &digest(1), now(), after(60)).await.unwrap()
        })
        .await;
        assert_eq!(begun.iter().filter(|begun| **begun == Begun::Now).count(), 1);
        assert_eq!(begun.iter().filter(|begun| **begun == Begun::UnderWay).count(), 7);
        assert_eq!(accounts.begin_write(bearer, &digest(2), now(), after(60)).await.unwrap(), Begun::Another);
        accounts.finish_write(bearer, &digest(1), (201, b"{}"), after(86_400)).await.unwrap();
        let done = Begun::Done { status: 201, body: b"{}".to_vec() };
        assert_eq!(accounts.begin_write(bearer, &digest(1), after(70), after(130)).await.unwrap(), done);
        // The same name of another, or for another creditor, is another write.
        for other in [Bearer { who: "k2", ..bearer }, Bearer { entity: "autre", ..bearer }] {
            assert_eq!(accounts.begin_write(other, &digest(2), now(), after(60)).await.unwrap(), Begun::Now);
        }
        // One that changed nothing, or that nobody ended, is begun again; an answer is forgotten in the end.
        let other = Bearer { who: "k2", ..bearer };
        accounts.abandon_write(other, &digest(2)).await.unwrap();
        assert_eq!(accounts.begin_write(other, &digest(3), now(), after(60)).await.unwrap(), Begun::Now);
        assert_eq!(accounts.begin_write(other, &digest(3), after(59), after(90)).await.unwrap(), Begun::UnderWay);
        assert_eq!(accounts.begin_write(other, &digest(3), after(60), after(90)).await.unwrap(), Begun::Now);
        accounts.sweep(after(86_400), now()).await.unwrap();
        assert_eq!(accounts.begin_write(bearer, &digest(2), now(), after(60)).await.unwrap(), Begun::Now);
    }

    async fn a_portal_link_opens_one_client_until_it_is_revoked_or_runs_out(office: Office) {
        let accounts = lived(&office).await;
        let link = accounts.portal_link(&digest(4), now()).await.unwrap().unwrap();
        assert_eq!((link.entity.as_str(), link.client.as_str(), link.contact.as_str()), ("essai", "C1", "c1@example.fr"));
        accounts.touch_portal_link(&link, after(5)).await.unwrap();
        assert_eq!(accounts.portal_links("essai", "C1").await.unwrap()[0].seen, Some(after(5)));
        assert!(accounts.portal_link(&digest(4), after(3_600)).await.unwrap().is_none());
        assert!(accounts.portal_links("autre", "C1").await.unwrap().is_empty());
        assert_eq!(accounts.revoke_portal_links("autre", "C1", None, after(6)).await.unwrap(), 0);
        assert_eq!(accounts.revoke_portal_links("essai", "C1", Some("p2"), after(6)).await.unwrap(), 0);
        assert_eq!(accounts.revoke_portal_links("essai", "C1", None, after(6)).await.unwrap(), 1);
        assert!(accounts.portal_link(&digest(4), after(6)).await.unwrap().is_none());
        assert!(accounts.portal_link(&digest(9), after(6)).await.unwrap().is_some(), "C2's");
    }

    async fn a_request_is_decided_once_and_by_somebody_else(office: Office) {
        let accounts = lived(&office).await;
        assert_eq!(accounts.count_open_requests("essai").await.unwrap(), 1);
        assert!(accounts.open_requests("autre", 10).await.unwrap().is_empty());
        let open = accounts.open_requests("essai", 10).await.unwrap();
        assert_eq!((open[0].id.as_str(), open[0].invoice.as_deref(), open[0].by.as_str()), ("d1", Some("F1"), "A"));
        let ruling = |by: &str, granted| Ruling { by: by.to_owned(), at: after(9), granted, note: "vu".to_owned() };
        let decide = async |entity, id, ruling| accounts.decide(entity, ("C1", id), &ruling).await.unwrap();
        assert_eq!(decide("essai", "d1", ruling("A", true)).await, Decided::SamePerson);
        assert_eq!(decide("autre", "d1", ruling("B", true)).await, Decided::Unknown);
        assert_eq!(decide("essai", "d2", ruling("B", true)).await, Decided::Unknown);
        let decided = at_once(&office, move |accounts| async move {
            accounts.decide("essai", ("C1", "d1"), &ruling("B", true)).await.unwrap()
        })
        .await;
        assert_eq!(decided.iter().filter(|decided| matches!(decided, Decided::Done(_))).count(), 1);
        assert_eq!(decided.iter().filter(|decided| matches!(decided, Decided::Already(_))).count(), 7);
        let row = accounts.request("essai", "C1", "d1").await.unwrap().unwrap();
        assert_eq!(row.ruling, Some(Ruling { by: "B".to_owned(), at: after(9), granted: true, note: "vu".to_owned() }));
        assert_eq!(accounts.count_open_requests("essai").await.unwrap(), 0);
    }

    async fn a_request_is_taken_back_by_whoever_made_it_only(office: Office) {
        let accounts = lived(&office).await;
        let back = async |entity, id, by| accounts.withdraw(entity, ("C1", id), by, after(9)).await.unwrap();
        assert!(!back("essai", "d1", "B").await && !back("autre", "d1", "A").await && !back("essai", "d2", "A").await);
        assert!(back("essai", "d1", "A").await && !back("essai", "d1", "A").await);
        let ruling = accounts.request("essai", "C1", "d1").await.unwrap().unwrap().ruling.unwrap();
        assert_eq!((ruling.by.as_str(), ruling.granted, ruling.note.as_str()), ("A", false, ""));
        assert_eq!(accounts.count_open_requests("essai").await.unwrap(), 0);
        let late = Ruling { by: "B".to_owned(), at: after(10), granted: true, note: String::new() };
        assert!(matches!(accounts.decide("essai", ("C1", "d1"), &late).await.unwrap(), Decided::Already(_)));
    }

    async fn erasing_a_client_takes_their_links_and_requests(office: Office) {
        let things = [client("C1", &[("F1", "2026-03-04")]), client("C2", &[("F2", "2026-03-04")])].concat();
        office.take_in(&things, false, at("2026-03-10T08:00:00Z")).await;
        office.run(&program(machine()), &Post::default(), now(), |_| {}).await.unwrap();
        let accounts = lived(&office).await;
        let loaded = office.store.load(&["C1".to_owned()], at("2027-03-10T10:00:00Z"), &[], true).await.unwrap();
        assert!(office.store.forget(&loaded[0].world.dossier, at("2027-03-10T10:00:00Z")).await.unwrap());
        assert!(accounts.portal_links("essai", "C1").await.unwrap().is_empty());
        assert!(accounts.requests_about("essai", "C1").await.unwrap().is_empty());
        assert_eq!(accounts.portal_links("essai", "C2").await.unwrap().len(), 1);
        // Nothing is written anew about them.
        let late = NewRequest { id: "d9", act: "{}", client: "C1", invoice: None, by: "A", reason: "" };
        assert!(!accounts.ask("essai", &late, now()).await.unwrap());
    }

    async fn a_backup_carries_who_may_enter_but_no_open_door(office: Office) {
        let accounts = lived(&office).await;
        let to = office.base.folder.path().join("sauvegarde.db");
        let place = Place::of(&office.base.url, office.base.folder.path()).unwrap();
        store::back_up(&place, &to, now()).await.unwrap();
        let restored = Base::new(Kind::Sqlite).await.unwrap();
        let found = store::examine(&to).await.unwrap();
        store::put_back(&to, &found, &restored.folder.path().join("relance.db"), now()).await.unwrap();
        let there = Accounts::open(&restored.url, restored.folder.path()).await.unwrap();
        assert_eq!(kept(&there).await, kept(&accounts).await);
        assert!(there.key(&digest(3), now()).await.unwrap().is_some());
        assert!(there.session(&digest(5), now(), now()).await.unwrap().is_none(), "the session is not carried");
        assert!(accounts.session(&digest(5), now(), now()).await.unwrap().is_some(), "and goes on here");
        assert!(there.link(&digest(6), now()).await.unwrap().is_none());
        assert_eq!(there.begin_write(Bearer { entity: "essai", who: "k1", key: "un" }, &digest(9), now(), now()).await.unwrap(), Begun::Now);
    }

    async fn a_transfer_carries_who_may_enter(office: Office) {
        let kind = if office.base.url.starts_with("postgres") { Kind::Sqlite } else { Kind::Postgres };
        let Some(other) = Base::new(kind).await else { return };
        let accounts = lived(&office).await;
        let from = Place::of(&office.base.url, office.base.folder.path()).unwrap();
        let to = Place::of(&other.url, other.folder.path()).unwrap();
        store::transfer(&from, &to, now()).await.unwrap();
        let there = Accounts::open(&other.url, other.folder.path()).await.unwrap();
        assert_eq!(kept(&there).await, kept(&accounts).await);
        assert!(there.session(&digest(5), now(), now()).await.unwrap().is_none());
    }
}
