//! Packs answers for clients that take them so.

use std::io::Write as _;

use axum::http::{HeaderMap, header};
use flate2::Compression;
use flate2::write::GzEncoder;

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Packed, where that is worth it.
    Gzip,
    /// As it is.
    None,
}

/// How answers are packed, where clients take that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Effort {
    /// What is shorter is sent as it is.
    pub(super) least_bytes: u64,
    /// From 0 to 9.
    pub(super) level: u32,
}

impl Default for Effort {
    /// OPA's.
    fn default() -> Self {
        Self { least_bytes: 1_024, level: 9 }
    }
}

/// What the client takes.
pub(super) fn wanted(headers: &HeaderMap) -> Packing {
    let all = headers.get_all(header::ACCEPT_ENCODING);
    let mut codings = all.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let takes_gzip = codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = parts.find_map(|part| part.strip_prefix("q="));
        is_gzip && quality.is_none_or(|quality| quality.parse().is_ok_and(|quality: f64| quality > 0.0))
    });
    if takes_gzip { Packing::Gzip } else { Packing::None }
}

/// A text in its packed form; nothing if that is not worth it.
pub(super) fn packed(text: &str, effort: Effort) -> Option<Vec<u8>> {
    if u64::try_from(text.len()).is_ok_and(|length| length < effort.least_bytes) {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(effort.level));
    // Writing to memory does not fail.
    encoder.write_all(text.as_bytes()).ok()?;
    encoder.finish().ok()
}
