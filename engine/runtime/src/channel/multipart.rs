//! A request's body in parts (RFC 7578). The same parts give the same bytes.

use super::digest;
use memchr::memmem;
use std::fmt::Write;

/// A field's name, the name of its file if it is one, and its content.
pub(super) type Part<'a> = (&'a str, Option<&'a str>, Vec<u8>);

/// The body and its content type. `seed` makes the line between the parts, which stands in none of them.
pub(super) fn multipart(parts: &[Part<'_>], seed: &str) -> (String, Vec<u8>) {
    let mut boundary = format!("relance-{seed}");
    while parts.iter().any(|(.., bytes)| holds(bytes, boundary.as_bytes())) {
        boundary = format!("relance-{}", digest(&boundary));
    }
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(name));
        let _ = match file {
            Some(file) => write!(head, "; filename=\"{}\"\r\nContent-Type: application/pdf", quoted(file)),
            None => write!(head, "\r\nContent-Type: text/plain; charset=utf-8"),
        };
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    memmem::find(bytes, wanted).is_some()
}

/// A name as browsers write it between quotes.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_between_parts_stands_in_none() {
        let nasty = b"x\r\n--relance-ab--\r\n".to_vec();
        let (kind, body) = multipart(&[("a\"\r\nX: y", None, nasty), ("f", Some("l.pdf"), b"%PDF".to_vec())], "ab");
        let boundary = kind.rsplit_once('=').unwrap().1;
        assert_ne!(boundary, "relance-ab");
        let text = String::from_utf8(body).unwrap();
        assert_eq!(text.matches(boundary).count(), 3, "{text}");
        assert!(text.contains("name=\"a%22%0D%0AX: y\"\r\n"), "{text}");
    }
}
