//! URIs.

mod address;
mod parse;

use super::Shape::{Boolean, ObjectOf, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::value::Value;

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("uri.is_valid", "Whether a string is a URI.")
        .takes(&[named("uri", String)])
        .returns(named("result", Boolean))
        .does(is_valid),
    Signature::new("uri.parse", "The parts of a URI; empty ones are left out.")
        .takes(&[named("uri", String)])
        .returns(named("output", ObjectOf(&String, &String)))
        .does(parse),
];

fn is_valid(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let text = operands.value(0)?.as_str();
    Ok(Some(text.is_some_and(|text| !text.is_empty() && parse::parse(text).is_ok()).into()))
}

fn parse(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let uri = parse::parse(operands.string(0)?).map_err(BuiltinError::Failed)?;
    let raw_path = if uri.raw_path.is_empty() { &uri.path } else { &uri.raw_path };
    let parts = [
        ("scheme", &uri.scheme),
        ("hostname", &uri.hostname),
        ("port", &uri.port),
        ("path", &uri.path),
        ("raw_path", raw_path),
        ("raw_query", &uri.raw_query),
        ("fragment", &uri.fragment),
    ];
    let filled = parts.into_iter().filter(|(_, part)| !part.is_empty());
    Ok(Some(Value::Object(filled.map(|(name, part)| (name.into(), part.as_str().into())).collect())))
}

/// The scheme of a URI, empty when it has none; nothing when the text is no URI.
pub(super) fn scheme(text: &str) -> Option<std::string::String> {
    parse::parse(text).ok().map(|uri| uri.scheme)
}

/// The path of a URI, unescaped; nothing when the text is no URI.
pub(super) fn path(text: &str) -> Option<std::string::String> {
    parse::parse(text).ok().map(|uri| uri.path)
}

/// What the fragment of a URI stands for; one with wrong escapes stands for itself.
pub(super) fn unescaped_fragment(fragment: &str) -> std::string::String {
    parse::fragment(fragment).unwrap_or_else(|_| fragment.to_owned())
}
