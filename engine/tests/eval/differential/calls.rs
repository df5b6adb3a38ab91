//! Calls of built-in functions, with operands of the types that they take and with edges of those.

use std::sync::LazyLock;

use portcullis::builtins::{self, Shape, Signature};

use super::{Generator, Kind};

/// The functions whose answers depend on their operands only.
static CALLABLE: LazyLock<Vec<&'static Signature>> = LazyLock::new(|| {
    builtins::all()
        .filter(|signature| {
            signature.function.is_some()
                && !signature.nondeterministic
                && !signature.relation
                && !signature.deprecated
                && !signature.name.starts_with("internal.")
                && signature.result.is_some()
                && signature.variadic.is_none()
        })
        .collect()
});

/// The functions whose result can be of any size, of which OPA ends or does not end.
const LARGE: &[&str] = &["bits.lsh", "net.cidr_expand", "numbers.range", "numbers.range_step"];

impl Generator {
    /// A call of a built-in function that returns this type.
    pub(super) fn call_of(&mut self, kind: Kind, depth: usize) -> Option<String> {
        let fits = |signature: &&&Signature| {
            signature.result.is_some_and(|result| kind == Kind::Any || kind_of(&result.shape) == kind)
        };
        let fitting: Vec<&Signature> = CALLABLE.iter().filter(fits).copied().collect();
        if fitting.is_empty() {
            return None;
        }
        let signature = fitting[self.random.below(fitting.len())];
        Some(self.call(signature, depth))
    }

    /// A call of this built-in function.
    pub(super) fn call(&mut self, signature: &Signature, depth: usize) -> String {
        if LARGE.contains(&signature.name) {
            let operands: Vec<&str> = signature
                .operands
                .iter()
                .map(|operand| match kind_of(&operand.shape) {
                    Kind::Number => self.random.pick(&["0", "1", "-3", "5", "1.5"]),
                    _ => self.random.pick(&["\"10.0.0.0/30\"", "\"10.0.0.1\"", "\"a\""]),
                })
                .collect();
            return format!("{}({})", signature.name, operands.join(", "));
        }
        let operands: Vec<String> =
            signature.operands.iter().map(|operand| self.operand(&operand.shape, depth)).collect();
        format!("{}({})", signature.name, operands.join(", "))
    }

    fn operand(&mut self, shape: &Shape, depth: usize) -> String {
        match self.random.below(20) {
            // The type checker knows nothing of what a function returns as it is.
            0 => format!("id({})", self.constant(Kind::Any)),
            1..=5 => self.unknown(kind_of(shape)),
            6 => self.term(kind_of(shape), depth),
            _ => self.written(shape),
        }
    }

    fn written(&mut self, shape: &Shape) -> String {
        match shape {
            Shape::Null => "null".to_owned(),
            Shape::Boolean => self.constant(Kind::Boolean),
            Shape::Number => self.edge_number(),
            Shape::String => self.edge_string(),
            Shape::Any => self.constant(Kind::Any),
            Shape::OneOf(shapes) => {
                let shape = &shapes[self.random.below(shapes.len())];
                self.written(shape)
            }
            Shape::ArrayOf(shape) => format!("[{}]", self.several(shape).join(", ")),
            Shape::Tuple(shapes) => {
                let parts: Vec<String> = shapes.iter().map(|shape| self.written(shape)).collect();
                format!("[{}]", parts.join(", "))
            }
            Shape::SetOf(shape) => {
                let parts = self.several(shape);
                if parts.is_empty() { "set()".to_owned() } else { format!("{{{}}}", parts.join(", ")) }
            }
            Shape::ObjectOf(key, value) => {
                let parts: Vec<String> = (0..self.random.below(3))
                    .map(|_| format!("{}: {}", self.written(key), self.written(value)))
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
            Shape::Record(fields, _) => {
                let parts: Vec<String> = fields
                    .iter()
                    .map(|(name, shape)| format!("\"{name}\": {}", self.written(shape)))
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
        }
    }

    fn several(&mut self, shape: &Shape) -> Vec<String> {
        (0..self.random.below(4)).map(|_| self.written(shape)).collect()
    }

    fn edge_number(&mut self) -> String {
        let edges = [
            "0",
            "1",
            "2",
            "3",
            "-1",
            "-2",
            "10",
            "16",
            "64",
            "1.5",
            "0.5",
            "1e3",
            "1.0",
            "12345678901234567890",
        ];
        if self.random.percent(70) { self.random.pick(&edges).to_owned() } else { self.json_number() }
    }

    fn edge_string(&mut self) -> String {
        let edges = [
            "\"\"",
            "\"a\"",
            "\"b\"",
            "\"abc\"",
            "\"a,b,c\"",
            "\",\"",
            "\"é\"",
            "\"ÄÖ\"",
            "\"1\"",
            "\"1.5\"",
            "\" a \"",
            "\"a.b\"",
            "\"[a-c]+\"",
            "\"(\"",
            "\"%d %s\"",
            "\"/a/b\"",
            "\"10.0.0.1\"",
            "\"10.0.0.0/8\"",
            "\"1.2.3\"",
            "\"YWJj\"",
            "\"{\\\"a\\\": 1}\"",
            "\"[1, 2]\"",
            "\"a=1&b=2\"",
            "\"https://a.b/c?d=e\"",
            "\"5Mi\"",
            "\"1h\"",
            "\"2024-02-29T00:00:00Z\"",
            "\"UTC\"",
            "\"616263\"",
            "\"*.a\"",
            "\"a\\nb\"",
            "\"true\"",
            "\"null\"",
        ];
        self.random.pick(&edges).to_owned()
    }
}

fn kind_of(shape: &Shape) -> Kind {
    match shape {
        Shape::Boolean => Kind::Boolean,
        Shape::Number => Kind::Number,
        Shape::String => Kind::String,
        Shape::ArrayOf(_) | Shape::Tuple(_) => Kind::Array,
        Shape::SetOf(_) => Kind::Set,
        Shape::ObjectOf(..) | Shape::Record(..) => Kind::Object,
        Shape::Null | Shape::Any | Shape::OneOf(_) => Kind::Any,
    }
}
