//! Types in the words of OPA's messages, in full and shortened.

use std::fmt::{self, Write as _};

use super::Key;
use super::lattice::{Array, Function, Object, Parameter, Set, Type};

/// The type in full; `???` when it is unknown.
pub fn sprint(of: Option<&Type>) -> String {
    of.map_or_else(|| UNKNOWN.to_owned(), ToString::to_string)
}

/// The type shortened to its outermost constructor, unless it is short anyway.
pub fn elided(of: Option<&Type>) -> String {
    of.map_or_else(|| UNKNOWN.to_owned(), |of| short(of, MAX_ELIDED_WIDTH).unwrap_or_else(|| outline(of, 0)))
}

/// Both types, with only the structure that shows how they differ; an ellipsis marks what is left out.
pub fn difference(left: Option<&Type>, right: Option<&Type>) -> (String, String) {
    differ(left, right, 0)
}

/// What a function takes, shown before the type when it has a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elided<'a>(pub(super) &'a Parameter);

impl Elided<'_> {
    /// The name and the shortened type.
    pub(super) fn text(self) -> String {
        let full = self.0.to_string();
        if full.chars().count() <= MAX_ELIDED_WIDTH {
            return full;
        }
        let outline = self.0.of.as_ref().map_or_else(|| UNKNOWN.to_owned(), |of| outline(of, 0));
        with_name(self.0, outline)
    }

    /// The type given and the type of the parameter side by side.
    pub(super) fn against(self, have: Option<&Type>) -> (String, String) {
        let (have, want) = differ(have, self.0.of.as_ref(), 0);
        (have, with_name(self.0, want))
    }
}

fn with_name(parameter: &Parameter, text: String) -> String {
    match &parameter.name {
        Some(name) => format!("{name}: {text}"),
        None => text,
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(formatter, "{name}: ")?;
        }
        write_type(self.of.as_ref(), formatter)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Boolean => formatter.write_str("boolean"),
            Self::Number => formatter.write_str("number"),
            Self::String => formatter.write_str("string"),
            Self::Any => formatter.write_str("any"),
            Self::Array(array) => array.fmt(formatter),
            Self::Object(object) => object.fmt(formatter),
            Self::Set(set) => set.fmt(formatter),
            Self::Union(union) => {
                formatter.write_str("any<")?;
                separated(union.members(), formatter, |member, formatter| {
                    fmt::Display::fmt(member, formatter)
                })?;
                formatter.write_str(">")
            }
            Self::Function(function) => function.fmt(formatter),
            Self::Recursive(recursive) => write!(formatter, "recursive({})", recursive.name()),
        }
    }
}

impl fmt::Display for Array {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("array")?;
        if !self.items().is_empty() {
            formatter.write_str("<")?;
            separated(self.items(), formatter, |item, formatter| write_type(item.as_ref(), formatter))?;
            formatter.write_str(">")?;
        }
        match self.rest() {
            Some(rest) => write!(formatter, "[{rest}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("object")?;
        if !self.fields().is_empty() {
            formatter.write_str("<")?;
            separated(self.fields(), formatter, |(key, value), formatter| {
                write!(formatter, "{key}: ")?;
                write_type(value.as_ref(), formatter)
            })?;
            formatter.write_str(">")?;
        }
        let Some((key, value)) = self.rest() else {
            return Ok(());
        };
        formatter.write_str("[")?;
        write_type(key, formatter)?;
        formatter.write_str(": ")?;
        write_type(value, formatter)?;
        formatter.write_str("]")
    }
}

impl fmt::Display for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of() {
            Some(of) => write!(formatter, "set[{of}]"),
            None => formatter.write_str("set"),
        }
    }
}

impl fmt::Display for Function {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(")?;
        separated(self.parameters(), formatter, |parameter, formatter| {
            write_type(parameter.of.as_ref(), formatter)
        })?;
        if let Some(variadic) = self.variadic() {
            formatter.write_str(if self.parameters().is_empty() { "" } else { ", " })?;
            write_type(variadic.of.as_ref(), formatter)?;
            formatter.write_str("...")?;
        }
        formatter.write_str(") => ")?;
        write_type(self.result_type(), formatter)
    }
}

fn write_type(of: Option<&Type>, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    match of {
        Some(of) => fmt::Display::fmt(of, formatter),
        None => formatter.write_str(UNKNOWN),
    }
}

