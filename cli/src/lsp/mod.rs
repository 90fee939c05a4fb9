//! The language server: an editor's questions over standard input and output. The only place that knows the protocol;
//! what is answered comes from `relance_dsl::ide`.

mod answers;
mod desk;
mod load;
mod office;
mod requests;
mod server;
mod text;
mod uri;
mod wire;

use lsp_server::Message;
use server::Server;
use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::sync::mpsc::{self, Receiver};
use wire::Incoming;

/// Answers an editor until it leaves; whether it took its leave as agreed.
pub fn run(
    input: impl Read + Send + 'static,
    output: &mut impl Write,
    facture: Option<String>,
    base: Option<String>,
) -> bool {
    let (sender, receiver) = mpsc::channel();
    // Reading ahead lets an answer be given up that nobody waits for any more. The thread ends with the input.
    std::thread::spawn(move || {
        let mut input = BufReader::new(input);
        while let Ok(Some(incoming)) = wire::read(&mut input) {
            if sender.send(incoming).is_err() {
                return;
            }
        }
    });
    let mut server = Server::new(facture, base);
    let mut waiting = Waiting { receiver, queue: VecDeque::new() };
    while let Some(incoming) = waiting.next() {
        let written = match incoming {
            Incoming::Malformed(answer) => wire::write(output, &answer),
            Incoming::Message(Message::Response(_)) => Ok(()),
            Incoming::Message(Message::Notification(notification)) if notification.method == "exit" => {
                return server.has_shut_down();
            }
            Incoming::Message(Message::Notification(notification)) => {
                server.notification(notification);
                Ok(())
            }
            Incoming::Message(Message::Request(request)) => {
                let result = if waiting.cancelled(&request.id) {
                    Err(server::cancelled())
                } else {
                    server.request(request.clone())
                };
                wire::write(output, &wire::answer(&request.id, result))
            }
        };
        // Findings are published when nothing waits: those of a text that has changed again are never told.
        let published = if waiting.is_empty() { server.publish() } else { Vec::new() };
        if written.is_err() || published.iter().any(|message| wire::write(output, message).is_err()) {
            return server.has_shut_down();
        }
    }
    server.has_shut_down()
}

/// What has come in and waits for its turn.
struct Waiting {
    receiver: Receiver<Incoming>,
    queue: VecDeque<Incoming>,
}

impl Waiting {
    fn next(&mut self) -> Option<Incoming> {
        self.queue.pop_front().or_else(|| self.receiver.recv().ok())
    }

    fn is_empty(&mut self) -> bool {
        self.queue.extend(self.receiver.try_iter());
        self.queue.is_empty()
    }

    /// Whether the client has taken a request back.
    fn cancelled(&mut self, id: &lsp_server::RequestId) -> bool {
        self.queue.extend(self.receiver.try_iter());
        let wanted = serde_json::to_value(id).unwrap_or_default();
        self.queue.iter().any(|incoming| match incoming {
            Incoming::Message(Message::Notification(notification)) => {
                notification.method == "$/cancelRequest" && notification.params.get("id") == Some(&wanted)
            }
            _ => false,
        })
    }
}
