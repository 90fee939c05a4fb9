//! Alerts as chat services take them. What a client is called must stay a text: no mention, no link, no markup.

use super::Alert;
use crate::config::RoomKind;
use serde_json::{Value, json};

/// The request's body.
pub(super) fn body(alert: &Alert, kind: RoomKind) -> Value {
    match kind {
        RoomKind::Slack => {
            let text = format!("{}\n{}", alert.subject, alert.lines.join("\n"));
            // Slack reads commands such as `<!channel>` in angle brackets only; `mrkdwn` and `link_names` keep stars and names plain.
            json!({ "text": escaped(&text), "mrkdwn": false, "link_names": false })
        }
        RoomKind::Teams => {
            // A text run of an adaptive card knows no Markdown, unlike a text block. Workflows take no older cards.
            let paragraph = |text: &str, weight: &str| {
                let run = json!({ "type": "TextRun", "text": text, "weight": weight });
                json!({ "type": "RichTextBlock", "inlines": [run] })
            };
            let first = paragraph(&alert.subject, "Bolder");
            let lines: Vec<Value> =
                std::iter::once(first).chain(alert.lines.iter().map(|line| paragraph(line, "Default"))).collect();
            json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": null,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.2",
                        "body": lines,
                    },
                }],
            })
        }
    }
}

/// The three characters by which Slack's own language begins.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_text_and_never_a_command() {
        let name = "<!channel> @here <script>alert(1)</script> *gras* [ici](https://mechant.fr) {{ 7*7 }} & 😀";
        let alert = Alert { subject: format!("Alerte : {name}"), lines: vec![format!("Client : {name}")] };
        let slack = body(&alert, RoomKind::Slack);
        let text = slack["text"].as_str().unwrap();
        assert!(!text.contains(['<', '>']), "{text}");
        assert!(text.contains("&lt;!channel&gt; @here") && text.contains("&amp; 😀") && text.contains("{{ 7*7 }}"));
        assert_eq!((&slack["mrkdwn"], &slack["link_names"]), (&json!(false), &json!(false)));
        let teams = body(&alert, RoomKind::Teams);
        let card = &teams["attachments"][0]["content"];
        for block in card["body"].as_array().unwrap() {
            assert_eq!((&block["type"], &block["inlines"][0]["type"]), (&json!("RichTextBlock"), &json!("TextRun")));
        }
        assert_eq!(card["body"][1]["inlines"][0]["text"], format!("Client : {name}"));
    }
}
