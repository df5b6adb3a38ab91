//! Trees that policies give as objects, read as OPA's library reads them: unknown keys are dropped, and what is missing is empty.

use Part::{Flag, Many, Number, One, Selections, Text, Texts};

use crate::stack::with_stack;
use crate::value::{Array, Object, Value};

/// A kind of node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Query,
    Schema,
    Operation,
    Fragment,
    Field,
    Spread,
    Inline,
    Variable,
    Type,
    Value,
    ChildValue,
    Argument,
    Directive,
    SchemaDefinition,
    OperationType,
    DirectiveDefinition,
    Definition,
    FieldDefinition,
    ArgumentDefinition,
    EnumValue,
    Comments,
    Comment,
}

/// What is under a key.
#[derive(Debug, Clone, Copy)]
enum Part {
    Text,
    Flag,
    Number,
    Texts,
    One(Shape),
    Many(Shape),
    Selections,
}

/// Reads a tree that is an object.
///
/// # Errors
/// When something is of another type than the library wants.
pub(super) fn read(tree: &Value, shape: Shape) -> Result<Value, String> {
    let Value::Object(object) = tree else { return Err(mistyped(tree)) };
    let fields = shape.fields();
    let mut found: Vec<Option<Value>> = fields.iter().map(|(_, part)| part.empty()).collect();
    // The keys are sorted, and of several that mean the same the last counts.
    for (key, value) in object {
        let Some(key) = key.as_str() else { continue };
        let is_same = |name: &str| name == key || !shape.is_exact() && name.eq_ignore_ascii_case(key);
        let Some(index) = fields.iter().position(|(name, _)| is_same(name)) else { continue };
        let (Some((_, part)), Some(place)) = (fields.get(index), found.get_mut(index)) else { continue };
        if let Some(value) = with_stack(|| part.read(value))? {
            *place = Some(value);
        }
    }
    let known = fields.iter().zip(found).filter_map(|((name, _), value)| Some((Value::from(*name), value?)));
    Ok(known.collect::<Object>().into())
}

impl Part {
    /// What stands for a part that is missing; nothing where nothing is shown.
    fn empty(self) -> Option<Value> {
        match self {
            Text => Some("".into()),
            Flag => Some(false.into()),
            Number => Some(0_u64.into()),
            Texts | One(_) | Many(_) | Selections => None,
        }
    }

    fn read(self, value: &Value) -> Result<Option<Value>, String> {
        let all = |read: &dyn Fn(&Value) -> Result<Value, String>| {
            let array = value.as_array().ok_or_else(|| mistyped(value))?;
            array.iter().map(read).collect::<Result<Array, _>>().map(Value::Array)
        };
        let text =
            |value: &Value| if value.as_str().is_some() { Ok(value.clone()) } else { Err(mistyped(value)) };
        if *value == Value::Null {
            return Ok(None);
        }
        match (self, value) {
            (Text, value) => text(value),
            (Flag, Value::Bool(_)) | (Number, Value::Number(_)) => Ok(value.clone()),
            (Flag | Number, other) => Err(mistyped(other)),
            (Texts, _) => all(&text),
            (One(shape), value) => read(value, shape),
            (Many(shape), _) => all(&|value| read(value, shape)),
            // The library takes everything for the first of these that it can be read as, and drops the rest.
            (Selections, _) => {
                let array = value.as_array().ok_or_else(|| mistyped(value))?;
                let kinds = [Shape::Field, Shape::Spread, Shape::Inline];
                let selection =
                    |value: &Value| kinds.into_iter().find_map(|shape| read_or_nothing(value, shape).ok());
                let selections: Array = array.iter().filter_map(selection).collect();
                return Ok(if selections.is_empty() { None } else { Some(Value::Array(selections)) });
            }
        }
        .map(Some)
    }
}

/// As [`read`]; nothing stands for a node that is empty.
fn read_or_nothing(tree: &Value, shape: Shape) -> Result<Value, String> {
    if *tree == Value::Null { read(&Object::new().into(), shape) } else { read(tree, shape) }
}

fn mistyped(value: &Value) -> String {
    format!("json: cannot unmarshal {}", value.type_name())
}