fn separated<T>(
    list: &[T],
    formatter: &mut fmt::Formatter<'_>,
    mut write: impl FnMut(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (at, item) in list.iter().enumerate() {
        formatter.write_str(if at == 0 { "" } else { ", " })?;
        write(item, formatter)?;
    }
    Ok(())
}

/// The type with what nests deeper than `depth` replaced by an ellipsis; the depth is 0 or 1.
fn outline(of: &Type, depth: u8) -> String {
    let part = |of: Option<&Type>| match depth.checked_sub(1) {
        Some(depth) => of.map_or_else(|| UNKNOWN.to_owned(), |of| outline(of, depth)),
        None => ELISION.to_owned(),
    };
    // Without depth, any number of parts is one ellipsis.
    let parts = |list: Vec<String>| match (depth, list.is_empty()) {
        (0, false) => vec![ELISION.to_owned()],
        _ => list,
    };
    match of {
        Type::Null | Type::Boolean | Type::Number | Type::String | Type::Any | Type::Recursive(_) => {
            of.to_string()
        }
        Type::Set(set) => match set.of() {
            Some(of) => format!("set[{}]", part(Some(of))),
            None => of.to_string(),
        },
        Type::Array(array) => {
            let items = array.items().iter().map(|item| part(item.as_ref())).collect();
            composite("array", &parts(items), array.rest().map(|rest| part(Some(rest))))
        }
        Type::Object(object) => {
            let fields =
                object.fields().iter().map(|(key, value)| property(key, &part(value.as_ref()))).collect();
            let rest = object.rest().map(|(key, value)| match depth {
                0 => ELISION.to_owned(),
                _ => format!("{}: {}", part(key), part(value)),
            });
            composite("object", &parts(fields), rest)
        }
        Type::Union(union) => {
            let members = union.members().iter().map(|member| part(Some(member))).collect();
            united(&parts(members))
        }
        Type::Function(function) => {
            let list = function.parameters().iter().map(|parameter| part(parameter.of.as_ref()));
            let variadic = function.variadic().map(|variadic| format!("{}...", part(variadic.of.as_ref())));
            let list = parts(list.chain(variadic).collect());
            let result =
                function.result_type().map_or_else(|| UNKNOWN.to_owned(), |result| part(Some(result)));
            format!("({}) => {result}", list.join(", "))
        }
    }
}

fn differ(left: Option<&Type>, right: Option<&Type>, depth: u8) -> (String, String) {
    let apart = || (elided(left), elided(right));
    let (Some(one), Some(other)) = (left, right) else {
        return apart();
    };
    if depth >= MAX_DIFFERENCE_DEPTH || same(one, other) {
        return apart();
    }
    match (one, other) {
        (Type::Set(one), Type::Set(other)) if one.of().is_some() && other.of().is_some() => {
            let (one, other) = differ(one.of(), other.of(), depth + 1);
            (format!("set[{one}]"), format!("set[{other}]"))
        }
        (Type::Array(left), Type::Array(right)) => {
            let alike =
                left.items().len() == right.items().len() && left.rest().is_some() == right.rest().is_some();
            if !alike {
                return (outline(one, 1), outline(other, 1));
            }
            let pairs = left.items().iter().zip(right.items());
            let (ours, theirs): (Vec<_>, Vec<_>) =
                pairs.map(|(left, right)| differ(left.as_ref(), right.as_ref(), depth + 1)).unzip();
            let (rest, other_rest) = match (left.rest(), right.rest()) {
                (Some(left), Some(right)) => {
                    let (left, right) = differ(Some(left), Some(right), depth + 1);
                    (Some(left), Some(right))
                }
                _ => (None, None),
            };
            (composite("array", &ours, rest), composite("array", &theirs, other_rest))
        }
        (Type::Object(left), Type::Object(right)) => differ_objects(left, right, depth),
        (Type::Any | Type::Union(_), Type::Any | Type::Union(_)) => differ_unions(one, other),
        (Type::Function(left), Type::Function(right))
            if left.parameters().len() == right.parameters().len() =>
        {
            differ_functions(left, right, depth)
        }
        _ => apart(),
    }
}

fn differ_objects(left: &Object, right: &Object, depth: u8) -> (String, String) {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut dropped = false;
    let (mut fields, mut others) = (left.fields().iter().peekable(), right.fields().iter().peekable());
    loop {
        let order = match (fields.peek(), others.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(field), Some(other)) => field.0.cmp(&other.0),
        };
        let field = if order.is_le() { fields.next() } else { None };
        let other = if order.is_ge() { others.next() } else { None };
        match (field, other) {
            (Some((key, value)), Some((other_key, other))) => match (value, other) {
                (None, None) => dropped = true,
                (Some(value), Some(other)) if same(value, other) => dropped = true,
                _ => {
                    let (value, other) = differ(value.as_ref(), other.as_ref(), depth + 1);
                    ours.push(property(key, &value));
                    theirs.push(property(other_key, &other));
                }
            },
            (Some((key, value)), None) => ours.push(property(key, &elided(value.as_ref()))),
            (None, Some((key, value))) => theirs.push(property(key, &elided(value.as_ref()))),
            (None, None) => {}
        }
    }
    if dropped {
        ours.push(ELISION.to_owned());
        theirs.push(ELISION.to_owned());
    }
    let alone = |(key, value): (Option<&Type>, Option<&Type>)| format!("{}: {}", elided(key), elided(value));
    let (rest, other_rest) = match (left.rest(), right.rest()) {
        (Some(left), Some(right)) => {
            let (key, other_key) = differ(left.0, right.0, depth + 1);
            let (value, other_value) = differ(left.1, right.1, depth + 1);
            (Some(format!("{key}: {value}")), Some(format!("{other_key}: {other_value}")))
        }
        (left, right) => (left.map(alone), right.map(alone)),
    };
    (composite("object", &ours, rest), composite("object", &theirs, other_rest))
}

