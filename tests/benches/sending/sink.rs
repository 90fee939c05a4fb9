//! A mail server on loopback, on a thread of its own, that takes everything and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The server; its thread ends with the program.
pub struct Sink {
    pub port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    pub fn start() -> Sink {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&taken);
        std::thread::spawn(move || {
            runtime.block_on(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(serve(socket, Arc::clone(&counter)));
                }
            });
        });
        Sink { port, taken }
    }

    /// How many messages it has accepted.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

async fn serve(socket: TcpStream, taken: Arc<AtomicUsize>) -> Option<()> {
    socket.set_nodelay(true).ok()?;
    let mut stream = BufReader::with_capacity(64 * 1024, socket);
    stream.write_all(b"220 puits ESMTP\r\n").await.ok()?;
    let (mut line, mut content) = (Vec::new(), false);
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        let answer: &[u8] = if content {
            if line != b".\r\n" {
                continue;
            }
            content = false;
            taken.fetch_add(1, Ordering::SeqCst);
            b"250 2.0.0 Ok: queued\r\n"
        } else {
            match line.get(..4) {
                Some(b"EHLO") => b"250-puits\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n",
                Some(b"DATA") => {
                    content = true;
                    b"354 vas-y\r\n"
                }
                _ => b"250 2.0.0 ok\r\n",
            }
        };
        stream.write_all(answer).await.ok()?;
    }
}
