//! JSON Schemas of documents: which keys there are, and what may stand at them.

use jsonschema::PatternOptions;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::{Location, LocationSegment};
use jsonschema::{JsonType, ValidationError, Validator};
use serde_json::Value as Json;

use super::shown;
use crate::document::{Node, NodeKind, Step};
use crate::stack::with_stack;
use crate::suggest;
use crate::value::Value;

/// A schema that was read: of the draft that `$schema` names, or else of 2020-12. It is read without a look at other documents.
#[derive(Debug)]
pub struct Schema {
    validator: Validator,
    text: Json,
}

/// A document as schemas look at it.
#[derive(Debug)]
pub struct Instance(Json);

/// What does not fit a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What kind of.
    pub kind: ViolationKind,
    /// Where: the value, or the key that is unknown or missing.
    pub path: Vec<Step>,
    /// What is wrong, with the place. No value is repeated.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What kind of thing does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationKind {
    /// A key that the schema has none of.
    UnknownKey,
    /// A value of another type.
    WrongType,
    /// Anything else that a schema can say.
    Other,
}

impl ViolationKind {
    /// The id of the rule that such a finding belongs to.
    pub fn rule(self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown-key",
            Self::WrongType => "wrong-type",
            Self::Other => "schema",
        }
    }
}

impl Instance {
    /// Looks at a document. Of a repeated key the last value counts.
    pub fn new(node: &Node) -> Self {
        Self(of_node(node))
    }
}

impl Schema {
    /// Reads a schema.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(schema: &Value) -> Result<Self, String> {
        let text = of_value(schema);
        // The usual expressions need time that grows without bounds for some texts.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        let validator = options.build(&text).map_err(|error| error.to_string())?;
        Ok(Self { validator, text })
    }

    /// Whether a document fits.
    pub fn fits(&self, instance: &Instance) -> bool {
        self.validator.is_valid(&instance.0)
    }

    /// Everything that does not fit, in the order of the paths.
    pub fn violations(&self, instance: &Instance) -> Vec<Violation> {
        let errors = self.validator.iter_errors(&instance.0).take(MOST);
        let mut violations: Vec<Violation> = errors.flat_map(|error| self.violation(&error)).collect();
        violations.sort_by(|one, other| (&one.path, &one.message).cmp(&(&other.path, &other.message)));
        violations.dedup();
        violations.truncate(MOST);
        violations
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is the crate's, and grows with it")]
    fn violation(&self, error: &ValidationError<'_>) -> Vec<Violation> {
        let path = steps(error.instance_path());
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                unexpected.iter().map(|key| self.unknown(&path, key, error.schema_path())).collect()
            }
            ValidationErrorKind::Type { kind } => {
                let found = describe(error.instance());
                let message = format!("{} is {found} and not {}", shown(&path), expected(kind));
                vec![Violation { kind: ViolationKind::WrongType, path, message, help: None }]
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                let message = format!("{} lacks the key `{key}`", shown(&path));
                let path = with_key(path, key);
                vec![Violation { kind: ViolationKind::Other, path, message, help: None }]
            }
            _ => {
                let reason = error.masked_with("the value").to_string();
                let message = format!("{}: {reason}", shown(&path));
                vec![Violation { kind: ViolationKind::Other, path, message, help: None }]
            }
        }
    }

    /// `keyword` is where the schema says that there are no more keys.
    fn unknown(&self, path: &[Step], key: &str, keyword: &Location) -> Violation {
        let around = keyword.as_str().rsplit_once('/').map_or("", |(around, _)| around);
        let properties = self.text.pointer(&format!("{around}/properties")).and_then(Json::as_object);
        let known: Vec<&str> =
            properties.into_iter().flat_map(|known| known.keys()).map(String::as_str).collect();
        let help = match suggest::nearest(key, &known) {
            Some(name) => Some(format!("did you mean `{name}`?")),
            None if known.is_empty() => None,
            None => Some(format!("the keys are {}", suggest::list(&known))),
        };
        let message = format!("{} has no key `{key}`", shown(path));
        let path = with_key(path.to_vec(), key);
        Violation { kind: ViolationKind::UnknownKey, path, message, help }
    }
}

/// More of one document are of no use.
const MOST: usize = 1000;

fn with_key(mut path: Vec<Step>, key: &str) -> Vec<Step> {
    path.push(Step::Key(key.into()));
    path
}

fn steps(location: &Location) -> Vec<Step> {
    let step = |segment: LocationSegment<'_>| match segment {
        LocationSegment::Property(key) => Step::Key(key.as_ref().into()),
        LocationSegment::Index(index) => Step::Index(index),
    };
    location.iter().map(step).collect()
}

