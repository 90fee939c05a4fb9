//! A real IMAP server: Dovecot, from the program of the system, with a mailbox of one user.

use super::service::until;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, SystemTime};

/// The user's password; not a word of a dictionary, and not all of it ASCII.
pub const PASSWORD: &str = "se\"cret é";

/// A running server; it ends with its value.
pub struct Dovecot {
    folder: tempfile::TempDir,
    owner: Option<(u32, u32)>,
    /// In the clear at first.
    pub port: u16,
    /// Secured from the first byte.
    pub tls_port: u16,
    /// The certificate, in PEM.
    pub authority: String,
    process: Child,
}

fn told(program: &str, args: &[&str]) -> String {
    String::from_utf8(Command::new(program).args(args).output().unwrap().stdout).unwrap().trim().to_owned()
}

impl Dovecot {
    /// Starts one; `None`, said aloud, where it is not installed.
    pub fn start() -> Option<Dovecot> {
        let program =
            ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot"].into_iter().find(|path| Path::new(path).exists());
        let Some(program) = program else {
            println!("IGNORÉ : `dovecot` est introuvable (paquet dovecot-imapd)");
            return None;
        };
        // It gives no mail to root: then it is nobody's.
        let root = told("id", &["-u"]) == "0";
        let who = if root { vec!["nobody"] } else { vec![] };
        let id = |flags: &str| told("id", &[vec![flags], who.clone()].concat());
        let owner = root.then(|| (id("-u").parse().unwrap(), id("-g").parse().unwrap()));
        let folder = tempfile::tempdir().unwrap();
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (plain, secured) = (free(), free());
        let (port, tls_port) = (plain.local_addr().unwrap().port(), secured.local_addr().unwrap().port());
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let at = folder.path();
        fs::write(at.join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(at.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        fs::write(at.join("users"), format!("relances:{{PLAIN}}{PASSWORD}\n")).unwrap();
        for path in ["run", "mail", "mail/tmp", "mail/new", "mail/cur"] {
            fs::create_dir(at.join(path)).unwrap();
        }
        let (user, group, shown) = (id("-un"), id("-gn"), at.display());
        let settings = format!(
            "protocols = imap\nbase_dir = {shown}/run\nstate_dir = {shown}/run\nlog_path = {shown}/log\nlisten = 127.0.0.1\n\
             default_internal_user = {user}\ndefault_internal_group = {group}\ndefault_login_user = {user}\n\
             ssl = yes\nssl_cert = <{shown}/cert.pem\nssl_key = <{shown}/key.pem\ndisable_plaintext_auth = no\n\
             mail_location = maildir:{shown}/mail\nfirst_valid_uid = 1\n\
             passdb {{\n  driver = passwd-file\n  args = {shown}/users\n}}\n\
             userdb {{\n  driver = static\n  args = uid={} gid={} home={shown}/mail\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {port}\n  }}\n  \
             inet_listener imaps {{\n    port = {tls_port}\n  }}\n}}\nservice anvil {{\n  chroot =\n}}\n",
            id("-u"),
            id("-g"),
        );
        fs::write(at.join("dovecot.conf"), settings).unwrap();
        give(at, owner);
        let mut command = Command::new(program);
        if let Some((uid, gid)) = owner {
            command.gid(gid).uid(uid);
        }
        drop((plain, secured));
        let process = command
            .args(["-F", "-c"])
            .arg(at.join("dovecot.conf"))
            .current_dir("/")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Dovecot { folder, owner, port, tls_port, authority: made.cert.pem(), process };
        until("Dovecot answers", || {
            let log = fs::read_to_string(server.folder.path().join("log")).unwrap_or_default();
            assert!(server.process.try_wait().unwrap().is_none(), "{log}");
            TcpStream::connect(("127.0.0.1", port)).is_ok() && TcpStream::connect(("127.0.0.1", tls_port)).is_ok()
        });
        Some(server)
    }

    /// Puts a mail into the mailbox, received at that moment.
    pub fn deliver(&self, name: &str, text: &str, at: SystemTime) {
        let mail = self.folder.path().join("mail");
        let path = mail.join("tmp").join(name);
        fs::write(&path, text).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        give(&path, self.owner);
        fs::rename(path, mail.join("new").join(name)).unwrap();
    }

    /// Sends commands as the user; all that the server says.
    pub fn ask(&self, commands: &[&str]) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(stream, "a LOGIN relances {{{}+}}\r\n{PASSWORD}\r\nb SELECT INBOX\r\n", PASSWORD.len()).unwrap();
        for command in commands {
            write!(stream, "c {command}\r\n").unwrap();
        }
        stream.write_all(b"d LOGOUT\r\n").unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    }

    /// The marks of each mail, in the order of their arrival.
    pub fn marks(&self) -> Vec<String> {
        let said = self.ask(&["FETCH 1:* (FLAGS)"]);
        let lines = said.lines().filter_map(|line| line.split_once("FETCH (FLAGS (")?.1.split_once(')'));
        let sorted = |flags: &str| {
            let mut flags: Vec<&str> = flags.split(' ').filter(|flag| *flag != "\\Recent").collect();
            flags.sort_unstable();
            flags.join(" ")
        };
        lines.map(|(flags, _)| sorted(flags)).collect()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // Its own children end with it when it is asked to.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// Gives a file, or a folder and all in it, to the server's user.
fn give(path: &Path, owner: Option<(u32, u32)>) {
    let Some((uid, gid)) = owner else { return };
    chown(path, Some(uid), Some(gid)).unwrap();
    if path.is_dir() {
        let inside: Vec<PathBuf> = path.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
        inside.iter().for_each(|path| give(path, owner));
    }
}
