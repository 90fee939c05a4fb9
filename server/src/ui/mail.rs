//! An e-mail as it left: who, to whom, what it said, what went with it. Nothing of it runs, and nothing is fetched.

use super::frame::Frame;
use super::visit::Visit;
use super::{Answer, encoded, file, filters, page};
use crate::refusal::Refusal;
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::{Address, Message, MessageParser, MimeHeaders, PartType};
use relance_engine::store::DocumentKind;

#[derive(Template)]
#[template(path = "mail.html")]
struct View {
    frame: Frame,
    client: String,
    from: String,
    to: String,
    copy: String,
    subject: String,
    sent: String,
    /// The address below which its parts are.
    base: String,
    download: String,
    has_page: bool,
    text: String,
    /// Number, name and size of what went with it.
    pieces: Vec<(usize, String, String)>,
}

/// Which message: entité, client, key, name.
type Which = (String, String, String, String);

async fn bytes(visit: &Visit, (_, client, key, name): &Which) -> Result<Vec<u8>, Refusal> {
    let found = visit.tenant.store.document(client, key, DocumentKind::Message, name).await?;
    found.ok_or(Refusal::Unknown)
}

/// The page of a message.
pub async fn show(visit: Visit, Path(which): Path<Which>) -> Answer {
    let bytes = bytes(&visit, &which).await?;
    let message = MessageParser::new().parse(&bytes).ok_or(Refusal::Unknown)?;
    let (_, client, key, name) = &which;
    let zone = visit.tenant.project().config.creditor.zone;
    let sent = message.date().and_then(|date| chrono::DateTime::from_timestamp(date.to_timestamp(), 0));
    let piece = |(n, part): (usize, &mail_parser::MessagePart<'_>)| {
        let name = part.attachment_name().map_or_else(|| format!("pièce {}", n + 1), str::to_owned);
        (n, name, size(part.contents().len()))
    };
    let home = visit.home();
    let view = View {
        from: addresses(message.from()),
        to: addresses(message.to()),
        copy: addresses(message.cc()),
        subject: message.subject().unwrap_or_default().to_owned(),
        sent: sent.map(|at| at.with_timezone(&zone).format("%d/%m/%Y à %H:%M").to_string()).unwrap_or_default(),
        base: format!("{home}/clients/{}/messages/{}/{}", encoded(client), encoded(key), encoded(name)),
        download: format!(
            "{home}/clients/{}/documents/{}/{}/{}",
            encoded(client),
            DocumentKind::Message.word(),
            encoded(key),
            encoded(name)
        ),
        has_page: message.html_body_count() > 0 && html(&message).is_some(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        pieces: message.attachments().enumerate().filter(|(_, part)| part.content_id().is_none()).map(piece).collect(),
        frame: Frame::new(&visit, "clients", "Message"),
        client: client.clone(),
    };
    page(&view)
}

/// Its page alone, with its pictures in it.
pub async fn body(visit: Visit, Path(which): Path<Which>) -> Answer {
    let bytes = bytes(&visit, &which).await?;
    let message = MessageParser::new().parse(&bytes).ok_or(Refusal::Unknown)?;
    let mut page = html(&message).ok_or(Refusal::Unknown)?.to_owned();
    for part in message.attachments() {
        let kind = part.content_type().map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        if let (Some(id), Some(("image", kind))) = (part.content_id(), kind) {
            let data = format!("data:image/{kind};base64,{}", STANDARD.encode(part.contents()));
            page = page.replace(&format!("cid:{id}"), &data);
        }
    }
    let mut answer = Html(page).into_response();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox";
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Ok(answer)
}

/// Something that went with it.
pub async fn piece(
    visit: Visit,
    Path((entity, client, key, name, n)): Path<(String, String, String, String, usize)>,
) -> Answer {
    let bytes = bytes(&visit, &(entity, client, key, name)).await?;
    let message = MessageParser::new().parse(&bytes).ok_or(Refusal::Unknown)?;
    let part = message.attachments().nth(n).ok_or(Refusal::Unknown)?;
    let name = part.attachment_name().map_or_else(|| format!("piece-{}", n + 1), str::to_owned);
    let is_pdf = part.content_type().is_some_and(|kind| kind.ctype() == "application" && kind.subtype() == Some("pdf"));
    let kind = if is_pdf { "application/pdf" } else { "application/octet-stream" };
    file(part.contents().to_vec(), kind, &name, is_pdf)
}

/// The page of a message that has one of its own: what is made of a text is none.
fn html<'m>(message: &'m Message<'_>) -> Option<&'m str> {
    message.html_bodies().find_map(|part| match &part.body {
        PartType::Html(html) => Some(html.as_ref()),
        _ => None,
    })
}

fn addresses(all: Option<&Address<'_>>) -> String {
    let one = |one: &mail_parser::Addr<'_>| match (one.name(), one.address()) {
        (Some(name), Some(address)) => format!("{name}, {address}"),
        (name, address) => name.or(address).unwrap_or_default().to_owned(),
    };
    all.map(|all| all.iter().map(one).collect::<Vec<_>>().join(" ; ")).unwrap_or_default()
}

fn size(bytes: usize) -> String {
    if bytes < 1_000_000 {
        format!("{} ko", bytes.div_ceil(1_000))
    } else {
        format!("{} Mo", bytes.div_ceil(1_000_000))
    }
}
