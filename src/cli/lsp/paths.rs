//! Paths and the addresses that editors use for them.

use lsp_types::Uri;
use std::{fmt::Write as _, str::FromStr};

/// The path of an address, with `/` between its parts; of what is no file, as an unsaved text, the address itself.
pub(super) fn path_of(uri: &Uri) -> String {
    let text = uri.as_str();
    let Some(rest) = text.strip_prefix("file://") else { return text.to_owned() };
    // A host before the path belongs to it, as on Windows.
    let path = decoded(rest);
    let path = if path.starts_with('/') { path } else { format!("//{path}") };
    match path.as_bytes() {
        [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => {
            format!("{}{}", char::from(drive.to_ascii_uppercase()), path.get(2..).unwrap_or(""))
        }
        _ => path,
    }
}

/// The address of a path.
pub(super) fn uri_of(path: &str) -> Option<Uri> {
    if !path.starts_with('/') && path.contains(':') && path.as_bytes().get(1) != Some(&b':') {
        return Uri::from_str(path).ok();
    }
    let mut text = "file://".to_owned();
    if !path.starts_with('/') {
        text.push('/');
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "%{other:02X}");
            }
        }
    }
    Uri::from_str(&text).ok()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let code = more.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (first, code) {
            (b'%', Some(code)) => {
                bytes.push(code);
                rest = more.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_addresses_belong_together() {
        let there = |text: &str| path_of(&Uri::from_str(text).expect("an address"));
        assert_eq!(there("file:///a/gr%C3%B6%C3%9Fe%20x.funnel"), "/a/größe x.funnel");
        assert_eq!(there("file:///c%3A/a.funnel"), "C:/a.funnel");
        assert_eq!(there("untitled:Untitled-1"), "untitled:Untitled-1");
        for path in ["/a/größe x.funnel", "C:/a.funnel", "untitled:Untitled-1", "/a%20b"] {
            assert_eq!(path_of(&uri_of(path).expect("an address")), path);
        }
    }
}
