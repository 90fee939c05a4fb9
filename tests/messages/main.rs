//! The library of templates: every template, in every language, regime and world; and data that would like to be more than data.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod code;
mod injection;
mod mail;
mod worlds;

use mail::{SETTINGS, bytes, flaws, parsed};
use mail_parser::{MimeHeaders, PartType};
use relance_core::machine::Channel;
use relance_engine::template::{Look, MessageContext, Rendered, SampleKind, sample};
use worlds::{library, pack, worlds, written};

/// What no message may show: places that were to be filled in, and what is left around an empty one.
const HOLES: &[&str] = &[
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "undefined",
    "None",
    "null",
    "()",
    "( )",
    " ,",
    " .",
    ",,",
    "..",
    " ;",
    "**",
    "](",
    "| ",
    "à le ",
    "IBAN : \n",
];

/// Where a text looks as if a value lacked.
fn holes(text: &str) -> Vec<String> {
    let mut found: Vec<String> = HOLES.iter().filter(|hole| text.contains(**hole)).map(|h| format!("`{h}`")).collect();
    let lines: Vec<&str> = text.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let next = lines.get(n + 1).map_or("", |line| line.trim());
        // A sentence that announces something is followed by an empty line; a heading without its value by the next one.
        if line.trim_end().ends_with(':') && !next.is_empty() && !next.starts_with("- ") {
            found.push(format!("`{line}` announces nothing"));
        }
        if line.trim_start().starts_with([',', '.', ';', ':', ')']) {
            found.push(format!("`{line}` begins in the middle"));
        }
    }
    found
}

