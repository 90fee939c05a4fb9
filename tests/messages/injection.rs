//! Names that would like to be something else: a template, a tag, a header, a formula.

use super::mail::{SETTINGS, bytes, flaws, parsed};
use super::worlds::{library, written};
use relance_core::machine::Channel;
use relance_engine::template::{MessageContext, SampleKind, measure, sample};

const NASTY: &[&str] = &[
    "{{ 7*7 }}",
    "{% include \"signature\" %}",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "Durand\r\nBcc: pirate@exemple.fr\r\n\r\nCorps",
    "| a | b |\n| - | - |",
    "[cliquez](https://pirate.example)",
    "**gras** _a_ `b` # c",
    "\u{202e}liamE\u{202c} \u{2066}x",
    "Zoé 👩🏽‍🚀 & fils",
    "=HYPERLINK(\"http://pirate.example\")",
    "\u{0}\u{1b}[31m\u{7}",
    "javascript:alert(1)",
    "--><!-- ",
    "https://pirate.example/?a",
];

fn with(nasty: &str) -> MessageContext {
    let mut context = sample(SampleKind { invoices: 3, complete: true, regime: "b2b", days_late: 18 });
    let text = || nasty.to_owned();
    context.client.name = text();
    context.client.code = text();
    context.client.address = Some(text());
    context.recipient.name = Some(text());
    context.creditor.signatory = Some(text());
    for invoice in context.invoices.iter_mut().chain([&mut context.invoice]) {
        invoice.number = text();
        invoice.label = Some(text());
        invoice.payment_link = Some(text());
    }
    if let Some(owner) = &mut context.owner {
        (owner.name, owner.phone) = (text(), Some(text()));
    }
    context
}

/// The tags and links of a page, without what they hold.
fn tags(page: &str) -> Vec<String> {
    let mut names: Vec<String> =
        page.split('<').skip(1).map(|rest| rest.split([' ', '>', '\n']).next().unwrap_or("").to_owned()).collect();
    names.retain(|name| !matches!(name.as_str(), "br" | "a" | "/a"));
    names
}

fn links(page: &str) -> Vec<&str> {
    page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn nasty_data_is_data_in_every_message() {
    let library = library();
    let folder = tempfile::tempdir().unwrap();
    for (channel, name, language) in written(&library) {
        let harmless = MessageContext { language: language.clone(), ..with("x") };
        let tame = library.render(channel, &name, &harmless).unwrap_or_else(|p| panic!("{p}"));
        for nasty in NASTY {
            let context = MessageContext { language: language.clone(), ..with(nasty) };
            let rendered = library.render(channel, &name, &context).unwrap_or_else(|p| panic!("{name}: {p}"));
            let all = format!(
                "{}{}{}",
                rendered.subject.clone().unwrap_or_default(),
                rendered.text,
                rendered.html.clone().unwrap_or_default()
            );
            let place = format!("{}/{name}, {nasty:?}", channel.name());
            for character in ['\u{202e}', '\u{2066}', '\u{0}', '\u{1b}', '\r'] {
                assert!(!all.contains(character), "{place}: {character:?}");
            }
            assert!(rendered.subject.as_ref().is_none_or(|subject| !subject.contains('\n')), "{place}");
            if let (Some(page), Some(calm)) = (&rendered.html, &tame.html) {
                // A button needs a link that leads somewhere: these lead nowhere, but for the last one.
                if !nasty.starts_with("https://") {
                    assert_eq!(tags(page), tags(calm), "{place}");
                    assert!(links(page).iter().all(|link| !link.contains("pirate")), "{place}: {:?}", links(page));
                }
                assert!(links(page).iter().all(|link| !link.starts_with("javascript")), "{place}");
            }
            if channel == Channel::Sms {
                assert!(!rendered.text.contains('\n'), "{place}");
            }
            if channel == Channel::Email && language.is_none() {
                let bytes = bytes(folder.path(), SETTINGS, &rendered, &context);
                assert_eq!(flaws(&bytes, &rendered), Vec::<String>::new(), "{place}");
                assert_eq!(parsed(&bytes).to().map_or(0, |to| to.iter().count()), 1, "{place}");
            }
        }
    }
}

#[test]
fn what_looks_like_a_template_is_shown_as_it_is() {
    let library = library();
    let rendered =
        library.render(Channel::Email, "mise_en_demeure", &with("{{ 7*7 }}")).unwrap_or_else(|p| panic!("{p}"));
    assert!(rendered.text.contains("{{ 7*7 }} (compte client {{ 7*7 }})"), "{}", rendered.text);
    let script = "<script>alert(1)</script>";
    let page = library.render(Channel::Email, "mise_en_demeure", &with(script)).unwrap_or_else(|p| panic!("{p}")).html;
    assert!(page.unwrap_or_default().contains("&lt;script&gt;alert(1)&lt;/script&gt; (compte client"));
}

#[test]
fn a_name_without_end_ends() {
    let library = library();
    let folder = tempfile::tempdir().unwrap();
    let long = "Établissements-Réunis".repeat(500);
    assert!(long.chars().count() > 10_000);
    for (channel, name, language) in written(&library) {
        let context = MessageContext { language, ..with(&long) };
        let rendered = library.render(channel, &name, &context).unwrap_or_else(|p| panic!("{name}: {p}"));
        assert!(rendered.text.len() < 40_000, "{name}: {}", rendered.text.len());
        if channel == Channel::Sms {
            assert!(measure(&rendered.text).segments < 20, "{name}: {:?}", measure(&rendered.text));
        }
        if channel == Channel::Email {
            let bytes = bytes(folder.path(), SETTINGS, &rendered, &context);
            let mail = parsed(&bytes);
            assert!(mail.subject().is_some_and(|subject| subject.chars().count() <= 250), "{name}");
            assert!(bytes.len() < 200_000, "{name}: {}", bytes.len());
        }
    }
}
