//! Requests as they are on the wire, whatever they are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    /// Its status; 0 when there is none.
    pub status: u16,
    /// Its head.
    pub head: String,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// What came back.
    pub fn of(bytes: &[u8]) -> Answer {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// What the head says under a name.
    pub fn head_line(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.into_iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map_or(String::new(), |(_, value)| value.trim().to_owned())
    }
}

/// Sends bytes to a server and reads until it closes; what it does not read any more is not our trouble.
pub fn raw(address: &str, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    Answer::of(&answer)
}

/// Reads a page.
pub fn get(address: &str, path: &str) -> Answer {
    raw(address, format!("GET {path} HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n\r\n").as_bytes())
}

/// Sends a form.
pub fn post(address: &str, path: &str, form: &str) -> Answer {
    send(address, path, "application/x-www-form-urlencoded", form.as_bytes())
}

/// Sends a body.
pub fn send(address: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: essai\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    raw(address, &[head.as_bytes(), body].concat())
}

/// Sends a form with a file.
pub fn upload(address: &str, path: &str, fields: &[(&str, &str)], (name, bytes): (&str, &[u8])) -> Answer {
    let mut body = Vec::new();
    for (field, text) in fields {
        body.extend(format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{text}\r\n").bytes());
    }
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"piece\"; filename=\"{name}\"\r\nContent-Type: text/html\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(b"\r\n--x--\r\n");
    send(address, path, "multipart/form-data; boundary=x", &body)
}
