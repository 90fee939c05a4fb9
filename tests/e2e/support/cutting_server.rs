//! A mail server on loopback that breaks off, or falls silent, at a given point of each of its first conversations.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A point of the conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// Before a word.
    Connection,
    /// In the middle of the greeting.
    Greeting,
    /// In the place of an answer.
    Hello,
    Sender,
    Recipient,
    Data,
    /// In the middle of the content.
    Content,
    /// After the whole content, which it does not keep, without an answer.
    Lost,
    /// After the whole content, which it keeps, without an answer.
    Kept,
    /// After the answer.
    Answered,
}

pub const POINTS: [Point; 10] = [
    Point::Connection,
    Point::Greeting,
    Point::Hello,
    Point::Sender,
    Point::Recipient,
    Point::Data,
    Point::Content,
    Point::Lost,
    Point::Kept,
    Point::Answered,
];

/// How a conversation ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The connection is closed.
    Closed,
    /// Nothing more is said.
    Silent,
}

/// The server; its threads end with the test.
pub struct CuttingServer {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    planned: VecDeque<(Point, End)>,
    kept: Vec<String>,
    /// Points at which it did break off.
    met: Vec<(Point, End)>,
}

impl CuttingServer {
    /// Each of the first conversations ends as planned, the others when the client wants.
    pub fn start(planned: impl IntoIterator<Item = (Point, End)>) -> CuttingServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { planned: planned.into_iter().collect(), ..State::default() }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || converse(&socket, &state));
            }
        });
        CuttingServer { port, state }
    }

    /// The recipients of everything that it has kept, one by one.
    pub fn kept(&self) -> Vec<String> {
        self.state.lock().unwrap().kept.clone()
    }

    /// Where it has broken off so far.
    pub fn met(&self) -> Vec<(Point, End)> {
        self.state.lock().unwrap().met.clone()
    }
}

fn converse(socket: &TcpStream, state: &Mutex<State>) -> Option<()> {
    let cut = state.lock().unwrap().planned.pop_front();
    // Says whether the conversation ends here.
    let ends = |point: Point| {
        let Some((_, end)) = cut.filter(|(at, _)| *at == point) else { return false };
        state.lock().unwrap().met.push((point, end));
        if end == End::Silent {
            std::thread::sleep(Duration::from_secs(60));
        }
        true
    };
    let say = |answer: &str| (&mut &*socket).write_all(answer.as_bytes()).ok();
    socket.set_nodelay(true).ok()?;
    if ends(Point::Connection) {
        return None;
    }
    if cut.is_some_and(|(at, _)| at == Point::Greeting) {
        say("220 serv")?;
        ends(Point::Greeting);
        return None;
    }
    say("220 serveur ESMTP\r\n")?;
    let mut reader = BufReader::new(socket);
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let (point, answer) = match line.get(..4)? {
            "EHLO" => (Some(Point::Hello), "250 serveur\r\n"),
            "MAIL" => (Some(Point::Sender), "250 ok\r\n"),
            "RCPT" => {
                to = line.split(['<', '>']).nth(1)?.to_owned();
                (Some(Point::Recipient), "250 ok\r\n")
            }
            "DATA" => (Some(Point::Data), "354 vas-y\r\n"),
            _ => (None, "250 ok\r\n"),
        };
        if point.is_some_and(ends) {
            return None;
        }
        say(answer)?;
        if point != Some(Point::Data) {
            continue;
        }
        if cut.is_some_and(|(at, _)| at == Point::Content) {
            reader.read_exact(&mut [0; 64]).ok()?;
            ends(Point::Content);
            return None;
        }
        loop {
            let mut line = Vec::new();
            if reader.read_until(b'\n', &mut line).ok()? == 0 {
                return None;
            }
            if line == b".\r\n" {
                break;
            }
        }
        if ends(Point::Lost) {
            return None;
        }
        state.lock().unwrap().kept.push(to.clone());
        if ends(Point::Kept) {
            return None;
        }
        say("250 2.0.0 Ok: queued\r\n")?;
        if ends(Point::Answered) {
            return None;
        }
    }
}
