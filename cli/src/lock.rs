//! One program at a time works off a base that is a file.

use crate::failure::{Failure, file};
use relance_engine::store::Store;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

/// Who works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Worker {
    /// `executer`.
    Run,
    /// `service`.
    Service,
    /// `oublier`.
    Eraser,
    /// `restaurer`, `transferer`.
    Mover,
}

/// What a service writes into the lock, so that others know what to do.
const SERVICE: &str = "service";

/// Keeps two runs of one base apart; given back by the system when the process ends, however it does. Bases that runners share need none.
pub fn lock(store: &dyn Store, worker: Worker) -> Result<Option<File>, Failure> {
    store.path().map(|path| lock_file(path, worker)).transpose()
}

/// The same for the file of a base, which may be missing or damaged.
pub fn lock_file(base: &Path, worker: Worker) -> Result<File, Failure> {
    let path = base.with_extension("db.verrou");
    let mut lock = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(|error| file(&path, &error))?;
    if lock.try_lock().is_err() {
        // Where a lock forbids reading as well, nothing is known of who holds it.
        let mut holder = String::new();
        let _ = lock.take(64).read_to_string(&mut holder);
        return Err(held(worker, holder.trim()));
    }
    // What the lock says is a help for people: it holds without it.
    let said = if worker == Worker::Service { format!("{SERVICE} {}\n", std::process::id()) } else { String::new() };
    let _ = lock.set_len(0).and_then(|()| lock.rewind()).and_then(|()| lock.write_all(said.as_bytes()));
    Ok(lock)
}

fn held(worker: Worker, holder: &str) -> Failure {
    let Some(process) = holder.strip_prefix(SERVICE) else {
        return Failure::Outside(
            "une autre exécution est en cours sur cette base".to_owned(),
            "attendez qu’elle finisse, puis recommencez".to_owned(),
        );
    };
    let process = process.trim();
    let message = format!("le service de Relance tient déjà cette base (processus {process})");
    let help = match worker {
        Worker::Run => {
            "il envoie de lui-même ce qui est dû : il n’y a rien à faire. Pour exécuter à la main, arrêtez-le d’abord \
             (`systemctl stop relance`, ou Ctrl-C là où il tourne)"
        }
        Worker::Eraser | Worker::Mover => {
            "arrêtez-le d’abord (`systemctl stop relance`, ou Ctrl-C là où il tourne), puis recommencez"
        }
        Worker::Service => {
            "un seul service suffit ; arrêtez l’autre d’abord pour le remplacer (`systemctl stop relance`)"
        }
    };
    Failure::Outside(message, help.to_owned())
}

/// A name like no other runner's, on whatever machine.
pub fn runner_name() -> String {
    let machine = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    format!("{}:{}:{}", machine.trim(), std::process::id(), crate::project::now().timestamp_micros())
}
