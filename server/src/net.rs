//! Takes connections, with a limit to their number, to the time of their requests' heads, and to the time that the end of all may take.

use crate::paced::Paced;
use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long a visitor may take to send the head of a request, and to send another one on the same connection.
const ASKING: Duration = Duration::from_secs(15);
/// How long requests under way may take when the server is told to stop.
const ENDING: Duration = Duration::from_secs(20);
/// How many connections at a time; the others wait.
const CONNECTIONS: usize = 1_024;
/// The longest head of a request.
const LONGEST: usize = 32 * 1024;

/// Answers until `stop`, then finishes what is under way.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = next(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else { continue };
        let service = router.clone().map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address));
            request.map(|body| axum::body::Body::new(Paced::new(body)))
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(ASKING)
            .max_buf_size(LONGEST)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A visitor who goes away in the middle is nobody's trouble.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(ENDING, graceful.shutdown()).await;
}

type Accepted = (tokio::net::TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            // Small answers leave at once.
            let _ = stream.set_nodelay(true);
            Some((stream, address, place))
        }
        Err(_) => {
            // Too many open files, most likely: they become fewer.
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
