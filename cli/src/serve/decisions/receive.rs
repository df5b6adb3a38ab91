//! Takes in bodies of requests, up to what is allowed.

use std::io::Read as _;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::GzDecoder;
use hyper::body::{Body, Incoming};
use std::future::poll_fn;
use std::pin::Pin;
use tokio::time::timeout;

use super::compress::Packing;
use super::wire::Problem;

/// What bodies may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct BodyLimits {
    /// How many bytes a body may have, as it is sent.
    pub(super) bytes: u64,
    /// How many bytes a body may have once it is unpacked.
    pub(super) unpacked_bytes: u64,
    /// How long a client may send nothing.
    pub(super) stall_time: Duration,
}

/// Takes in a body, which may be packed or is taken as it is, as OPA takes what is written.
pub(super) async fn body(
    headers: &HeaderMap,
    mut incoming: Incoming,
    packing: Packing,
    limits: BodyLimits,
) -> Result<Bytes, Problem> {
    let announced = incoming.size_hint().exact();
    if let Some(size) = announced.filter(|size| *size > limits.bytes) {
        let limit = limits.bytes;
        return Err(Problem::invalid(format!(
            "request body too large: {} exceeds limit of {limit} bytes (server.decoding.max_length)",
            human(size)
        )));
    }
    let mut first: Option<Bytes> = None;
    let mut whole: Vec<u8> = Vec::new();
    loop {
        let next = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context));
        let frame = match timeout(limits.stall_time, next).await {
            Err(_) => return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", STALLED)),
            Ok(None) => break,
            Ok(Some(Err(_))) => return Err(Problem::invalid("unexpected EOF")),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        let held =
            whole.len().saturating_add(first.as_ref().map_or(0, Bytes::len)).saturating_add(data.len());
        if u64::try_from(held).unwrap_or(u64::MAX) > limits.bytes {
            let limit = limits.bytes;
            return Err(Problem::invalid(format!(
                "request body too large: exceeds limit of {limit} bytes (server.decoding.max_length)"
            )));
        }
        if whole.is_empty() && first.is_none() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                whole.reserve(announced.and_then(|size| usize::try_from(size).ok()).unwrap_or(held));
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&data);
        }
    }
    let whole = first.unwrap_or_else(|| Bytes::from(whole));
    if packing == Packing::Gzip && is_packed(headers) {
        unpacked(&whole, limits.unpacked_bytes)
    } else {
        Ok(whole)
    }
}

fn is_packed(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    encoding.is_some_and(|encoding| encoding.contains("gzip"))
}

fn unpacked(bytes: &[u8], limit: u64) -> Result<Bytes, Problem> {
    let mut unpacked = Vec::new();
    let read = GzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut unpacked);
    if let Err(error) = read {
        // The words of Go's reader.
        let is_cut = error.kind() == std::io::ErrorKind::UnexpectedEof;
        let reason = match (is_cut, bytes.is_empty()) {
            (true, true) => "EOF",
            (true, false) => "unexpected EOF",
            (false, _) => "gzip: invalid header",
        };
        return Err(Problem::invalid(format!("could not decompress the body: {reason}")));
    }
    if u64::try_from(unpacked.len()).unwrap_or(u64::MAX) > limit {
        return Err(Problem::invalid(format!(
            "request body too large: decompressed size exceeds limit of {limit} bytes (server.decoding.gzip.max_length)"
        )));
    }
    Ok(Bytes::from(unpacked))
}

/// A number of bytes in the largest unit that it reaches, with a digit after the point unless that is zero.
fn human(bytes: u64) -> String {
    let units = [
        (1_u64 << 60, "EiB"),
        (1 << 50, "PiB"),
        (1 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    let Some((unit, name)) = units.into_iter().find(|(unit, _)| bytes >= *unit) else {
        return format!("{bytes} bytes");
    };
    // Rounded to even where it stands between two, as numbers are printed.
    let tenths = u128::from(bytes) * 10;
    let (unit, half) = (u128::from(unit), u128::from(unit) / 2);
    let (mut whole, rest) = (tenths / unit, tenths % unit);
    if rest > half || (rest == half && whole % 2 == 1) {
        whole += 1;
    }
    match whole % 10 {
        0 => format!("{} {name}", whole / 10),
        digit => format!("{}.{digit} {name}", whole / 10),
    }
}

const STALLED: &str = "the body did not come in time";

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn sizes_are_told_in_the_largest_unit() {
        for (bytes, shown) in [
            (0, "0 bytes"),
            (1_023, "1023 bytes"),
            (1_024, "1 KiB"),
            (1_536, "1.5 KiB"),
            (268_435_457, "256 MiB"),
            (300_000_000, "286.1 MiB"),
        ] {
            assert_eq!(human(bytes), shown);
        }
    }
}