fn describe(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn expected(kind: &TypeKind) -> String {
    let name = |kind: JsonType| match kind {
        JsonType::Array => "an array",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    };
    match kind {
        TypeKind::Single(kind) => name(*kind).to_owned(),
        TypeKind::Multiple(kinds) => kinds.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn of_node(node: &Node) -> Json {
    match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool(value) => Json::Bool(*value),
        NodeKind::Number(number) => of_number(&number.text()),
        NodeKind::String(text) => Json::String(text.to_string()),
        NodeKind::Array(items) => items.iter().map(|item| with_stack(|| of_node(item))).collect(),
        NodeKind::Object(entries) => {
            let of_entry = |entry: &crate::document::Entry| {
                (entry.key.to_string(), with_stack(|| of_node(&entry.value)))
            };
            Json::Object(entries.iter().map(of_entry).collect())
        }
    }
}

fn of_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Number(number) => of_number(&number.text()),
        Value::String(text) => Json::String(text.to_string()),
        Value::Array(items) => items.iter().map(|item| with_stack(|| of_value(item))).collect(),
        Value::Set(items) => items.iter().map(|item| with_stack(|| of_value(item))).collect(),
        Value::Object(object) => {
            let entries = object
                .iter()
                .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), with_stack(|| of_value(value)))));
            Json::Object(entries.collect())
        }
    }
}

/// Beyond the numbers of 64 bits the nearest double; schemas of configuration don't tell them apart.
fn of_number(text: &str) -> Json {
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    if let Ok(number) = text.parse::<u64>() {
        return number.into();
    }
    let number = text.parse::<f64>().unwrap_or_default();
    let finite = if number.is_finite() { number } else { f64::MAX.copysign(number) };
    serde_json::Number::from_f64(finite).map_or(Json::Null, Json::Number)
}

#[cfg(test)]
mod tests {
    use super::{Instance, Schema};
    use crate::document::{json, yaml};
    use crate::source::SourceId;
    use crate::validate::pointer;

    fn schema(text: &str) -> Schema {
        Schema::new(&yaml(SourceId::default(), text).expect("it is read").to_value()).expect("a schema")
    }

    fn found(schema: &Schema, document: &str) -> Vec<String> {
        let node = yaml(SourceId::default(), document).expect("it is read");
        let told = schema.violations(&Instance::new(&node)).into_iter().map(|one| {
            let help = one.help.map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} {}: {}{help}", one.kind.rule(), pointer(&one.path), one.message)
        });
        told.collect()
    }

    #[test]
    fn unknown_keys_wrong_types_and_the_rest_are_told_with_their_places() {
        let schema = schema(
            "type: object\nadditionalProperties: false\nrequired: [name]\nproperties:\n  name: {type: string, enum: [a, b]}\n  \
             list: {type: array, items: {$ref: '#/$defs/one'}}\n$defs:\n  one:\n    type: object\n    additionalProperties: false\n    \
             properties: {port: {type: [integer, 'null']}, host/name: {type: string}}\n",
        );
        assert!(found(&schema, "{name: a, list: [{port: null}]}").is_empty());
        assert_eq!(
            found(&schema, "{nam: secret, list: [{prt: 1}, {host/name: 1, port: x}], zzzzzzz: 1}"),
            [
                "unknown-key /list/0/prt: list.0 has no key `prt` (did you mean `port`?)",
                "wrong-type /list/1/host~1name: list.1.host/name is a number and not a string",
                "wrong-type /list/1/port: list.1.port is a string and not null or an integer",
                "unknown-key /nam: the document has no key `nam` (did you mean `name`?)",
                "schema /name: the document lacks the key `name`",
                "unknown-key /zzzzzzz: the document has no key `zzzzzzz` (the keys are `list` and `name`)",
            ]
        );
        assert_eq!(
            found(&schema, "{name: secret}"),
            ["schema /name: name: the value is not one of \"a\" or \"b\""]
        );
        assert_eq!(found(&schema, "[1]"), ["wrong-type : the document is an array and not an object"]);
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        for text in ["{type: 7}", "{properties: 1}", "{$ref: 'https://example.com/x'}", "{$ref: '#/nowhere'}"]
        {
            let value = yaml(SourceId::default(), text).expect("it is read").to_value();
            assert!(Schema::new(&value).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_and_sizes_do_no_harm() {
        crate::stack::run(|| {
            let deep = format!("{}1{}", "[".repeat(9_000), "]".repeat(9_000));
            let node = json(SourceId::default(), &deep).expect("it is read");
            let recursive =
                schema("{$ref: '#/$defs/a', $defs: {a: {type: array, items: {$ref: '#/$defs/a'}}}}");
            assert_eq!(recursive.violations(&Instance::new(&node)).len(), 1);
            let large = json(SourceId::default(), "1e400").expect("it is read");
            assert!(schema("{type: number, minimum: 1e300}").fits(&Instance::new(&large)));
        })
        .expect("a thread");
    }
}
