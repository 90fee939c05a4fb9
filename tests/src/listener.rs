//! A system that hears what Relance tells it over HTTP, and fails in every way.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What the listener does with a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Act {
    /// Answers with a status and, maybe, one more header line.
    Says(u16, &'static str),
    /// Answers 200 with a body that never ends.
    SaysTooMuch,
    /// Never answers.
    Silent,
    /// Cuts the connection.
    Cut,
}

/// A request as it was heard, whatever was answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// Names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: String,
    /// Whether the answer was 200.
    pub taken: bool,
}

#[derive(Default)]
struct State {
    acts: VecDeque<Act>,
    heard: Vec<Heard>,
}

/// The system; it answers 200 when it was not told otherwise.
pub struct Listener {
    /// Its address.
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl Listener {
    /// Starts it on a free port.
    pub fn start() -> Listener {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/relance", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        Listener { url, state }
    }

    /// The next requests are answered so.
    pub fn then(&self, acts: &[Act]) {
        self.state.lock().unwrap().acts.extend(acts.iter().cloned());
    }

    /// What was heard so far.
    pub fn heard(&self) -> Vec<Heard> {
        self.state.lock().unwrap().heard.clone()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    loop {
        let (mut request, mut headers) = (String::new(), BTreeMap::new());
        if reader.read_line(&mut request).unwrap_or(0) == 0 {
            return;
        }
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
                break;
            }
            let (name, value) = line.split_once(':').unwrap();
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        if reader.read_exact(&mut body).is_err() {
            return;
        }
        let act = {
            let mut state = state.lock().unwrap();
            let act = state.acts.pop_front().unwrap_or(Act::Says(200, ""));
            let taken = matches!(act, Act::Says(200..=299, _) | Act::SaysTooMuch);
            state.heard.push(Heard { headers, body: String::from_utf8(body).unwrap(), taken });
            act
        };
        let gone = match act {
            Act::Says(status, header) => {
                let header = if header.is_empty() { String::new() } else { format!("{header}\r\n") };
                stream
                    .write_all(format!("HTTP/1.1 {status} X\r\n{header}Content-Length: 0\r\n\r\n").as_bytes())
                    .is_err()
            }
            Act::SaysTooMuch => {
                let _ = stream.write_all(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
                let piece = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
                while stream.write_all(piece.as_bytes()).is_ok() {}
                true
            }
            // Until the other side gives up.
            Act::Silent => {
                drop(reader.read(&mut [0]));
                true
            }
            Act::Cut => true,
        };
        if gone {
            return;
        }
    }
}
