//! What a visitor sends has to come at some pace: whoever sends a letter now and then holds a connection, and nothing else.

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// What every body has.
const START: Duration = Duration::from_secs(20);
/// What each byte adds: two thousand in a second are enough.
const EACH: Duration = Duration::from_micros(500);

/// A body that ends with an error when it comes too slowly.
pub struct Paced {
    body: Incoming,
    limit: Pin<Box<Sleep>>,
}

impl Paced {
    /// A body that begins now.
    pub fn new(body: Incoming) -> Paced {
        Paced { body, limit: Box::pin(sleep(START)) }
    }
}

impl Body for Paced {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            if let Some(Ok(frame)) = &frame {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let more = EACH.saturating_mul(u32::try_from(length).unwrap_or(u32::MAX));
                // Nobody earns hours in advance.
                let until = (this.limit.deadline() + more).min(Instant::now() + START + START);
                this.limit.as_mut().reset(until);
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        match this.limit.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Some(Err("trop lent".into()))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
