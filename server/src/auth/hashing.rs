//! Passwords as they are kept: Argon2id. A check takes 19 MiB and some hundredths of a second; only so many run at a time and only so many
//! wait, so that a flood of logins takes neither the memory nor the threads.

use super::Trouble;
use super::token::drawn;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many checks run at a time.
const RUNNING: usize = 4;
/// How many more wait for their turn; whoever comes then is told to come back.
const WAITING: usize = 60;

/// What is hashed with when there is nothing to compare with.
const NOBODY: &[u8; 16] = b"compte inexistan";

/// Makes and checks hashes.
#[derive(Clone, Debug)]
pub struct Hasher {
    params: Params,
    running: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

/// What a check found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// It is the password.
    pub right: bool,
    /// Its hash was made with other parameters than today's: it is to be made anew.
    pub stale: bool,
}

impl Default for Hasher {
    /// With the least that OWASP's sheet on storing passwords recommends for Argon2id: 19 MiB, two passes, one lane.
    fn default() -> Hasher {
        Hasher::with(Params::DEFAULT)
    }
}

impl Hasher {
    /// With these parameters.
    pub fn with(params: Params) -> Hasher {
        let (running, places) = (Semaphore::new(RUNNING), Semaphore::new(RUNNING + WAITING));
        Hasher { params, running: Arc::new(running), places: Arc::new(places) }
    }

    /// The hash of a new password, as a PHC string.
    pub async fn hash(&self, password: &str) -> Result<String, Trouble> {
        let (argon2, salt, password) = (self.argon2(), drawn::<16>()?, password.to_owned());
        self.run(move || {
            let hash: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &salt).ok()?;
            Some(hash.to_string())
        })
        .await
    }

    /// Whether it is the password of a hash. Without one, as long is spent, and it is not.
    pub async fn check(&self, password: &str, hash: Option<&str>) -> Result<Verdict, Trouble> {
        let (argon2, password) = (self.argon2(), password.to_owned());
        let (hash, params) = (hash.and_then(|hash| PasswordHash::new(hash).ok()), self.params.clone());
        self.run(move || match hash {
            Some(hash) => {
                let right = argon2.verify_password(password.as_bytes(), &hash).is_ok();
                let same = |made: Params| {
                    made.m_cost() == params.m_cost()
                        && made.t_cost() == params.t_cost()
                        && made.p_cost() == params.p_cost()
                };
                let current =
                    hash.algorithm.as_str() == Algorithm::Argon2id.as_str() && Params::try_from(&hash).is_ok_and(same);
                Some(Verdict { right, stale: right && !current })
            }
            None => {
                let spent: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), NOBODY).ok()?;
                Some(Verdict { right: spent.hash.is_none(), stale: false })
            }
        })
        .await
    }

    fn argon2(&self) -> Argon2<'static> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone())
    }

    /// Runs something heavy when its turn comes.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Option<T> + Send + 'static) -> Result<T, Trouble> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Trouble::Busy)?;
        let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| Trouble::Busy)?;
        // The turn goes with the thread: whoever asked may have gone, the memory is taken all the same.
        let held: (OwnedSemaphorePermit, OwnedSemaphorePermit) = (place, turn);
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        done.await.ok().flatten().ok_or(Trouble::Hashing)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = "quatre chevaux bleus";

    #[tokio::test]
    async fn a_hash_is_argon2id_salted_and_opens_for_its_password_only() {
        let hasher = Hasher::default();
        let (one, two) = (hasher.hash(GOOD).await.unwrap(), hasher.hash(GOOD).await.unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, two, "each has a salt of its own");
        let right = Verdict { right: true, stale: false };
        assert_eq!(hasher.check(GOOD, Some(&one)).await.unwrap(), right);
        for wrong in ["", "quatre chevaux bleu", "Quatre chevaux bleus", &one] {
            assert_eq!(hasher.check(wrong, Some(&one)).await.unwrap(), Verdict { right: false, stale: false });
        }
    }

    #[tokio::test]
    async fn nothing_opens_without_a_hash() {
        let hasher = Hasher::default();
        for hash in [None, Some(""), Some("$argon2id$"), Some(GOOD)] {
            for password in ["", GOOD] {
                assert!(!hasher.check(password, hash).await.unwrap().right, "{hash:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_hash_of_other_parameters_is_to_be_made_anew() {
        let old = Hasher::with(Params::new(8 * 1024, 1, 1, None).unwrap()).hash(GOOD).await.unwrap();
        let hasher = Hasher::default();
        assert_eq!(hasher.check(GOOD, Some(&old)).await.unwrap(), Verdict { right: true, stale: true });
        assert_eq!(hasher.check("faux", Some(&old)).await.unwrap(), Verdict { right: false, stale: false });
    }

    #[tokio::test]
    async fn a_flood_finds_a_queue_that_ends() {
        let hasher = Hasher::with(Params::new(8 * 1024, 1, 1, None).unwrap());
        let hash = hasher.hash(GOOD).await.unwrap();
        let all = (0..RUNNING + WAITING + 40).map(|_| {
            let (hasher, hash) = (hasher.clone(), hash.clone());
            async move { hasher.check(GOOD, Some(&hash)).await }
        });
        let mut told = tokio::task::JoinSet::new();
        let barrier = hasher.running.clone().acquire_many_owned(u32::try_from(RUNNING).unwrap()).await.unwrap();
        for one in all {
            told.spawn(one);
        }
        // All have come, none has begun.
        while hasher.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
        drop(barrier);
        let told = told.join_all().await;
        assert_eq!(told.iter().filter(|answer| matches!(answer, Err(Trouble::Busy))).count(), 40);
        assert!(told.iter().flatten().all(|verdict| verdict.right));
        assert!(hasher.check(GOOD, Some(&hash)).await.unwrap().right, "then it goes on");
    }
}
