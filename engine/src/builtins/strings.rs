//! Strings.

mod change;
mod format;
mod pieces;
mod replace;
mod search;
mod template;

use super::Shape::{Any, ArrayOf, Boolean, Number, ObjectOf, OneOf, SetOf, String};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("concat", "The strings of a collection, joined with a delimiter between them.")
        .takes(&[named("delimiter", String), named("collection", OneOf(&[ArrayOf(&String), SetOf(&String)]))])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(pieces::concat),
    Signature::new("contains", "Whether a string has another within it.")
        .takes(&[named("haystack", String), named("needle", String)])
        .returns(named("result", Boolean))
        .in_categories(&["strings"])
        .does(search::contains),
    Signature::new("endswith", "Whether a string ends with another.")
        .takes(&[named("search", String), named("base", String)])
        .returns(named("result", Boolean))
        .in_categories(&["strings"])
        .does(search::ends_with),
    Signature::new("format_int", "The digits of a number, rounded down, in base 2, 8, 10 or 16.")
        .takes(&[named("number", Number), named("base", Number)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(format::format_int),
    Signature::new("indexof", "The position of the first occurrence of a string in another, or -1.")
        .takes(&[named("haystack", String), named("needle", String)])
        .returns(named("output", Number))
        .in_categories(&["strings"])
        .does(search::index_of),
    Signature::new("indexof_n", "The positions of all occurrences of a string in another.")
        .takes(&[named("haystack", String), named("needle", String)])
        .returns(named("output", ArrayOf(&Number)))
        .in_categories(&["strings"])
        .does(search::index_of_n),
    Signature::new("lower", "A string in lower case.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["strings"])
        .does(change::lower),
    Signature::new("replace", "A string in which every occurrence of one text has become another.")
        .takes(&[named("x", String), named("old", String), named("new", String)])
        .returns(named("y", String))
        .in_categories(&["strings"])
        .does(replace::replace),
    Signature::new("split", "The pieces of a string between the occurrences of a delimiter.")
        .takes(&[named("x", String), named("delimiter", String)])
        .returns(named("ys", ArrayOf(&String)))
        .in_categories(&["strings"])
        .does(pieces::split),
    Signature::new("sprintf", "A text with its verbs filled in, as Go's `fmt` does it.")
        .takes(&[named("format", String), named("values", ArrayOf(&Any))])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(format::sprintf),
    Signature::new("startswith", "Whether a string starts with another.")
        .takes(&[named("search", String), named("base", String)])
        .returns(named("result", Boolean))
        .in_categories(&["strings"])
        .does(search::starts_with),
    Signature::new("strings.any_prefix_match", "Whether one of the strings starts with one of the prefixes.")
        .takes(&[
            named("search", OneOf(&[String, ArrayOf(&String), SetOf(&String)])),
            named("base", OneOf(&[String, ArrayOf(&String), SetOf(&String)])),
        ])
        .returns(named("result", Boolean))
        .in_categories(&["strings"])
        .does(search::any_prefix_match),
    Signature::new("strings.any_suffix_match", "Whether one of the strings ends with one of the suffixes.")
        .takes(&[
            named("search", OneOf(&[String, ArrayOf(&String), SetOf(&String)])),
            named("base", OneOf(&[String, ArrayOf(&String), SetOf(&String)])),
        ])
        .returns(named("result", Boolean))
        .in_categories(&["strings"])
        .does(search::any_suffix_match),
    Signature::new("strings.count", "How often a string occurs in another without overlaps.")
        .takes(&[named("search", String), named("substring", String)])
        .returns(named("output", Number))
        .in_categories(&["strings"])
        .does(search::count),
    Signature::new("strings.render_template", "A Go text template, filled in.")
        .takes(&[named("value", String), named("vars", ObjectOf(&String, &Any))])
        .returns(named("result", String))
        .in_categories(&["strings"])
        .does(template::render),
    Signature::new(
        "strings.replace_n",
        "A string in which the keys of an object have become its values, the first key that fits winning.",
    )
    .takes(&[named("patterns", ObjectOf(&String, &String)), named("value", String)])
    .returns(named("output", String))
    .does(replace::replace_n),
    Signature::new("strings.reverse", "The characters of a string from last to first.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["strings"])
        .does(change::reverse),
    Signature::new(
        "strings.split_n",
        "At most `n` pieces of a string between the occurrences of a delimiter.",
    )
    .takes(&[named("x", String), named("delimiter", String), named("n", Number)])
    .returns(named("ys", ArrayOf(&String)))
    .in_categories(&["strings"])
    .does(pieces::split_n),
    Signature::new("substring", "Part of a string from an offset; to its end when the length is negative.")
        .takes(&[named("value", String), named("offset", Number), named("length", Number)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(pieces::substring),
    Signature::new("trim", "A string without the characters of a set at its ends.")
        .takes(&[named("value", String), named("cutset", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim),
    Signature::new("trim_left", "A string without the characters of a set at its start.")
        .takes(&[named("value", String), named("cutset", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim_left),
    Signature::new("trim_prefix", "A string without a prefix it may have.")
        .takes(&[named("value", String), named("prefix", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim_prefix),
    Signature::new("trim_right", "A string without the characters of a set at its end.")
        .takes(&[named("value", String), named("cutset", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim_right),
    Signature::new("trim_space", "A string without white space at its ends.")
        .takes(&[named("value", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim_space),
    Signature::new("trim_suffix", "A string without a suffix it may have.")
        .takes(&[named("value", String), named("suffix", String)])
        .returns(named("output", String))
        .in_categories(&["strings"])
        .does(change::trim_suffix),
    Signature::new("upper", "A string in upper case.")
        .takes(&[named("x", String)])
        .returns(named("y", String))
        .in_categories(&["strings"])
        .does(change::upper),
];
