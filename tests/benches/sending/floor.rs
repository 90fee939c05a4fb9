//! The floor: lettre over a stream that sends at once, one constant message, nothing rendered and nothing written down.

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Sends so many messages over so many connections.
pub async fn send(port: u16, messages: usize, connections: usize) -> Duration {
    // About as long as a reminder in text and HTML.
    let body = format!(
        "Subject: Rappel\r\n\r\n{}",
        "Une ligne de soixante-dix lettres, ou a peu pres, comme en ecrit un modele\r\n".repeat(60)
    );
    let (body, sent) = (Arc::new(body), Arc::new(AtomicUsize::new(0)));
    let watch = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (body, sent) = (Arc::clone(&body), Arc::clone(&sent));
        tasks.spawn(async move {
            let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut connection =
                AsyncSmtpConnection::connect_with_transport(Box::new(stream), &ClientId::default()).await.unwrap();
            let address: Address = "compta@client.example".parse().unwrap();
            while sent.fetch_add(1, Ordering::SeqCst) < messages {
                connection.command(Mail::new(Some(address.clone()), vec![])).await.unwrap();
                connection.command(Rcpt::new(address.clone(), vec![])).await.unwrap();
                connection.command(Data).await.unwrap();
                connection.message(body.as_bytes()).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    watch.elapsed()
}
