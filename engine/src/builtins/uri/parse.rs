//! Reads a URI as Go's `net/url` does: leniently, and with its own ideas of hosts and ports.

use super::address;
use crate::builtins::encoding::bytes::{quoted, text};
use crate::builtins::encoding::query::{Part, escape, unescape};

/// The parts of a URI; those that are not there are empty.
#[derive(Debug, Default)]
pub(super) struct Uri {
    /// In lower case.
    pub(super) scheme: String,
    /// Without brackets.
    pub(super) hostname: String,
    /// Digits.
    pub(super) port: String,
    /// Unescaped.
    pub(super) path: String,
    /// As written; empty when it is how the path would be escaped anyway.
    pub(super) raw_path: String,
    /// As written.
    pub(super) raw_query: String,
    /// Unescaped.
    pub(super) fragment: String,
}

/// Reads a URI or a relative reference.
///
/// # Errors
/// What is wrong with it, in Go's words.
pub(super) fn parse(whole: &str) -> Result<Uri, String> {
    let failure = |part: &str, problem: String| format!("parse {}: {problem}", quoted(part.as_bytes()));
    let (main, fragment) = whole.split_once('#').unwrap_or((whole, ""));
    let mut uri = read(main).map_err(|problem| failure(main, problem))?;
    uri.fragment = self::fragment(fragment).map_err(|problem| failure(whole, problem))?;
    Ok(uri)
}

/// What an escaped fragment stands for.
///
/// # Errors
/// The first wrong escape.
pub(super) fn fragment(escaped: &str) -> Result<String, String> {
    unescape(escaped.as_bytes(), Part::Fragment).map(|bytes| text(&bytes))
}

fn read(main: &str) -> Result<Uri, String> {
    if main.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut uri = Uri::default();
    if main == "*" {
        main.clone_into(&mut uri.path);
        return Ok(uri);
    }
    let (scheme, rest) = split_scheme(main)?;
    uri.scheme = scheme.to_ascii_lowercase();
    let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    query.clone_into(&mut uri.raw_query);
    if !rest.starts_with('/') {
        if !scheme.is_empty() {
            return Ok(uri);
        }
        if rest.split('/').next().is_some_and(|segment| segment.contains(':')) {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    if (!scheme.is_empty() || !rest.starts_with("///"))
        && let Some(after) = rest.strip_prefix("//")
    {
        let end = after.find('/').unwrap_or(after.len());
        let (authority, path) = after.split_at_checked(end).unwrap_or((after, ""));
        rest = path;
        (uri.hostname, uri.port) = split_authority(&uri.scheme, authority)?;
    }
    let path = unescape(rest.as_bytes(), Part::Path)?;
    if escape(&path, Part::Path) != rest {
        rest.clone_into(&mut uri.raw_path);
    }
    uri.path = text(&path);
    Ok(uri)
}

/// What stands before the first colon, if it is a scheme, and the rest.
fn split_scheme(main: &str) -> Result<(&str, &str), String> {
    for (at, byte) in main.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok(main.split_once(':').unwrap_or(("", main))),
            _ => break,
        }
    }
    Ok(("", main))
}

/// The name and the port of the host.
fn split_authority(scheme: &str, authority: &str) -> Result<(String, String), String> {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    let host = read_host(scheme, host)?;
    if let Some(user) = user {
        if !user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte)) {
            return Err("net/url: invalid userinfo".to_owned());
        }
        for part in user.splitn(2, ':') {
            unescape(part.as_bytes(), Part::User)?;
        }
    }
    let (name, port) = match host.rfind(':').and_then(|at| host.split_at_checked(at)) {
        Some((name, port)) if is_port(port) => (name, port.trim_start_matches(':')),
        Some(_) | None => (host.as_str(), ""),
    };
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    Ok((inner.unwrap_or(name).to_owned(), port.to_owned()))
}

/// The host with its port, unescaped.
fn read_host(scheme: &str, host: &str) -> Result<String, String> {
    let bad_port = |port: &str| format!("invalid port {} after host", quoted(port.as_bytes()));
    match host.rfind('[') {
        None => {}
        Some(0) => {
            let inner = host.strip_prefix('[').unwrap_or_default();
            let (name, port) = inner.rsplit_once(']').ok_or("missing ']' in host")?;
            if !is_port(port) {
                return Err(bad_port(port));
            }
            let zone = name.find("%25").unwrap_or(name.len());
            let (address, zone) = name.split_at_checked(zone).unwrap_or((name, ""));
            let mut bytes = unescape(address.as_bytes(), Part::Host)?;
            bytes.extend(unescape(zone.as_bytes(), Part::Zone)?);
            let name = text(&bytes);
            address::check(&name)?;
            return Ok(format!("[{name}]{port}"));
        }
        Some(_) => return Err("invalid IP-literal".to_owned()),
    }
    // Go lets other schemes list several hosts with their ports.
    let colon = if matches!(scheme, "http" | "https") { host.find(':') } else { host.rfind(':') };
    if let Some(port) = colon.and_then(|at| host.get(at..)).filter(|port| !is_port(port)) {
        return Err(bad_port(port));
    }
    Ok(text(&unescape(host.as_bytes(), Part::Host)?))
}

/// Whether this is nothing, or a colon and any number of digits.
fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':');
    text.is_empty() || digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}
