//! The built-in functions: what each takes, returns and does.
//!
//! The functions, their types and their categories are those of OPA 1.22.2 (`opa capabilities --current`). One
//! file per family holds the rows.

mod aggregates;
mod arithmetic;
mod arrays;
mod aws;
mod bits;
mod calendar;
mod call;
mod comparison;
mod conversions;
pub(crate) mod crypto;
mod declaration;
mod encoding;
pub(crate) mod glob;
mod graph;
mod graphql;
mod http;
mod internal;
mod json;
pub(crate) mod jwt;
mod net;
mod numbers;
mod objects;
mod opa;
mod regex;
mod rego;
mod semver;
mod sets;
mod strings;
mod time;
mod tracing;
mod types;
mod units;
mod uri;
mod url;
mod uuid;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use self::call::{Answer, BuiltinError, Cache, Context, Function, Operands};
pub use self::crypto::certificates_as_value;

/// A built-in function and what is known of it without calling it.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// The name by which Rego calls it; operators have one too.
    pub name: &'static str,
    /// What it does, in one line.
    pub description: &'static str,
    /// What it takes.
    pub operands: &'static [Operand],
    /// What it takes any number of after its operands.
    pub variadic: Option<&'static Shape>,
    /// What it returns; nothing for a function that only has an effect.
    pub result: Option<Operand>,
    /// The operator that it is written as.
    pub infix: Option<&'static str>,
    /// The families under which OPA's documentation lists it besides that of its name.
    pub categories: &'static [&'static str],
    /// Whether a call may have several results.
    pub relation: bool,
    /// Whether equal calls of different queries may have different results.
    pub nondeterministic: bool,
    /// Whether new policies should not call it; strict mode refuses to.
    pub deprecated: bool,
    /// What it does; nothing for those that the evaluator does itself, since they bind variables or have many results.
    pub function: Option<Function>,
}

/// An operand or a result.
#[derive(Debug, Clone, Copy)]
pub struct Operand {
    /// The name that messages and documentation show; older functions have none.
    pub name: Option<&'static str>,
    /// Its type.
    pub shape: Shape,
}

/// A type as a constant.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// `null`.
    Null,
    /// `true` and `false`.
    Boolean,
    /// All numbers.
    Number,
    /// All strings.
    String,
    /// Every value.
    Any,
    /// One of several.
    OneOf(&'static [Shape]),
    /// Arrays of any length.
    ArrayOf(&'static Shape),
    /// Arrays with exactly these elements.
    Tuple(&'static [Shape]),
    /// Sets.
    SetOf(&'static Shape),
    /// Objects with any number of keys and values.
    ObjectOf(&'static Shape, &'static Shape),
    /// Objects with these fields, and maybe other keys and values.
    Record(&'static [(&'static str, Shape)], Option<&'static (Shape, Shape)>),
}

impl Signature {
    /// A function that takes and returns nothing yet.
    const fn new(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            operands: &[],
            variadic: None,
            result: None,
            infix: None,
            categories: &[],
            relation: false,
            nondeterministic: false,
            deprecated: false,
            function: None,
        }
    }

    const fn takes(mut self, operands: &'static [Operand]) -> Self {
        self.operands = operands;
        self
    }

    const fn takes_any_number_of(mut self, shape: &'static Shape) -> Self {
        self.variadic = Some(shape);
        self
    }

    const fn returns(mut self, result: Operand) -> Self {
        self.result = Some(result);
        self
    }

    const fn written(mut self, operator: &'static str) -> Self {
        self.infix = Some(operator);
        self
    }

    const fn in_categories(mut self, categories: &'static [&'static str]) -> Self {
        self.categories = categories;
        self
    }

    const fn relation(mut self) -> Self {
        self.relation = true;
        self
    }

    const fn nondeterministic(mut self) -> Self {
        self.nondeterministic = true;
        self
    }

    const fn does(mut self, function: Function) -> Self {
        self.function = Some(function);
        self
    }

    const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }
}

const fn named(name: &'static str, shape: Shape) -> Operand {
    Operand { name: Some(name), shape }
}

const fn unnamed(shape: Shape) -> Operand {
    Operand { name: None, shape }
}

/// The built-in function of this name, such as `io.jwt.decode` or `plus`.
pub fn lookup(name: &str) -> Option<&'static Signature> {
    BY_NAME.get(name).copied()
}

/// All built-in functions, sorted by name.
pub fn all() -> impl Iterator<Item = &'static Signature> {
    BY_NAME.values().copied()
}

static BY_NAME: LazyLock<BTreeMap<&'static str, &'static Signature>> = LazyLock::new(|| {
    let rows = FAMILIES.iter().copied().flatten();
    rows.map(|signature| (signature.name, signature)).collect()
});

const FAMILIES: [&[Signature]; 31] = [
    aggregates::ROWS,
    arithmetic::ROWS,
    arrays::ROWS,
    aws::ROWS,
    bits::ROWS,
    comparison::ROWS,
    conversions::ROWS,
    crypto::ROWS,
    encoding::ROWS,
    glob::ROWS,
    graph::ROWS,
    graphql::ROWS,
    http::ROWS,
    internal::ROWS,
    json::ROWS,
    jwt::ROWS,
    net::ROWS,
    numbers::ROWS,
    objects::ROWS,
    opa::ROWS,
    regex::ROWS,
    rego::ROWS,
    semver::ROWS,
    sets::ROWS,
    strings::ROWS,
    time::ROWS,
    tracing::ROWS,
    types::ROWS,
    units::ROWS,
    uri::ROWS,
    uuid::ROWS,
];