#[test]
fn every_template_language_and_regime_is_written_without_a_hole() {
    let library = library();
    let mut wrong = Vec::new();
    for (channel, name, language) in written(&library) {
        for (world, context) in worlds() {
            let context = MessageContext { language: language.clone(), ..context };
            let rendered = library.render(channel, &name, &context).unwrap_or_else(|p| panic!("{name}: {p}"));
            let subject = rendered.subject.clone().unwrap_or_default();
            for hole in [holes(&rendered.text), holes(&subject)].concat() {
                wrong.push(format!("{}/{name} ({language:?}), {world}: {hole}", channel.name()));
            }
            let lang = format!("<html lang=\"{}\"", language.as_deref().unwrap_or("fr"));
            if rendered.html.as_ref().is_some_and(|html| !html.contains(&lang)) {
                wrong.push(format!("{}/{name}: the page is not in {language:?}", channel.name()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} holes:\n{}",
        wrong.len(),
        wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_hole_is_seen() {
    for text in ["Reste ( )", "à M. , bonjour", "Total :\nfin", "Montant {{ x }}", "Payer](https://x)"] {
        assert!(!holes(text).is_empty(), "{text}");
    }
    assert!(holes("Voici :\n\n- un\n\nFin.").is_empty());
}

#[test]
fn every_mail_is_read_again_by_somebody_else() {
    let (library, folder) = (library(), tempfile::tempdir().unwrap());
    for (channel, name, language) in written(&library).into_iter().filter(|(channel, ..)| *channel == Channel::Email) {
        for regime in ["b2b", "b2c", "public"] {
            for invoices in [1, 40] {
                let context = sample(SampleKind { invoices, complete: true, regime, days_late: 18 });
                let context = MessageContext { language: language.clone(), ..context };
                let rendered = library.render(channel, &name, &context).unwrap_or_else(|p| panic!("{p}"));
                let bytes = bytes(folder.path(), SETTINGS, &rendered, &context);
                assert_eq!(flaws(&bytes, &rendered), Vec::<String>::new(), "{name} {regime}");
                // Beyond this, mail programs cut a message and hide its end.
                assert!(invoices > 1 || bytes.len() < 50_000, "{name}: {} bytes", bytes.len());
            }
        }
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let library = library();
    for (channel, name, language) in written(&library) {
        let context = sample(SampleKind { invoices: 3, complete: true, regime: "b2b", days_late: 18 });
        let context = MessageContext { language, ..context };
        let rendered = library.render(channel, &name, &context).unwrap_or_else(|p| panic!("{p}"));
        // The payment code travels in the message.
        let page = rendered.html.unwrap_or_default().replace("<img src=\"cid:code-qr@relance\"", "");
        for loads in ["<img", "<link", "<script", "@import", "url(", "src=", "<iframe", "background="] {
            assert!(!page.contains(loads), "{name}: {loads}");
        }
    }
}

#[test]
fn a_logo_travels_in_the_message() {
    let folder = tempfile::tempdir().unwrap();
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x50\0\0\0\x20\x08\x02\0\0\0".to_vec();
    png.extend([7; 300]);
    std::fs::write(folder.path().join("logo.png"), &png).unwrap();
    let settings = format!("{SETTINGS}couleur = \"#7a1f2b\"\nlogo = \"logo.png\"\n");
    let config = relance_engine::config::Config::parse(&settings, std::path::Path::new("relance.toml")).unwrap();
    let mut context = sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 18 });
    context.creditor.look = Look::read(&config.creditor, folder.path()).unwrap();
    let rendered = library().render(Channel::Email, "courtois", &context).unwrap_or_else(|p| panic!("{p}"));
    let page = rendered.html.clone().unwrap();
    assert!(page.contains("src=\"cid:logo@relance\" width=\"80\" height=\"32\" alt=\"Ateliers Morel\""), "{page}");
    assert!(page.contains("#7a1f2b"));
    let shown = context.creditor.look.shown_in(page);
    assert!(shown.contains("src=\"data:image/png;base64,"));
    let bytes = bytes(folder.path(), &settings, &rendered, &context);
    assert_eq!(flaws(&bytes, &rendered), Vec::<String>::new());
    let mail = parsed(&bytes);
    let inline = |part: &&mail_parser::MessagePart<'_>| part.content_id() == Some("logo@relance");
    let (PartType::InlineBinary(picture) | PartType::Binary(picture)) =
        &mail.parts.iter().find(inline).expect("the logo").body
    else {
        panic!("the logo is not a picture");
    };
    assert_eq!(picture.as_ref(), png);
    let mut wrong = config.creditor.clone();
    for (name, bytes) in [("gif.png", b"GIF89a".to_vec()), ("grand.png", vec![0; 70_000])] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        wrong.logo = Some(name.to_owned());
        assert!(Look::read(&wrong, folder.path()).is_err(), "{name}");
    }
    wrong.logo = Some("absent.png".to_owned());
    let told = Look::read(&wrong, folder.path()).unwrap_err();
    assert_eq!(told, "relance.toml : le logo `absent.png` n'existe pas dans le dossier du projet");
}

/// `docs/galerie.md` shows every template of the library, and nothing else; its pictures are small.
#[test]
fn the_gallery_shows_every_template() {
    let docs = pack().join("../docs");
    let page = std::fs::read_to_string(docs.join("galerie.md")).unwrap();
    let mut wanted: Vec<String> =
        library().catalog().iter().map(|entry| format!("{}_{}.webp", entry.channel.folder(), entry.name)).collect();
    for name in &wanted {
        assert!(page.contains(&format!("(images/modeles/{name})")), "docs/galerie.md does not show {name}");
    }
    let files = || std::fs::read_dir(docs.join("images/modeles")).unwrap().map(|file| file.unwrap());
    let mut there: Vec<String> = files().map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    wanted.sort();
    there.sort();
    assert_eq!(there, wanted, "run docs/images/modeles.sh");
    assert_eq!(page.matches("images/modeles/").count(), wanted.len());
    let size: u64 = files().map(|file| file.metadata().unwrap().len()).sum();
    assert!(size < 1_500_000, "{size} bytes");
}

/// The pack itself stays what it was read from.
#[test]
fn the_library_has_its_translations() {
    let library = library();
    let english: Vec<String> = written(&library)
        .into_iter()
        .filter(|(_, _, lang)| lang.is_some())
        .map(|(c, n, _)| format!("{}/{n}", c.name()))
        .collect();
    for name in
        ["email/preventif", "email/rappel_amical", "email/courtois", "email/ferme", "email/dernier_avis", "sms/rappel"]
    {
        assert!(english.contains(&name.to_owned()), "{name}");
    }
    assert!(pack().join("modeles/communs/signature.en.md").is_file());
    let context = sample(SampleKind { invoices: 1, complete: true, regime: "b2b", days_late: 18 });
    let say = |language: Option<&str>| -> Rendered {
        let context = MessageContext { language: language.map(str::to_owned), ..context.clone() };
        library.render(Channel::Email, "ferme", &context).unwrap_or_else(|p| panic!("{p}"))
    };
    assert!(say(Some("en")).text.contains("€950.50") && say(Some("en")).text.contains("27\u{a0}March 2026"));
    // A language that the template lacks is its own.
    assert_eq!(say(Some("de")), say(None));
}
