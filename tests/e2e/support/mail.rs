//! Judging a message as its reader's program would.

use mail_parser::{Message, MessageParser};

/// What a well-formed reminder says of itself.
pub struct Letter {
    pub id: String,
    pub subject: String,
    pub to: Vec<String>,
    pub day: String,
    pub text: String,
    pub html: String,
}

/// Reads a message; everything that a mail program needs must be there.
pub fn read(bytes: &[u8]) -> Letter {
    assert!(bytes.is_ascii(), "a message goes through any relay as it is");
    let raw = String::from_utf8(bytes.to_vec()).unwrap();
    assert!(raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{raw}");
    for once in ["From: ", "To: ", "Subject: ", "Date: ", "Message-ID: ", "MIME-Version: "] {
        let head = raw.split("\r\n\r\n").next().unwrap();
        assert_eq!(head.split("\r\n").filter(|l| l.starts_with(once)).count(), 1, "{once}\n{head}");
    }
    let message: Message = MessageParser::default().parse(bytes).expect("a message");
    assert_eq!((message.text_body_count(), message.html_body_count()), (1, 1), "{raw}");
    assert!(raw.contains("multipart/alternative"), "{raw}");
    let to = message.to().unwrap().iter().filter_map(|a| a.address().map(str::to_owned)).collect::<Vec<_>>();
    assert!(!to.is_empty());
    let (text, html) = (message.body_text(0).unwrap().into_owned(), message.body_html(0).unwrap().into_owned());
    for body in [&text, &html] {
        assert!(!body.contains("{{") && !body.contains("{%") && !body.contains('\u{fffd}'), "{body}");
        assert!(body.contains(['é', 'è', 'à']), "French has accents: {body}");
    }
    Letter {
        id: message.message_id().unwrap().to_owned(),
        subject: message.subject().unwrap().to_owned(),
        to,
        day: message.date().unwrap().to_rfc3339(),
        text,
        html,
    }
}
