//! Sets.

use super::Shape::{Any, SetOf};
use super::{Answer, BuiltinError, Context, Operands, Signature, named, unnamed};
use crate::value::{Set, Value};

/// As OPA declares them.
pub(super) const ROWS: &[Signature] = &[
    Signature::new("and", "The elements that two sets share.")
        .takes(&[named("x", SetOf(&Any)), named("y", SetOf(&Any))])
        .returns(named("z", SetOf(&Any)))
        .written("&")
        .in_categories(&["sets"])
        .does(and),
    Signature::new("intersection", "The elements that all of the given sets share.")
        .takes(&[named("xs", SetOf(&SetOf(&Any)))])
        .returns(named("y", SetOf(&Any)))
        .in_categories(&["sets"])
        .does(intersection),
    Signature::new("or", "The elements of two sets together.")
        .takes(&[named("x", SetOf(&Any)), named("y", SetOf(&Any))])
        .returns(named("z", SetOf(&Any)))
        .written("|")
        .in_categories(&["sets"])
        .does(or),
    Signature::new("set_diff", "The elements of one set that another lacks; replaced by `-`.")
        .takes(&[unnamed(SetOf(&Any)), unnamed(SetOf(&Any))])
        .returns(unnamed(SetOf(&Any)))
        .deprecated()
        .does(set_diff),
    Signature::new("union", "The elements of all of the given sets.")
        .takes(&[named("xs", SetOf(&SetOf(&Any)))])
        .returns(named("y", SetOf(&Any)))
        .in_categories(&["sets"])
        .does(union),
];

fn and(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(shared(operands.set(0)?, operands.set(1)?).into()))
}

fn or(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(operands.set(0)?.iter().chain(operands.set(1)?).cloned().collect::<Set>().into()))
}

fn set_diff(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (left, right) = (operands.set(0)?, operands.set(1)?);
    Ok(Some(left.iter().filter(|element| !right.contains(element)).cloned().collect::<Set>().into()))
}

fn intersection(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let mut sets = members(operands)?.into_iter();
    let first = sets.next().cloned().unwrap_or_default();
    Ok(Some(sets.fold(first, |result, set| shared(&result, set)).into()))
}

fn union(_: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    Ok(Some(members(operands)?.into_iter().flatten().cloned().collect::<Set>().into()))
}

/// What both sets have, as the smaller one writes it, or else the first one.
fn shared(left: &Set, right: &Set) -> Set {
    let (from, other) = if right.len() < left.len() { (right, left) } else { (left, right) };
    from.iter().filter(|element| other.contains(element)).cloned().collect()
}

/// The sets in the first operand, a set of sets.
fn members(operands: Operands<'_>) -> Result<Vec<&Set>, BuiltinError> {
    let set = |element: &'_ Value| Operands(&[element]).set(0).map(|_| ());
    let sets = operands.set(0)?;
    sets.iter().try_for_each(set)?;
    Ok(sets.iter().filter_map(Value::as_set).collect())
}
