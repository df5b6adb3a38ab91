//! JSON in the canonical text that is signed: no white space, keys in the order of their bytes, few escapes.
//!
//! A first pass checks the text and notes which objects have their keys out of order; a second one writes. No tree is
//! built, since data may be large.

mod check;
mod scan;
mod write;

/// The text is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotJson;

/// Gives the canonical form of a JSON text to `out`, piece by piece. What is JSON is up to Go's `encoding/json`.
///
/// # Errors
/// That it is no JSON, or 4 GiB long; then nothing was given out.
pub(super) fn write(text: &str, out: impl FnMut(&[u8])) -> Result<(), NotJson> {
    let unsorted = check::check(text)?;
    write::write(text, &unsorted, out)
}

/// Where an entry of an object stands.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The offset of the opening quote of the key.
    key: u32,
    /// The offset of the value.
    value: u32,
}

/// An object whose keys are not in ascending order as they stand.
#[derive(Debug)]
struct Unsorted {
    /// The offset of its opening bracket.
    start: u32,
    /// The offset after its closing bracket.
    end: u32,
    /// Its entries in ascending order of keys; of equal keys the last one.
    places: Box<[Place]>,
}
