//! What stands around a body: the page of an e-mail, of a letter, of a call script. An e-mail is a sheet of six hundred pixels at most,
//! made of tables for the mail programs that know nothing else; dark screens get their own colours. No picture but the logo that
//! the message brings with it, and nothing that tells anybody whether it was read.

use super::context::MessageContext;
use super::language::Lang;
use super::markdown::{Body, escape};
use super::protect::{one_line, value};
use super::transfer::TransferCode;

const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.55;overflow-wrap:anywhere;";
const HEAD: &str = "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">";

fn lines(text: Option<&String>) -> Vec<String> {
    let cleaned = text.map(|text| value(text)).unwrap_or_default();
    cleaned.lines().map(one_line).filter(|line| !line.is_empty()).collect()
}

fn line(text: &str) -> String {
    one_line(&value(text))
}

fn escaped(lines: &[String]) -> String {
    lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>\n")
}

/// Who writes: name, address on one line, SIREN, ways to answer.
fn identity(message: &MessageContext, lang: Lang) -> Vec<String> {
    let creditor = &message.creditor;
    let mut parts = vec![line(&creditor.name)];
    let address = lines(creditor.address.as_ref()).join(", ");
    if !address.is_empty() {
        parts.push(address);
    }
    if let Some(siren) = creditor.siren.as_ref().map(|siren| line(siren)) {
        parts.push(format!("SIREN {siren}"));
    }
    let contacts =
        [creditor.phone.as_ref().map(|phone| lang.phone(&line(phone))), creditor.email.clone(), creditor.site.clone()];
    let contacts: Vec<String> = contacts.iter().flatten().map(|contact| line(contact)).collect();
    if !contacts.is_empty() {
        parts.push(contacts.join(" – "));
    }
    parts
}

/// A whole page. Without a style its content brings its own, and the page around it has the colour of an e-mail.
fn page(lang: &str, title: &str, extra: &str, style: &str, content: &str) -> String {
    let title = escape(title);
    let (ground, open, close) = match style {
        "" => ("background:#f0f3f6;", String::new(), ""),
        style => ("", format!("<div style=\"{style}\">\n"), "</div>\n"),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\" dir=\"ltr\">\n<head>\n{HEAD}\n<title>{title}</title>{extra}\n</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;{ground}color-scheme:light dark;\">\n{open}{content}{close}</body>\n</html>\n"
    )
}

/// The colours of a dark screen. They replace those that stand in the elements.
const DARK: &str = "\n<style>\n@media (prefers-color-scheme: dark) {\n\
.page { background: #10161d !important; color: #e3e8ee !important; }\n\
.sheet { background: #1a232d !important; border-left-color: #2e3a47 !important; border-right-color: #2e3a47 !important; border-bottom-color: #2e3a47 !important; }\n\
.box { background: #222d39 !important; border-color: #364453 !important; }\n\
.line { border-color: #364453 !important; }\n\
.link { color: #8bbcf0 !important; }\n\
.foot { color: #a4b0bd !important; }\n\
}\n@media (max-width: 480px) { .in { padding-left: 20px !important; padding-right: 20px !important; } }\n</style>";

/// The two parts of an e-mail.
pub(super) fn email(
    message: &MessageContext,
    subject: &str,
    lang: &str,
    body: &Body,
    code: Option<&TransferCode>,
) -> (String, String) {
    let who = identity(message, Lang::of(lang));
    let (look, name) = (&message.creditor.look, escape(&line(&message.creditor.name)));
    let head = match &look.logo {
        Some(logo) => logo.tag(&name),
        None => format!("<span style=\"font-size:19px;font-weight:700;\">{name}</span>"),
    };
    let content = format!(
        "<table role=\"presentation\" class=\"page\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"background:#f0f3f6;color:#1c2733;{FONT}\">\n\
         <tr><td align=\"center\" style=\"padding:20px 10px 32px;\">\n\
         <!--[if mso]><table role=\"presentation\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr><td><![endif]-->\n\
         <table role=\"presentation\" class=\"sheet\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;table-layout:fixed;background:#ffffff;border:1px solid #dbe1e8;border-top:4px solid {colour};border-radius:6px;text-align:left;\">\n\
         <tr><td class=\"in\" style=\"padding:22px 32px 18px;\">{head}</td></tr>\n\
         <tr><td class=\"in\" style=\"padding:4px 32px 16px;\">\n<main>\n{body}</main>\n</td></tr>\n\
         {slip}</table>\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"max-width:600px;table-layout:fixed;text-align:left;\">\n\
         <tr><td class=\"in foot\" style=\"padding:16px 32px 0;font-size:13px;line-height:1.5;color:#556270;\">\n<footer>\n{footer}\n</footer>\n</td></tr>\n\
         </table>\n\
         <!--[if mso]></td></tr></table><![endif]-->\n\
         </td></tr>\n</table>\n",
        colour = look.colour.css(),
        body = body.html,
        slip = code.map(|code| slip(code, &name, Lang::of(lang))).unwrap_or_default(),
        footer = escaped(&who),
    );
    // `-- ` is the separator that mail programs know before a signature.
    let text = format!("{}\n\n-- \n{}\n", body.text, who.join("\n"));
    (text, page(lang, subject, DARK, "", &content))
}

