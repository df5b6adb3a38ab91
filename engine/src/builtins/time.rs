//! Moments, which are nanoseconds since 1970, and durations.

mod calendar;
mod duration;
mod layout;
mod moment;
mod parse;
mod zone;

use std::sync::Arc;

use self::layout::Layout;
use self::moment::Moment;
use super::Shape::{Number, OneOf, String, Tuple};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("time.add_date", "A moment moved by years, months and days.")
        .takes(&[named("ns", Number), named("years", Number), named("months", Number), named("days", Number)])
        .returns(named("output", Number))
        .does(calendar::add_date),
    Signature::new("time.clock", "The hour, minute and second of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("output", Tuple(&[Number, Number, Number])))
        .does(calendar::clock),
    Signature::new("time.date", "The year, month and day of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("date", Tuple(&[Number, Number, Number])))
        .does(calendar::date),
    Signature::new("time.diff", "Years, months, days, hours, minutes and seconds between two moments.")
        .takes(&[
            named("ns1", OneOf(&[Number, Tuple(&[Number, String])])),
            named("ns2", OneOf(&[Number, Tuple(&[Number, String])])),
        ])
        .returns(named("output", Tuple(&[Number, Number, Number, Number, Number, Number])))
        .does(calendar::diff),
    Signature::new("time.format", "A moment as text, in RFC 3339 unless a layout is given.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String]), Tuple(&[Number, String, String])]))])
        .returns(named("formatted timestamp", String))
        .does(format),
    Signature::new("time.now_ns", "The current moment, the same throughout a query.")
        .returns(named("now", Number))
        .nondeterministic()
        .does(now),
    Signature::new("time.parse_duration_ns", "The nanoseconds of a duration such as `1h30m`.")
        .takes(&[named("duration", String)])
        .returns(named("ns", Number))
        .does(duration::parse_duration),
    Signature::new("time.parse_ns", "The moment that a text stands for in a given layout.")
        .takes(&[named("layout", String), named("value", String)])
        .returns(named("ns", Number))
        .does(parse),
    Signature::new("time.parse_rfc3339_ns", "The moment that a text stands for in RFC 3339.")
        .takes(&[named("value", String)])
        .returns(named("ns", Number))
        .does(parse_rfc3339),
    Signature::new("time.weekday", "The English name of the day of the week of a moment.")
        .takes(&[named("x", OneOf(&[Number, Tuple(&[Number, String])]))])
        .returns(named("day", String))
        .does(calendar::weekday),
];

fn now(ctx: &mut Context<'_>, _: Operands<'_>) -> Answer {
    let host = ctx.host;
    let now = ctx.query.get_or_make("", || Ok::<_, BuiltinError>(Now(host.now())))?;
    Ok(Some(now.0.into()))
}

/// The moment at which the query asked first.
#[derive(Clone, Copy)]
struct Now(i64);

fn format(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let moment = Moment::operand(ctx, operands, 0)?;
    let text = match moment.layout() {
        None | Some("") => layout::RFC_3339_NANO,
        Some(text) => layout::by_name(text),
    };
    let layout = Layout::cached(ctx, text)?;
    Ok(Some(layout.format(&moment.local()?).into()))
}

fn parse(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, value) = (operands.string(0)?, operands.string(1)?);
    parse_as(ctx, layout::by_name(text), value)
}

fn parse_rfc3339(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    parse_as(ctx, layout::RFC_3339, operands.string(0)?)
}

fn parse_as(ctx: &mut Context<'_>, layout: &str, value: &str) -> Answer {
    let layout: Arc<Layout> = Layout::cached(ctx, layout)?;
    Ok(Some(parse::parse(&layout, value)?.into()))
}

/// A moment that 64 bits of nanoseconds don't reach.
fn out_of_range() -> BuiltinError {
    BuiltinError::failed("time outside of valid range")
}
