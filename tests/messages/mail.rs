//! Messages as they leave, read again by somebody else's parser.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use relance_engine::channel::{Carrier, Outcome, Outgoing, Recipient};
use relance_engine::config::Config;
use relance_engine::template::{MessageContext, Rendered};
use std::path::Path;

/// A company whose messages go to a folder.
pub const SETTINGS: &str = "[creancier]\nnom = \"Ateliers Morel\"\nemail = \"compta@ateliers-morel.example\"\n";

/// The bytes of a message.
pub fn bytes(folder: &Path, settings: &str, rendered: &Rendered, context: &MessageContext) -> Vec<u8> {
    let config = Config::parse(settings, Path::new("relance.toml")).unwrap_or_else(|p| panic!("{p:?}"));
    let carrier = Carrier::email(&config, folder).unwrap();
    let to =
        Recipient { name: context.recipient.name.clone(), email: Some("client@exemple.fr".to_owned()), phone: None };
    let outgoing = Outgoing {
        key: "essai".to_owned(),
        to: vec![to],
        copy: Vec::new(),
        country: None,
        rendered: rendered.clone(),
        date: "2026-03-19T09:00:00Z".parse().unwrap(),
        client: context.client.code.clone(),
        owner: None,
        tone: Default::default(),
        thread: Vec::new(),
        attached: Vec::new(),
        envelope: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcome = runtime.block_on(carrier.send(&outgoing));
    assert_eq!(outcome, Outcome::Accepted { provider_id: None });
    let path = folder.join("envois/essai.eml");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    bytes
}

/// A message read again.
pub fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).expect("a message")
}

/// A text with the line ends of a file.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").trim_end().to_owned()
}

/// What is wrong with a message that should say this.
pub fn flaws(bytes: &[u8], rendered: &Rendered) -> Vec<String> {
    let mail = parsed(bytes);
    let mut flaws = Vec::new();
    let mut wrong = |what: &str| flaws.push(what.to_owned());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if mail.subject().map(words) != rendered.subject.as_deref().map(words) {
        wrong(&format!("the subject reads {:?}", mail.subject()));
    }
    if bytes.split(|byte| *byte == b'\n').any(|line| line.len() > 999) {
        wrong("a line is longer than SMTP takes");
    }
    if !bytes.is_ascii() {
        wrong("it takes eight bits");
    }
    for (kind, index, expected) in
        [("plain", &mail.text_body, Some(&rendered.text)), ("html", &mail.html_body, rendered.html.as_ref())]
    {
        let Some(part) = index.first().and_then(|at| mail.part(*at)) else {
            wrong(&format!("no {kind} part"));
            continue;
        };
        let content = part.content_type();
        if content.and_then(|content| content.attribute("charset")).is_none_or(|c| !c.eq_ignore_ascii_case("utf-8")) {
            wrong(&format!("the {kind} part is not in UTF-8"));
        }
        if content.is_none_or(|content| content.subtype() != Some(kind)) {
            wrong(&format!("the {kind} part says {content:?}"));
        }
        let text = match &part.body {
            PartType::Text(text) | PartType::Html(text) => plain(text),
            _ => String::new(),
        };
        if Some(text) != expected.map(|text| plain(text)) {
            wrong(&format!("the {kind} part reads otherwise"));
        }
    }
    for header in ["Bcc", "Cc"] {
        if mail.header(header).is_some() {
            wrong(&format!("it has a {header} header"));
        }
    }
    flaws
}
