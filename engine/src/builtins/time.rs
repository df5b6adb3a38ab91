//! Moments, which are nanoseconds since 1970, and durations.

use super::Shape::{Number, OneOf, String, Tuple};
use super::{Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("time.add_date", "A moment moved by years, months and days.")
        .takes(&[named("ns", Number), named("years", Number), named("months", Number), named("days", Number)])
        .returns(named("output", Number)),
    Signature::new("time.clock", "The hour, minute and second of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("output", Tuple(&[Number, Number, Number]))),
    Signature::new("time.date", "The year, month and day of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("date", Tuple(&[Number, Number, Number]))),
    Signature::new("time.diff", "Years, months, days, hours, minutes and seconds between two moments.")
        .takes(&[
            named("ns1", OneOf(&[Number, Tuple(&[Number, String])])),
            named("ns2", OneOf(&[Number, Tuple(&[Number, String])])),
        ])
        .returns(named("output", Tuple(&[Number, Number, Number, Number, Number, Number]))),
    Signature::new("time.format", "A moment as text, in RFC 3339 unless a layout is given.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String]), Tuple(&[Number, String, String])]))])
        .returns(named("formatted timestamp", String)),
    Signature::new("time.now_ns", "The current moment, the same throughout a query.")
        .returns(named("now", Number))
        .nondeterministic(),
    Signature::new("time.parse_duration_ns", "The nanoseconds of a duration such as `1h30m`.")
        .takes(&[named("duration", String)])
        .returns(named("ns", Number)),
    Signature::new("time.parse_ns", "The moment that a text stands for in a given layout.")
        .takes(&[named("layout", String), named("value", String)])
        .returns(named("ns", Number)),
    Signature::new("time.parse_rfc3339_ns", "The moment that a text stands for in RFC 3339.")
        .takes(&[named("value", String)])
        .returns(named("ns", Number)),
    Signature::new("time.weekday", "The English name of the day of the week of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("day", String)),
];