impl Shape {
    /// Whether keys have to be written as they are; otherwise case doesn't matter.
    fn is_exact(self) -> bool {
        matches!(self, Self::Operation | Self::Fragment | Self::Field | Self::Inline)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "a table, which is easier to compare with the library's in one piece"
    )]
    fn fields(self) -> &'static [(&'static str, Part)] {
        match self {
            Self::Query => &[
                ("Operations", Many(Self::Operation)),
                ("Fragments", Many(Self::Fragment)),
                ("Comment", One(Self::Comments)),
            ],
            Self::Schema => &[
                ("Schema", Many(Self::SchemaDefinition)),
                ("SchemaExtension", Many(Self::SchemaDefinition)),
                ("Directives", Many(Self::DirectiveDefinition)),
                ("Definitions", Many(Self::Definition)),
                ("Extensions", Many(Self::Definition)),
                ("Comment", One(Self::Comments)),
            ],
            Self::Operation => &[
                ("Operation", Text),
                ("Name", Text),
                ("VariableDefinitions", Many(Self::Variable)),
                ("Directives", Many(Self::Directive)),
                ("SelectionSet", Selections),
            ],
            Self::Fragment => &[
                ("Name", Text),
                ("VariableDefinition", Many(Self::Variable)),
                ("TypeCondition", Text),
                ("Directives", Many(Self::Directive)),
                ("SelectionSet", Selections),
            ],
            Self::Field => &[
                ("Alias", Text),
                ("Name", Text),
                ("Arguments", Many(Self::Argument)),
                ("Directives", Many(Self::Directive)),
                ("SelectionSet", Selections),
            ],
            Self::Spread => &[("Name", Text), ("Directives", Many(Self::Directive))],
            Self::Inline => &[
                ("TypeCondition", Text),
                ("Directives", Many(Self::Directive)),
                ("SelectionSet", Selections),
            ],
            Self::Variable => &[
                ("Variable", Text),
                ("Type", One(Self::Type)),
                ("DefaultValue", One(Self::Value)),
                ("Directives", Many(Self::Directive)),
                ("Comment", One(Self::Comments)),
                ("Used", Flag),
            ],
            Self::Type => &[("NamedType", Text), ("Elem", One(Self::Type)), ("NonNull", Flag)],
            Self::Value => &[
                ("Raw", Text),
                ("Children", Many(Self::ChildValue)),
                ("Kind", Number),
                ("Comment", One(Self::Comments)),
                ("ExpectedTypeHasDefault", Flag),
            ],
            Self::ChildValue | Self::Argument => {
                &[("Name", Text), ("Value", One(Self::Value)), ("Comment", One(Self::Comments))]
            }
            Self::Directive => &[("Name", Text), ("Arguments", Many(Self::Argument)), ("Location", Text)],
            Self::SchemaDefinition => &[
                ("Description", Text),
                ("Directives", Many(Self::Directive)),
                ("OperationTypes", Many(Self::OperationType)),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
                ("EndOfDefinitionComment", One(Self::Comments)),
            ],
            Self::OperationType => &[("Operation", Text), ("Type", Text), ("Comment", One(Self::Comments))],
            Self::DirectiveDefinition => &[
                ("Description", Text),
                ("Name", Text),
                ("Arguments", Many(Self::ArgumentDefinition)),
                ("Locations", Texts),
                ("IsRepeatable", Flag),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
            ],
            Self::Definition => &[
                ("Kind", Text),
                ("Description", Text),
                ("Name", Text),
                ("Directives", Many(Self::Directive)),
                ("Interfaces", Texts),
                ("Fields", Many(Self::FieldDefinition)),
                ("Types", Texts),
                ("EnumValues", Many(Self::EnumValue)),
                ("BuiltIn", Flag),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
                ("EndOfDefinitionComment", One(Self::Comments)),
            ],
            Self::FieldDefinition => &[
                ("Description", Text),
                ("Name", Text),
                ("Arguments", Many(Self::ArgumentDefinition)),
                ("DefaultValue", One(Self::Value)),
                ("Type", One(Self::Type)),
                ("Directives", Many(Self::Directive)),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
            ],
            Self::ArgumentDefinition => &[
                ("Description", Text),
                ("Name", Text),
                ("DefaultValue", One(Self::Value)),
                ("Type", One(Self::Type)),
                ("Directives", Many(Self::Directive)),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
            ],
            Self::EnumValue => &[
                ("Description", Text),
                ("Name", Text),
                ("Directives", Many(Self::Directive)),
                ("BeforeDescriptionComment", One(Self::Comments)),
                ("AfterDescriptionComment", One(Self::Comments)),
            ],
            Self::Comments => &[("List", Many(Self::Comment))],
            Self::Comment => &[("Value", Text)],
        }
    }
}
