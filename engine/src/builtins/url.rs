//! URLs as Go's `net/url` takes them apart and puts them together.

use std::borrow::Cow;

/// The parts of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Url {
    /// In lower case.
    pub(super) scheme: String,
    /// What follows a scheme without a slash, as written.
    pub(super) opaque: String,
    /// Name and maybe password, as written.
    pub(super) user: Option<String>,
    /// Host and maybe port, unescaped.
    pub(super) host: String,
    /// Unescaped.
    pub(super) path: Vec<u8>,
    /// The path as written, unless escaping `path` gives just that.
    pub(super) raw_path: String,
    /// Whether there is a scheme and a path but no `//`.
    pub(super) omit_host: bool,
    /// Whether there is a `?` with nothing behind it.
    pub(super) force_query: bool,
    /// As written, without the `?`.
    pub(super) raw_query: String,
    /// Unescaped.
    pub(super) fragment: Vec<u8>,
    /// The fragment as written, unless escaping `fragment` gives just that.
    pub(super) raw_fragment: String,
}

/// Where in a URL a text stands, which decides about the characters that need no escape there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Host,
    Path,
    User,
    Fragment,
}

impl Url {
    /// Takes a URL apart.
    ///
    /// # Errors
    /// What is wrong, in Go's words: `parse "…": …`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let mut url =
            Self::without_fragment(before).map_err(|error| format!("parse {}: {error}", quoted(before)))?;
        if !fragment.is_empty() {
            let unescaped = unescape(fragment, Place::Fragment);
            url.fragment = unescaped.map_err(|error| format!("parse {}: {error}", quoted(text)))?;
            if escape(&url.fragment, Place::Fragment) != fragment {
                fragment.clone_into(&mut url.raw_fragment);
            }
        }
        Ok(url)
    }

    fn without_fragment(text: &str) -> Result<Self, String> {
        if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        let mut url = Self::default();
        if text == "*" {
            url.path = b"*".to_vec();
            return Ok(url);
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = scheme.to_ascii_lowercase();
        let rest = if let Some(rest) = rest.strip_suffix('?').filter(|rest| !rest.contains('?')) {
            url.force_query = true;
            rest
        } else {
            let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
            query.clone_into(&mut url.raw_query);
            rest
        };
        if !rest.starts_with('/') {
            if !url.scheme.is_empty() {
                rest.clone_into(&mut url.opaque);
                return Ok(url);
            }
            if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
                return Err("first path segment in URL cannot contain colon".to_owned());
            }
        }
        let mut path = rest;
        if let Some(authority) =
            rest.strip_prefix("//").filter(|_| !url.scheme.is_empty() || !rest.starts_with("///"))
        {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, after) = authority.split_at_checked(end).unwrap_or((authority, ""));
            path = after;
            url.set_authority(authority)?;
        } else if !url.scheme.is_empty() && rest.starts_with('/') {
            url.omit_host = true;
        }
        url.path = unescape(path, Place::Path)?;
        if escape(&url.path, Place::Path) != path {
            path.clone_into(&mut url.raw_path);
        }
        Ok(url)
    }

    fn set_authority(&mut self, authority: &str) -> Result<(), String> {
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        self.host = host_of(&self.scheme, host)?;
        if let Some(user) = user {
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
            if !user.bytes().all(valid) {
                return Err("net/url: invalid userinfo".to_owned());
            }
            unescape(user, Place::User)?;
            self.user = Some(user.to_owned());
        }
        Ok(())
    }

    /// The path with escapes, as written if that was right.
    pub(super) fn escaped_path(&self) -> Cow<'_, str> {
        let right = |byte: u8| b"!$&'()*+,;=:@[]%".contains(&byte) || is_plain(byte, Place::Path);
        if !self.raw_path.is_empty() && self.raw_path.bytes().all(right) {
            return Cow::Borrowed(&self.raw_path);
        }
        if self.path == b"*" { Cow::Borrowed("*") } else { Cow::Owned(escape(&self.path, Place::Path)) }
    }

    /// The host without its port and brackets.
    pub(super) fn hostname(&self) -> &str {
        let host = match self.host.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &self.host,
        };
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }
}