/// The last row of the sheet: the payment code, and what to do with it. Its ground is white on a dark screen, too: apps need that.
fn slip(code: &TransferCode, name: &str, lang: Lang) -> String {
    let amount = escape(&lang.amount(code.amount));
    let (described, caption) = lang.code();
    format!(
        "<tr><td class=\"in\" style=\"padding:0 32px 22px;\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"><tr>\n\
         <td class=\"line\" width=\"140\" valign=\"middle\" style=\"border-top:1px solid #dbe1e8;padding:16px 16px 0 0;\"><img src=\"cid:{cid}\" width=\"140\" height=\"140\" alt=\"{alt}\" style=\"display:block;border:0;width:140px;height:140px;background:#ffffff;\"></td>\n\
         <td class=\"line foot\" valign=\"middle\" style=\"border-top:1px solid #dbe1e8;padding:16px 0 0;font-size:14px;line-height:1.5;color:#556270;\">{caption}</td>\n\
         </tr></table>\n</td></tr>\n",
        cid = TransferCode::CID,
        alt = described.replace("{}", &amount).replace("{à}", name),
        caption = caption.replace("{}", &format!("<strong>{amount}</strong>")),
    )
}

/// A letter to print: who writes, to whom, the date, the subject, the body.
pub(super) fn letter(message: &MessageContext, subject: Option<&str>, lang: &str, body: &Body) -> (String, String) {
    let words = Lang::of(lang);
    let mut sender = vec![line(&message.creditor.name)];
    sender.extend(lines(message.creditor.address.as_ref()));
    sender.extend(message.creditor.siren.as_ref().map(|siren| format!("SIREN {}", line(siren))));
    let mut to = vec![line(&message.client.name)];
    let person = message.recipient.name.as_ref().map(|name| line(name));
    to.extend(person.filter(|name| Some(name) != to.first()).map(|name| format!("{}{name}", words.attention())));
    to.extend(lines(message.client.address.as_ref()));
    let date = format!("{}{}", words.on(), words.long_date(message.date));
    let heading = subject.map(|subject| format!("{}{subject}", words.subject()));
    let mut text = format!("{}\n\n{}\n\n{date}\n\n", sender.join("\n"), to.join("\n"));
    let mut html = format!(
        "<p style=\"margin:0 0 24px;\"><strong>{}</strong></p>\n<p style=\"margin:0 0 32px 50%;\">{}</p>\n\
         <p style=\"margin:0 0 24px 50%;\">{}</p>\n",
        escaped(&sender),
        escaped(&to),
        escape(&date)
    );
    if let Some(heading) = &heading {
        text.push_str(&format!("{heading}\n\n"));
        html.push_str(&format!("<p style=\"margin:0 0 24px;\"><strong>{}</strong></p>\n", escape(heading)));
    }
    text.push_str(&body.text);
    text.push('\n');
    html.push_str(&format!("<main>\n{}</main>\n", body.html));
    let style = "max-width:170mm;margin:0 auto;padding:20px;font-family:Georgia,'Times New Roman',serif;font-size:15px;line-height:1.5;";
    let title = heading.unwrap_or_else(|| line(&message.creditor.name));
    (text, page(lang, &title, "\n<style>@page { size: A4; margin: 20mm; }</style>", style, &html))
}

/// A call script: whom to call about what, then the script.
pub(super) fn call(message: &MessageContext, lang: &str, body: &Body) -> (String, String) {
    let title = format!("{} – {}", Lang::of(lang).call(), line(&message.client.name));
    let style = format!("max-width:640px;margin:0 auto;padding:28px 20px;{FONT}");
    let mut html = format!("<h1 style=\"font-size:20px;margin:0 0 16px;\">{}</h1>\n", escape(&title));
    html.push_str(&format!("<main>\n{}</main>\n", body.html));
    (format!("{title}\n\n{}\n", body.text), page(lang, &title, "", &style, &html))
}
