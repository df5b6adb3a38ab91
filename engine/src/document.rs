//! Documents: JSON and YAML texts read into trees that remember where each value stands.

mod base;
mod decode;
mod dotenv;
mod file;
mod json;
mod node;
mod outline;
mod overlay;
mod place;
mod toml_reader;
mod yaml;

use crate::diagnostic::{Code, Diagnostic};
use crate::source::{SourceId, Span};
use crate::value::Value;

pub use self::base::{BaseData, Inner, mounted};
pub use self::decode::{OrderedMap, Spanned, decode};
pub use self::file::{BadBytes, TextError, input_of, json_of, module_of, replaced, yaml_of, yaml_text};
pub use self::node::{Entry, Node, NodeKind};
pub use self::outline::Outline;
pub use self::overlay::overlaid;
pub use self::place::{Found, Step};

/// Reads a JSON document.
///
/// Accepted is what Go's `encoding/json` accepts, with which OPA reads `.json` data: no byte order mark, nesting up to
/// [`MAX_DEPTH`](crate::value::MAX_DEPTH), and surrogates that stand alone become U+FFFD. Numbers keep their text.
/// Two differences: OPA takes the word `null` after the document, and notices only when it is read that a number is
/// beyond its limits; both are refused here.
///
/// # Errors
///
/// The first thing that is no JSON, in Go's words, at its place.
pub fn json(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    check_length(source, text)?;
    json::read(source, text)
}

/// Reads a JSON document as [`json()`], for its value alone: faster, and in less memory.
///
/// # Errors
///
/// As [`json()`].
pub fn json_value(source: SourceId, text: &str) -> Result<Value, Diagnostic> {
    check_length(source, text)?;
    json::read(source, text)
}

/// Reads the JSON value that a text starts with, as Go's decoders of streams do: what comes after it is not looked at.
///
/// # Errors
///
/// As [`json()`].
pub fn first_json_value(source: SourceId, text: &str) -> Result<Value, Diagnostic> {
    check_length(source, text)?;
    json::read_first(source, text)
}

/// Reads the first document of a YAML text; the others only have to be well-formed. A text without any is null.
///
/// Scalars mean what they mean to OPA's loader, which follows YAML 1.2 in words (`yes` and `on` are strings) and also takes
/// the numbers of 1.1 (`010` is 8, `0b1`, `1_000`) and merge keys. Integers of up to 64 bits are exact; longer ones and
/// all fractions become doubles, written as JSON: `1.50` is 1.5. Keys that are booleans or numbers become their text.
/// Dates are strings. Documents that are mostly aliases are refused where OPA refuses them.
///
/// This reader refuses some rare texts that OPA takes: lines inside of brackets that are not indented deeper than the key,
/// more than 255 brackets one in another, the tag `!!timestamp`, and the line breaks U+0085, U+2028 and U+2029. The cases
/// in `testcases/yaml` list every known difference.
///
/// # Errors
///
/// The first thing that is no YAML or has no JSON equivalent, at its place.
pub fn yaml(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    check_length(source, text)?;
    yaml::read(source, text)
}

/// Reads all documents of a YAML text, each as [`yaml()`] reads the first one. There is at least one: a text without any is null,
/// and so is a document in which nothing stands. Such a null takes no place: its span is empty.
///
/// # Errors
///
/// As [`yaml()`], of any of the documents.
pub fn yaml_documents(source: SourceId, text: &str) -> Result<Vec<Node>, Diagnostic> {
    check_length(source, text)?;
    yaml::read_all(source, text)
}

/// Reads a TOML document, as TOML 1.1 has it. Dates and times are strings, as they are written. With it come the places of keys that
/// stand twice, which TOML forbids: of such a key the first value counts.
///
/// # Errors
///
/// What else is no TOML, each thing at its place. Numbers that JSON has none for: `inf`, `nan`.
pub fn toml(source: SourceId, text: &str) -> Result<(Node, Vec<Span>), Vec<Diagnostic>> {
    check_length(source, text).map_err(|error| vec![error])?;
    toml_reader::read(source, text)
}

/// Reads a file of variables (`.env`): `NAME=value` a line, with `export` before it or without. The document is an object of strings.
///
/// A value in single quotes is what stands in them; in double quotes `\n`, `\r`, `\t`, `\"`, `\\` and `\$` are escapes. Both may have
/// several lines. A bare value ends before ` #`. Variables in values are not replaced: what is checked is what is written.
///
/// # Errors
///
/// The first line that is none of a variable, a comment or empty, at its place.
pub fn dotenv(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    check_length(source, text)?;
    dotenv::read(source, text)
}

/// The point in time that OPA's YAML library takes a plain scalar for where a field takes any value, as it stands in JSON.
pub(crate) fn timestamp(text: &str) -> Option<String> {
    yaml::timestamp::timestamp(text)
}

/// A double as Go writes it where nothing says how: with an exponent from a million on and below a ten-thousandth.
pub(crate) fn shortest(value: f64) -> String {
    yaml::write::shortest(value)
}

/// Reads an input document as OPA's `--input` does: a byte order mark is skipped; then it is JSON, or else YAML.
///
/// # Errors
///
/// As [`yaml()`]; as [`json()`] when the text starts with `{` or `[`, since then it is meant as JSON.
pub fn input(source: SourceId, text: &str) -> Result<Node, Diagnostic> {
    check_length(source, text)?;
    let error = match json::read_after_mark(source, text) {
        Ok(node) => return Ok(node),
        Err(error) => error,
    };
    let looks_like_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    yaml::read(source, text).map_err(|yaml_error| if looks_like_json { error } else { yaml_error })
}

/// A value as YAML, as OPA's `yaml.marshal` writes it: in block style, with two spaces for each level.
///
/// # Errors
///
/// The message of what OPA's YAML library can't read back: some control characters, and keys of more than 1024 characters.
pub fn to_yaml(value: &Value) -> Result<String, String> {
    yaml::write(value)
}

/// Spans count bytes in 32 bits.
fn check_length(source: SourceId, text: &str) -> Result<(), Diagnostic> {
    if u32::try_from(text.len()).is_ok() {
        return Ok(());
    }
    let error = Diagnostic::error(Code::Load, "document of 4 GiB or more", Span::new(source, 0, 0));
    Err(error.with_help("split the document into several files"))
}

/// A place in a text that is shorter than 4 GiB.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