/// Puts the parts together again.
impl std::fmt::Display for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.scheme.is_empty() {
            write!(f, "{}:", self.scheme)?;
        }
        if self.opaque.is_empty() {
            let has_host = !self.host.is_empty() || self.user.is_some();
            if has_host || (!self.scheme.is_empty() && !self.omit_host && !self.path.is_empty()) {
                f.write_str("//")?;
            }
            if let Some(user) = &self.user {
                write!(f, "{user}@")?;
            }
            f.write_str(&escape(self.host.as_bytes(), Place::Host))?;
            let path = self.escaped_path();
            if !path.is_empty() && !path.starts_with('/') && !self.host.is_empty() {
                f.write_str("/")?;
            }
            f.write_str(&path)?;
        } else {
            f.write_str(&self.opaque)?;
        }
        if self.force_query || !self.raw_query.is_empty() {
            write!(f, "?{}", self.raw_query)?;
        }
        if !self.raw_fragment.is_empty() {
            write!(f, "#{}", self.raw_fragment)?;
        } else if !self.fragment.is_empty() {
            write!(f, "#{}", escape(&self.fragment, Place::Fragment))?;
        }
        Ok(())
    }
}

/// A text in Go's quotes, for messages.
pub(super) fn quoted(text: &str) -> String {
    crate::value::json_string(text)
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    let end = text.find(|character: char| !(character.is_ascii_alphanumeric() || "+-.".contains(character)));
    match end.and_then(|end| text.split_at_checked(end)) {
        Some(("", rest)) if rest.starts_with(':') => Err("missing protocol scheme".to_owned()),
        Some((scheme, rest)) if scheme.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            Ok(rest.strip_prefix(':').map_or(("", text), |rest| (scheme, rest)))
        }
        _ => Ok(("", text)),
    }
}

fn host_of(scheme: &str, host: &str) -> Result<String, String> {
    let check_port = |port: &str| {
        let digits = port.strip_prefix(':').unwrap_or(if port.is_empty() { "" } else { "x" });
        if digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(())
        } else {
            Err(format!("invalid port {} after host", quoted(port)))
        }
    };
    match host.rfind('[') {
        Some(0) => {
            let (address, port) =
                host.trim_start_matches('[').rsplit_once(']').ok_or("missing ']' in host")?;
            check_port(port)?;
            let address = text_of(unescape(address, Place::Host)?)?;
            let without_zone = address.split('%').next().unwrap_or_default();
            if without_zone.parse::<core::net::Ipv6Addr>().is_err() {
                return Err("invalid IP-literal".to_owned());
            }
            return Ok(format!("[{address}]{port}"));
        }
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {}
    }
    let colon = if matches!(scheme, "http" | "https") { host.find(':') } else { host.rfind(':') };
    if let Some((_, port)) = colon.and_then(|colon| host.split_at_checked(colon)) {
        check_port(port)?;
    }
    text_of(unescape(host, Place::Host)?)
}

fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|_| "invalid host".to_owned())
}

fn unescape(text: &str, place: Place) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'%' {
            if place == Place::Host && first.is_ascii() && !is_plain(first, place) {
                let character = quoted(&char::from(first).to_string());
                return Err(format!("invalid character {character} in host name"));
            }
            bytes.push(first);
            continue;
        }
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let decoded = match after {
            [high, low, ..] => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        let refused = place == Place::Host && decoded.is_some_and(|byte| byte < 0x80 && byte != b'%');
        let Some(byte) = decoded.filter(|_| !refused) else {
            let escape: Vec<u8> = std::iter::once(first).chain(after.iter().copied()).take(3).collect();
            return Err(format!("invalid URL escape {}", quoted(&String::from_utf8_lossy(&escape))));
        };
        bytes.push(byte);
        rest = after.get(2..).unwrap_or_default();
    }
    Ok(bytes)
}

fn escape(bytes: &[u8], place: Place) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if is_plain(*byte, place) {
            text.push(char::from(*byte));
        } else {
            text.extend(['%', hex_digit(byte >> 4), hex_digit(byte & 15)]);
        }
    }
    text
}

fn hex_digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or_default().to_ascii_uppercase()
}

fn is_plain(byte: u8, place: Place) -> bool {
    let more: &[u8] = match place {
        Place::Host => b"!$&'()*+,;=:[]<>\"",
        Place::Path => b"$&+,/:;=@",
        Place::User => b"$&+,;=",
        Place::Fragment => b"$&+,/:;=?@!()*",
    };
    byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || more.contains(&byte)
}
