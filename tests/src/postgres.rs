//! A PostgreSQL server of the tests' own, from the programs of the system: started, killed, started again.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server on a port of loopback, without a password; gone with its data when dropped.
pub struct Server {
    programs: PathBuf,
    data: tempfile::TempDir,
    port: u16,
    settings: Vec<String>,
    log: tempfile::NamedTempFile,
    process: Child,
}

impl Server {
    /// Starts a new one that is quick and forgets everything in a crash of the machine; `None`, said aloud, where PostgreSQL is not
    /// installed.
    pub fn start() -> Option<Server> {
        Server::with(&["fsync=off", "synchronous_commit=off", "full_page_writes=off"])
    }

    /// Starts a new one with settings (`name=value`).
    pub fn with(settings: &[&str]) -> Option<Server> {
        Server::made(tempfile::tempdir().unwrap(), &[], settings)
    }

    /// Starts a new one whose data lie in a folder, on a disk that is soon full: its log comes in files of one megabyte.
    pub fn on_small_disk(data: tempfile::TempDir, settings: &[&str]) -> Option<Server> {
        Server::made(data, &["--wal-segsize=1"], settings)
    }

    fn made(data: tempfile::TempDir, options: &[&str], settings: &[&str]) -> Option<Server> {
        let Some(programs) = programs() else {
            println!("IGNORÉ : PostgreSQL n’est pas installé (initdb est introuvable)");
            return None;
        };
        if let Some((uid, gid)) = other_user() {
            chown(data.path(), Some(uid), Some(gid)).unwrap();
        }
        let made = command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=relance", "--encoding=UTF8", "--locale=C", "--no-sync"])
            .args(options)
            .arg("-D")
            .arg(data.path().join("base"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let log = tempfile::NamedTempFile::new().unwrap();
        let process = spawn(&programs, data.path(), port, &settings, log.path());
        let server = Server { programs, data, port, settings, log, process };
        server.wait();
        Some(server)
    }

    /// A file of its data folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.data.path().join("base").join(name)
    }

    /// What it has written into its own log, in English.
    pub fn said(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log.path()).unwrap()).into_owned()
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// Lets none of its processes make a file longer than that, as if the disk were full; or lets them again.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let limit = bytes.map_or("--fsize=unlimited:".to_owned(), |bytes| format!("--fsize={bytes}:"));
        // The first one before its children: what it starts meanwhile has its limit.
        let first = self.process.id();
        for process in std::iter::once(first).chain(children(first)) {
            // As the user whose processes these are.
            let told = command(Path::new("prlimit")).args(["--pid", &process.to_string(), &limit]).output().unwrap();
            assert!(process != first || told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        }
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://relance@127.0.0.1:{}/{database}", self.port)
    }

    /// Creates a database, and says its URL.
    pub fn create(&self, database: &str) -> String {
        let made = self.sql("postgres", &format!("CREATE DATABASE {database}"));
        assert!(made, "{database} exists");
        self.url(database)
    }

    /// Kills it as a failing machine does: every process at once.
    pub fn kill(&mut self) {
        // The processes of connections go with the first one, as soon as they notice.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Starts it again on the same data.
    pub fn restart(&mut self) {
        let start = std::time::Instant::now();
        let _ = std::fs::remove_file(self.data.path().join("base/postmaster.pid"));
        self.process = spawn(&self.programs, self.data.path(), self.port, &self.settings, self.log.path());
        while !self.sql("postgres", "SELECT 1") {
            assert!(start.elapsed() < PATIENCE, "the server does not answer");
            // It refuses to start while a process of the killed one is left.
            if self.process.try_wait().unwrap().is_some() {
                let _ = std::fs::remove_file(self.data.path().join("base/postmaster.pid"));
                self.process = spawn(&self.programs, self.data.path(), self.port, &self.settings, self.log.path());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn wait(&self) {
        let start = std::time::Instant::now();
        while !self.sql("postgres", "SELECT 1") {
            assert!(start.elapsed() < PATIENCE, "the server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Runs a statement; says whether it went well.
    pub fn sql(&self, database: &str, statement: &str) -> bool {
        self.ask(database, statement).is_some()
    }

    /// What a statement gives, as text; nothing when it is refused.
    pub fn ask(&self, database: &str, statement: &str) -> Option<String> {
        let told = Command::new(self.programs.join("psql"))
            .args(["-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, &self.url(database)])
            .output()
            .unwrap();
        told.status.success().then(|| String::from_utf8_lossy(&told.stdout).trim().to_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where PostgreSQL's programs are: on the path, or where Debian puts them, the newest first.
fn programs() -> Option<PathBuf> {
    let whole = |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).exists());
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).find(whole).or_else(|| {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut bins: Vec<PathBuf> = versions.filter_map(|version| Some(version.ok()?.path().join("bin"))).collect();
        bins.sort();
        bins.into_iter().rev().find(whole)
    })
}

/// PostgreSQL refuses to run as root: the user that its package made, when this is root.
fn other_user() -> Option<(u32, u32)> {
    let id = |flag: &str, user: &[&str]| -> Option<u32> {
        let told = Command::new("id").arg(flag).args(user).output().ok()?;
        String::from_utf8_lossy(&told.stdout).trim().parse().ok()
    };
    if id("-u", &[])? != 0 {
        return None;
    }
    Some((id("-u", &["postgres"])?, id("-g", &["postgres"])?))
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((uid, gid)) = other_user() {
        command.gid(gid).uid(uid);
    }
    command.current_dir("/");
    command
}

/// The processes that a process has started.
fn children(of: u32) -> Vec<u32> {
    let parent = |process: &u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
    };
    let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    all.filter(|process| parent(process) == Some(of)).collect()
}

fn spawn(programs: &Path, data: &Path, port: u16, settings: &[String], log: &Path) -> Child {
    let mut command = command(&programs.join("postgres"));
    command.arg("-D").arg(data.join("base")).args(["-p", &port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories="] {
        command.args(["-c", setting]);
    }
    for setting in settings {
        command.args(["-c", setting]);
    }
    let log = std::fs::File::options().append(true).open(log).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap()
}
