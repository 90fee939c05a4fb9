//! Files and the protocol's names for them.

use gen_lsp_types::Uri;
use std::path::{Path, PathBuf};

/// The file that an address names; `None` for anything that is no file.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let path = decoded(path)?;
    // `/c:/relances` is `c:/relances`.
    let drive = path.get(1..3).is_some_and(|d| d.ends_with(':') && d.starts_with(|c: char| c.is_ascii_alphabetic()));
    Some(PathBuf::from(if drive { path.get(1..)? } else { path.as_str() }))
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// The address of a file.
pub fn uri(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut address = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_files() {
        let file = PathBuf::from("/tmp/mes relances/été.relance");
        let address = uri(&file);
        assert_eq!(address.0, "file:///tmp/mes%20relances/%C3%A9t%C3%A9.relance");
        assert_eq!(path(&address), Some(file));
        assert_eq!(path(&Uri::from("file:///c%3A/a.relance")), Some(PathBuf::from("c:/a.relance")));
        assert_eq!(path(&Uri::from("file://localhost/a")), Some(PathBuf::from("/a")));
        for odd in ["untitled:Untitled-1", "https://x/y", "file://serveur/a", "file:///%zz", "file:///%", ""] {
            assert_eq!(path(&Uri::from(odd)), None, "{odd}");
        }
    }
}
