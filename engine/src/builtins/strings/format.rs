//! `sprintf` and `format_int`: numbers and other values as text, by the rules of Go's `fmt`.

mod argument;
mod directive;
mod float;
mod integer;
mod quote;
mod text;

use self::argument::Argument;
use self::directive::{Arguments, Directive, Indexed, NextDirective};
use super::super::{Answer, BuiltinError, Context, Operands};
use crate::value::Value;

pub(super) fn sprintf(context: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (format, values) = (operands.string(0)?, operands.array(1)?);
    if let ("%d", [Value::Number(number)]) = (format, values.as_slice())
        && let Some(value) = number.as_i64()
    {
        return Ok(Some(value.to_string().into()));
    }
    let list: Vec<Argument<'_>> = values.iter().map(Argument::new).collect();
    let mut arguments = Arguments::new(&list);
    let mut out = String::new();
    let mut rest = format;
    while let Some((literal, directive)) = rest.split_once('%') {
        out.push_str(literal);
        rest = match directive::read(directive, &mut arguments, &mut out) {
            NextDirective::Verb(directive, rest) => {
                write(&mut out, &directive, &mut arguments);
                rest
            }
            NextDirective::Missing => {
                out.push_str("%!(NOVERB)");
                ""
            }
        };
        if out.len() > MAX_LENGTH {
            return Err(BuiltinError::failed("result too long"));
        }
        context.check("sprintf: timed out before the text was complete")?;
    }
    out.push_str(rest);
    write_extra(&mut out, &arguments);
    Ok(Some(out.into()))
}

pub(super) fn format_int(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (number, base) = (operands.number(0)?, operands.number(1)?);
    let radix = match &*base.text() {
        "2" => 2,
        "8" => 8,
        "10" => 10,
        "16" => 16,
        _ => return Err(BuiltinError::Operand("operand 2 must be one of {2, 8, 10, 16}".to_owned())),
    };
    if radix == 10
        && let Some(value) = number.small_integer()
    {
        return Ok(Some(value.to_string().into()));
    }
    let value = match number.written_integer() {
        Some(value) => value,
        None => number.truncated()?,
    };
    Ok(Some(value.to_str_radix(radix).into()))
}

/// Writes what a directive stands for, with the argument that it asks for.
fn write(out: &mut String, directive: &Directive, arguments: &mut Arguments<'_>) {
    let verb = directive.verb;
    if verb == '%' {
        // No flags, no width, no argument.
        return out.push('%');
    }
    match arguments.take() {
        Indexed::Argument(argument) => argument.write(out, directive),
        Indexed::Missing => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(MISSING)"]),
        Indexed::BadIndex => out.extend(["%!", verb.encode_utf8(&mut [0; 4]), "(BADINDEX)"]),
    }
}

/// Writes the arguments that no directive asked for.
fn write_extra(out: &mut String, arguments: &Arguments<'_>) {
    let extra = arguments.left();
    if extra.is_empty() {
        return;
    }
    out.push_str("%!(EXTRA ");
    for (at, argument) in extra.iter().enumerate() {
        out.push_str(if at > 0 { ", " } else { "" });
        out.push_str(argument.type_name());
        out.push('=');
        argument.write(out, &Directive::plain('v'));
    }
    out.push(')');
}

/// Widths go up to a million, and a format may have many: this keeps a short one from filling the memory.
const MAX_LENGTH: usize = 64 << 20;
