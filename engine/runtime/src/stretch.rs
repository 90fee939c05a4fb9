//! Long work in stretches: while one batch is worked out, what the base and the carriers answer to another one goes on.

/// How many files or rows are worked out at a stretch: about a millisecond's work.
const STRETCH: usize = 50;

/// After every stretch, lets everything else go on; `done` counts from 1.
pub(crate) async fn stretch(done: usize) {
    if done.is_multiple_of(STRETCH) {
        tokio::task::yield_now().await;
    }
}
