//! Regular expressions.

use super::Shape::{ArrayOf, Boolean, Number, String};
use super::{Signature, named, unnamed};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("re_match", "Whether a string matches a regular expression; replaced by `regex.match`.")
        .takes(&[unnamed(String), unnamed(String)])
        .returns(unnamed(Boolean))
        .deprecated(),
    Signature::new(
        "regex.find_all_string_submatch_n",
        "The first matches of a regular expression, each with its groups.",
    )
    .takes(&[named("pattern", String), named("value", String), named("number", Number)])
    .returns(named("output", ArrayOf(&ArrayOf(&String)))),
    Signature::new("regex.find_n", "The first matches of a regular expression.")
        .takes(&[named("pattern", String), named("value", String), named("number", Number)])
        .returns(named("output", ArrayOf(&String))),
    Signature::new(
        "regex.globs_match",
        "Whether a non-empty string exists that two glob-like expressions both match.",
    )
    .takes(&[named("glob1", String), named("glob2", String)])
    .returns(named("result", Boolean)),
    Signature::new("regex.is_valid", "Whether a string is a regular expression.")
        .takes(&[named("pattern", String)])
        .returns(named("result", Boolean)),
    Signature::new("regex.match", "Whether a regular expression matches somewhere in a string.")
        .takes(&[named("pattern", String), named("value", String)])
        .returns(named("result", Boolean)),
    Signature::new(
        "regex.replace",
        "A string in which the matches of a regular expression have been replaced.",
    )
    .takes(&[named("s", String), named("pattern", String), named("value", String)])
    .returns(named("output", String)),
    Signature::new("regex.split", "The pieces of a string between the matches of a regular expression.")
        .takes(&[named("pattern", String), named("value", String)])
        .returns(named("output", ArrayOf(&String))),
    Signature::new(
        "regex.template_match",
        "Whether a string matches a template whose delimited parts are regular expressions.",
    )
    .takes(&[
        named("template", String),
        named("value", String),
        named("delimiter_start", String),
        named("delimiter_end", String),
    ])
    .returns(named("result", Boolean)),
];