fn differ_unions(left: &Type, right: &Type) -> (String, String) {
    let members = |of: &'_ Type| of.members().map(<[Type]>::to_vec).unwrap_or_default();
    let (left, right) = (members(left), members(right));
    let missing = |list: &[Type], other: &[Type]| -> Vec<String> {
        let missing = list.iter().filter(|member| !other.iter().any(|other| same(member, other)));
        missing.map(|member| elided(Some(member))).collect()
    };
    let (mut ours, mut theirs) = (missing(&left, &right), missing(&right, &left));
    if ours.len() < left.len() {
        ours.push(ELISION.to_owned());
        theirs.push(ELISION.to_owned());
    }
    (united(&ours), united(&theirs))
}

fn differ_functions(left: &Function, right: &Function, depth: u8) -> (String, String) {
    let pairs = left.parameters().iter().zip(right.parameters());
    let (mut ours, mut theirs): (Vec<_>, Vec<_>) =
        pairs.map(|(left, right)| differ(left.of.as_ref(), right.of.as_ref(), depth + 1)).unzip();
    let dots = |text: String| format!("{text}...");
    match (left.variadic(), right.variadic()) {
        (Some(left), Some(right)) => {
            let (left, right) = differ(left.of.as_ref(), right.of.as_ref(), depth + 1);
            ours.push(dots(left));
            theirs.push(dots(right));
        }
        (left, right) => {
            ours.extend(left.map(|left| dots(elided(left.of.as_ref()))));
            theirs.extend(right.map(|right| dots(elided(right.of.as_ref()))));
        }
    }
    let (result, other) = differ(left.result_type(), right.result_type(), depth + 1);
    (format!("({}) => {result}", ours.join(", ")), format!("({}) => {other}", theirs.join(", ")))
}

fn same(left: &Type, right: &Type) -> bool {
    left.compare(right).is_eq()
}

fn property(key: &Key, value: &str) -> String {
    format!("{key}: {value}")
}

fn composite(name: &str, parts: &[String], rest: Option<String>) -> String {
    let mut text = name.to_owned();
    if !parts.is_empty() {
        _ = write!(text, "<{}>", parts.join(", "));
    }
    if let Some(rest) = rest {
        _ = write!(text, "[{rest}]");
    }
    text
}

fn united(members: &[String]) -> String {
    if members.is_empty() { "any".to_owned() } else { format!("any<{}>", members.join(", ")) }
}

/// The type in full if it takes at most so many characters; stops printing where it takes more.
fn short(of: &Type, width: usize) -> Option<String> {
    let mut text = Bounded { text: String::new(), left: width };
    write!(text, "{of}").ok()?;
    Some(text.text)
}

struct Bounded {
    text: String,
    left: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.left = self.left.checked_sub(part.chars().count()).ok_or(fmt::Error)?;
        self.text.push_str(part);
        Ok(())
    }
}

const UNKNOWN: &str = "???";

const ELISION: &str = "...";

/// Types up to this width are never shortened.
const MAX_ELIDED_WIDTH: usize = 32;

/// How deep two types are compared side by side.
const MAX_DIFFERENCE_DEPTH: u8 = 8;
