//! Rounding, ranges and random numbers.

use super::Shape::{ArrayOf, Number, String};
use super::{Answer, BuiltinError, Context, Operands, Signature, named};
use crate::policy::ErrorCode;
use crate::value::{self, Integer, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("abs", "A number without its sign.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"])
        .does(abs),
    Signature::new("ceil", "The smallest whole number that is not less than a number.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"])
        .does(ceil),
    Signature::new("floor", "The largest whole number that is not greater than a number.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"])
        .does(floor),
    Signature::new("numbers.range", "The whole numbers from one to another, both included, up or down.")
        .takes(&[named("a", Number), named("b", Number)])
        .returns(named("range", ArrayOf(&Number)))
        .does(range),
    Signature::new(
        "numbers.range_step",
        "The whole numbers from one towards another in steps of the given width.",
    )
    .takes(&[named("a", Number), named("b", Number), named("step", Number)])
    .returns(named("range", ArrayOf(&Number)))
    .does(range_step),
    Signature::new(
        "rand.intn",
        "A random whole number below `n`, the same for the same string throughout a query.",
    )
    .takes(&[named("str", String), named("n", Number)])
    .returns(named("y", Number))
    .in_categories(&["numbers"])
    .nondeterministic()
    .does(random),
    Signature::new("round", "The whole number closest to a number, halves away from zero.")
        .takes(&[named("x", Number)])
        .returns(named("y", Number))
        .in_categories(&["numbers"])
        .does(round),
];

fn abs(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.absolute()?.into()))
}

fn ceil(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.ceiling()?.into()))
}

fn floor(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.floored()?.into()))
}

fn round(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.number(0)?.rounded()?.into()))
}

fn range(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    numbers(context, "numbers.range", &operands.integer(0)?, &operands.integer(1)?, Integer::from(1))
}

fn range_step(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (start, end, step) = (operands.integer(0)?, operands.integer(1)?, operands.integer(2)?);
    if step <= Integer::ZERO {
        return Err(BuiltinError::failed("numbers.range_step: step must be a positive integer"));
    }
    numbers(context, "numbers.range_step", &start, &end, step)
}

/// The numbers from `start` to `end` at most, up or down in steps of the given width.
fn numbers(context: &mut Context<'_>, name: &str, start: &Integer, end: &Integer, step: Integer) -> Answer {
    let distance = if start <= end { end - start } else { start - end };
    let stopped = format!("{name}: timed out before generating all numbers in range");
    let count = u32::try_from(&distance / &step).ok().filter(|count| *count < MAX_RANGE);
    let Some(count) = count else {
        context.check(&stopped)?;
        // OPA goes on until somebody stops it or its memory is used up. It never takes this for undefined.
        let message = format!("{name}: range is longer than {MAX_RANGE} numbers");
        return Err(BuiltinError::Fatal { code: ErrorCode::Limit, message });
    };
    let step = if start <= end { step } else { -step };
    let mut all = Vec::new();
    let small = (i64::try_from(start), i64::try_from(end), i64::try_from(&step));
    if let (Ok(mut next), Ok(_), Ok(step)) = small {
        for at in 0..=count {
            if at % CHECKED_EVERY == 0 {
                context.check(&stopped)?;
            }
            all.push(Value::from(next));
            // The last step may lead out of the range of 64 bits, and its result isn't used.
            next = next.saturating_add(step);
        }
    } else {
        let mut next = start.clone();
        for at in 0..=count {
            if at % CHECKED_EVERY == 0 {
                context.check(&stopped)?;
            }
            all.push(value::Number::from(next.clone()).into());
            next += &step;
        }
    }
    Ok(Some(value::Array::from(all).into()))
}

fn random(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (text, limit) = (operands.string(0)?, operands.small_integer(1)?.unsigned_abs());
    if limit == 0 {
        return Ok(Some(Value::from(0_i64)));
    }
    let host = context.host;
    let drawn = context.query.get_or_make(&format!("{text}-{limit}"), || {
        Ok::<_, BuiltinError>(Random(below(limit, |bytes| host.random(bytes))))
    })?;
    Ok(Some(Value::from(drawn.0)))
}

/// What was drawn in a query for a text and a limit.
#[derive(Clone, Copy)]
struct Random(u64);

/// A number below `limit`, each with the same probability.
fn below(limit: u64, fill: impl Fn(&mut [u8])) -> u64 {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    // With 128 bits the bias of the remainder is below 2^-64.
    let drawn = u128::from_le_bytes(bytes) % u128::from(limit);
    u64::try_from(drawn).unwrap_or(0)
}

/// The length of the longest range, some hundred megabytes.
const MAX_RANGE: u32 = 10_000_000;

const CHECKED_EVERY: u32 = 1024;
