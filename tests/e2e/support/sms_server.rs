//! An SMS service that takes messages and does not always say so. It lists what it took, as Twilio does.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What becomes of the message to a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Act {
    /// Taken; the connection is cut before the answer.
    TakenAndCut,
    /// Taken; no answer ever comes.
    TakenAndSilent,
    /// Taken; the answer is 500.
    TakenAndBroken,
    /// Taken and cut, and it does not arrive.
    TakenAndLost,
    /// Not taken; the connection is cut.
    Cut,
}

#[derive(Default)]
struct State {
    acts: BTreeMap<String, Act>,
    taken: Vec<Value>,
    /// Requests of each kind.
    posts: usize,
    lists: usize,
    /// It lists nothing: 503.
    deaf: bool,
}

pub struct SmsServer {
    pub url: String,
    state: Arc<Mutex<State>>,
}

impl SmsServer {
    pub fn start(acts: &[(&str, Act)]) -> SmsServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let acts = acts.iter().map(|(number, act)| ((*number).to_owned(), *act)).collect();
        let state = Arc::new(Mutex::new(State { acts, ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, &state));
            }
        });
        SmsServer { url, state }
    }

    /// How many messages were posted, and how many times somebody asked.
    pub fn asked(&self) -> (usize, usize) {
        let state = self.state.lock().unwrap();
        (state.posts, state.lists)
    }

    pub fn deaf(&self, deaf: bool) {
        self.state.lock().unwrap().deaf = deaf;
    }

    /// Takes a message that Relance has not sent: somebody else's, with the text and to the number of one that it took.
    pub fn take_another(&self, number: &str, created: &str) {
        let mut state = self.state.lock().unwrap();
        let mut other = state.taken.iter().find(|message| message["to"] == number).unwrap().clone();
        other["sid"] = json!("SMautre");
        other["date_created"] = json!(created);
        state.taken = vec![other];
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut request, mut length) = (String::new(), 0);
    if reader.read_line(&mut request).unwrap_or(0) == 0 {
        return;
    }
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line == "\r\n" {
            break;
        }
        if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    if reader.read_exact(&mut body).is_err() {
        return;
    }
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if method == "GET" {
        let wanted = form(target.split_once('?').map_or("", |(_, query)| query));
        let mut state = state.lock().unwrap();
        state.lists += 1;
        let found: Vec<&Value> = state.taken.iter().rev().filter(|m| m["to"] == wanted["To"].as_str()).collect();
        let (status, body) = if state.deaf { (503, json!({})) } else { (200, json!({ "messages": found })) };
        return answer(stream, status, &body);
    }
    let sent = form(&String::from_utf8(body).unwrap());
    let (act, sid) = {
        let mut state = state.lock().unwrap();
        state.posts += 1;
        let act = state.acts.get(&sent["To"]).copied();
        let before = state.taken.iter().filter(|message| message["to"] == sent["To"].as_str()).count();
        let sid = format!("SM{}-{}", &sent["To"][sent["To"].len() - 4..], before + 1);
        if act != Some(Act::Cut) {
            let status = if act == Some(Act::TakenAndLost) { "undelivered" } else { "queued" };
            let now = chrono::Utc::now().to_rfc2822();
            // Its own spelling of the end of a text.
            let body = sent["Body"].trim_end().to_owned();
            state.taken.push(json!({
                "sid": sid, "to": sent["To"], "body": body, "status": status, "date_created": now, "direction": "outbound-api",
            }));
        }
        (act, sid)
    };
    match act {
        None => answer(stream, 201, &json!({ "sid": sid, "status": "queued" })),
        Some(Act::TakenAndBroken) => answer(stream, 500, &json!({})),
        // Until the other side gives up.
        Some(Act::TakenAndSilent) => drop(reader.read(&mut [0])),
        Some(Act::TakenAndCut | Act::TakenAndLost | Act::Cut) => {}
    }
}

fn answer(mut stream: TcpStream, status: u16, body: &Value) {
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// What a form or a query says.
fn form(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (plain(key), plain(value))).collect()
}

fn plain(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                u8::from_str_radix(&digits, 16).unwrap()
            }
            other => other,
        });
    }
    String::from_utf8(bytes).unwrap()
}
