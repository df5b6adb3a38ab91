//! Judges a document by a schema.

use std::collections::BTreeMap;

use super::decimal::{is_multiple, rounded, shown};
use super::format::has_format;
use super::problem::{Place, Problem, Verdict};
use super::{Dependency, Items, MAX_NESTING, More, Part, Schema};
use crate::builtins::{BuiltinError, Context};
use crate::value::{Array, Number, Object, Value};

/// What is wrong with a document; nothing when it keeps the schema.
///
/// # Errors
/// When evaluation should stop, or the document nests too deep under a schema that refers to itself.
pub(super) fn validate(
    context: &mut Context<'_>,
    schema: &Schema,
    document: &Value,
) -> Result<Vec<Problem>, BuiltinError> {
    let mut judge = Judge { context, schema, depth: 0 };
    let root = Place { step: "(Root)", parent: None };
    Ok(judge.verdict(0, document, &root)?.problems)
}

struct Judge<'a, 'c> {
    context: &'a mut Context<'c>,
    schema: &'a Schema,
    depth: usize,
}

type Judged = Result<(), BuiltinError>;

impl<'a> Judge<'a, '_> {
    fn verdict(&mut self, part: usize, value: &Value, place: &Place<'_>) -> Result<Verdict, BuiltinError> {
        let mut verdict = Verdict::default();
        self.judge(part, value, &mut verdict, place)?;
        Ok(verdict)
    }

    fn judge(&mut self, part: usize, value: &Value, verdict: &mut Verdict, place: &Place<'_>) -> Judged {
        self.context.check("caller cancelled query execution")?;
        let mut number = part;
        let mut steps = 0;
        let part: &'a Part = loop {
            let Some(part) = self.schema.parts.get(number) else { return Ok(()) };
            match part.reference {
                Some(next) if part.pass.is_none() => number = next,
                Some(_) | None => break part,
            }
            steps += 1;
            if steps > MAX_NESTING {
                return Err(BuiltinError::failed("schema refers to itself"));
            }
        };
        if let Some(pass) = part.pass {
            if !pass {
                verdict.add(Problem::new("false", place, "False always fails validation"));
            }
            return Ok(());
        }
        if self.depth >= MAX_NESTING {
            return Err(BuiltinError::failed("document nests too deep for its schema"));
        }
        self.depth += 1;
        self.judge_value(part, value, verdict, place)?;
        self.depth -= 1;
        Ok(())
    }

    fn judge_value(
        &mut self,
        part: &'a Part,
        value: &Value,
        verdict: &mut Verdict,
        place: &Place<'_>,
    ) -> Judged {
        let given = json_type(value);
        let fits = part.types.contains(&given) || given == "integer" && part.types.contains(&"number");
        if !part.types.is_empty() && !fits {
            let expected = match part.types.as_slice() {
                [one] => (*one).to_owned(),
                several => format!("[{}]", several.join(",")),
            };
            let description = format!("Invalid type. Expected: {expected}, given: {given}");
            verdict.add(Problem::new("invalid_type", place, description));
            return Ok(());
        }
        self.combinations(part, value, verdict, place)?;
        match value {
            Value::Array(array) => {
                self.array(part, array, verdict, place)?;
                common(part, value, verdict, place);
            }
            Value::Object(object) => {
                self.object(part, object, verdict, place)?;
                common(part, value, verdict, place);
                for (name, schema) in &part.properties {
                    if let Some(value) = object.get_str(name) {
                        self.judge(*schema, value, verdict, &Place { step: name, parent: Some(place) })?;
                    }
                }
            }
            Value::Number(number) => {
                judge_number(part, number, verdict, place);
                common(part, value, verdict, place);
            }
            Value::String(text) => {
                common(part, value, verdict, place);
                judge_string(part, text, verdict, place);
            }
            Value::Null | Value::Bool(_) | Value::Set(_) => common(part, value, verdict, place),
        }
        verdict.score += 1;
        Ok(())
    }

    fn combinations(
        &mut self,
        part: &'a Part,
        value: &Value,
        verdict: &mut Verdict,
        place: &Place<'_>,
    ) -> Judged {
        if !part.any_of.is_empty() {
            let mut best: Option<Verdict> = None;
            let mut valid = false;
            for schema in &part.any_of {
                let found = self.verdict(*schema, value, place)?;
                valid = found.is_valid();
                if valid {
                    break;
                }
                best = Some(better(best, found));
            }
            if !valid {
                let description = "Must validate at least one schema (anyOf)";
                verdict.add(Problem::new("number_any_of", place, description));
                if let Some(best) = best {
                    verdict.merge(best);
                }
            }
        }
        if !part.one_of.is_empty() {
            let mut best: Option<Verdict> = None;
            let mut valid = 0;
            for schema in &part.one_of {
                let found = self.verdict(*schema, value, place)?;
                if found.is_valid() {
                    valid += 1;
                } else if valid == 0 {
                    best = Some(better(best, found));
                }
            }
            if valid != 1 {
                let description = "Must validate one and only one schema (oneOf)";
                verdict.add(Problem::new("number_one_of", place, description));
                if let Some(best) = best.filter(|_| valid == 0) {
                    verdict.merge(best);
                }
            }
        }
        let mut all = true;
        for schema in &part.all_of {
            let found = self.verdict(*schema, value, place)?;
            all &= found.is_valid();
            verdict.merge(found);
        }
        if !all {
            verdict.add(Problem::new("number_all_of", place, "Must validate all the schemas (allOf)"));
        }
        if let Some(schema) = part.not
            && self.verdict(schema, value, place)?.is_valid()
        {
            verdict.add(Problem::new("number_not", place, "Must not validate the schema (not)"));
        }
        if let Value::Object(object) = value {
            self.dependencies(part, object, value, verdict, place)?;
        }
        if let Some(condition) = part.condition {
            let branch = if self.verdict(condition, value, place)?.is_valid() {
                (part.then, "condition_then", "Must validate \"then\" as \"if\" was valid")
            } else {
                (part.otherwise, "condition_else", "Must validate \"else\" as \"if\" was not valid")
            };
            if let (Some(schema), kind, description) = branch {
                let found = self.verdict(schema, value, place)?;
                if !found.is_valid() {
                    verdict.add(Problem::new(kind, place, description));
                    verdict.merge(found);
                }
            }
        }
        verdict.score += 1;
        Ok(())
    }

    fn dependencies(
        &mut self,
        part: &'a Part,
        object: &Object,
        value: &Value,
        verdict: &mut Verdict,
        place: &Place<'_>,
    ) -> Judged {
        for (key, dependency) in &part.dependencies {
            if object.get_str(key).is_none() {
                continue;
            }
            match dependency {
                Dependency::Keys(keys) => {
                    for key in keys.iter().filter(|key| object.get_str(key).is_none()) {
                        let description = format!("Has a dependency on {key}");
                        verdict.add(Problem::new("missing_dependency", place, description));
                    }
                }
                Dependency::Schema(schema) => self.judge(*schema, value, verdict, place)?,
            }
        }
        Ok(())
    }

    fn array(&mut self, part: &'a Part, array: &Array, verdict: &mut Verdict, place: &Place<'_>) -> Judged {
        self.items(part, array, verdict, place)?;
        if let Some(min) = part.min_items.filter(|min| array.len() < *min) {
            let description = format!("Array must have at least {min} items");
            verdict.add(Problem::new("array_min_items", place, description));
        }
        if let Some(max) = part.max_items.filter(|max| array.len() > *max) {
            let description = format!("Array must have at most {max} items");
            verdict.add(Problem::new("array_max_items", place, description));
        }
        if part.unique_items {
            let mut seen = BTreeMap::new();
            for (at, value) in array.iter().enumerate() {
                if let Some(before) = seen.insert(rounded(value), at) {
                    let description = format!("array items[{before},{at}] must be unique");
                    verdict.add(Problem::new("unique", place, description));
                }
            }
        }
        if let Some(schema) = part.contains {
            let mut best: Option<Verdict> = None;
            let mut found_one = false;
            for (at, value) in array.iter().enumerate() {
                let found =
                    self.verdict(schema, value, &Place { step: &at.to_string(), parent: Some(place) })?;
                found_one = found.is_valid();
                if found_one {
                    break;
                }
                best = Some(better(best, found));
            }
            if !found_one {
                verdict.add(Problem::new("contains", place, "At least one of the items must match"));
                if let Some(best) = best {
                    verdict.merge(best);
                }
            }
        }
        verdict.score += 1;
        Ok(())
    }

    fn items(&mut self, part: &'a Part, array: &Array, verdict: &mut Verdict, place: &Place<'_>) -> Judged {
        let (first, rest): (&[usize], Option<usize>) = match (&part.items, part.additional_items) {
            (Items::Any, _) => return Ok(()),
            (Items::All(schema), _) => (&[], Some(*schema)),
            (Items::Each(schemas), Some(More::Schema(schema))) => (schemas, Some(schema)),
            (Items::Each(schemas), Some(More::Allowed(_)) | None) => (schemas, None),
        };
        for (at, value) in array.iter().enumerate() {
            let Some(schema) = first.get(at).copied().or(rest) else { break };
            let found = self.verdict(schema, value, &Place { step: &at.to_string(), parent: Some(place) })?;
            verdict.merge(found);
        }
        let refuses = matches!(part.additional_items, Some(More::Allowed(false)));
        if refuses && !first.is_empty() && array.len() > first.len() {
            let description = "No additional items allowed on array";
            verdict.add(Problem::new("array_no_additional_items", place, description));
        }
        Ok(())
    }

    fn object(
        &mut self,
        part: &'a Part,
        object: &Object,
        verdict: &mut Verdict,
        place: &Place<'_>,
    ) -> Judged {
        if let Some(min) = part.min_properties.filter(|min| object.len() < *min) {
            let description = format!("Must have at least {min} properties");
            verdict.add(Problem::new("array_min_properties", place, description));
        }
        if let Some(max) = part.max_properties.filter(|max| object.len() > *max) {
            let description = format!("Must have at most {max} properties");
            verdict.add(Problem::new("array_max_properties", place, description));
        }
        for name in &part.required {
            if object.get_str(name).is_some() {
                verdict.score += 1;
            } else {
                verdict.add(Problem::new("required", place, format!("{name} is required")));
            }
        }
        for (key, value) in object {
            let name = key.as_str().unwrap_or_default();
            let inner = Place { step: name, parent: Some(place) };
            let mut known = part.properties.iter().any(|(property, _)| property == name);
            let mut matched = false;
            for (pattern, schema) in &part.pattern_properties {
                if pattern.is_match(name) {
                    matched = true;
                    let found = self.verdict(*schema, value, &inner)?;
                    verdict.merge(found);
                }
            }
            verdict.score += i64::from(matched);
            known |= matched;
            match part.additional_properties.filter(|_| !known) {
                Some(More::Allowed(false)) => {
                    let description = format!("Additional property {name} is not allowed");
                    verdict.add(Problem::new("additional_property_not_allowed", place, description));
                }
                Some(More::Schema(schema)) => {
                    let found = self.verdict(schema, value, &inner)?;
                    verdict.merge(found);
                }
                Some(More::Allowed(true)) | None => {}
            }
        }
        if let Some(schema) = part.property_names {
            for key in object.keys() {
                let found = self.verdict(schema, key, place)?;
                if !found.is_valid() {
                    let name = key.as_str().unwrap_or_default();
                    let description = format!("Property name of \"{name}\" does not match");
                    verdict.add(Problem::new("invalid_property_name", place, description));
                    verdict.merge(found);
                }
            }
        }
        verdict.score += 1;
        Ok(())
    }
}

/// The one that more of the schema agreed with; the first of equals.
fn better(best: Option<Verdict>, found: Verdict) -> Verdict {
    best.into_iter().find(|best| best.score >= found.score).unwrap_or(found)
}

fn common(part: &Part, value: &Value, verdict: &mut Verdict, place: &Place<'_>) {
    if part.constant.is_some() || part.choices.is_some() {
        let text = rounded(value);
        if let Some(constant) = part.constant.as_ref().filter(|constant| **constant != text) {
            let description = format!("{} does not match: {constant}", place.field());
            verdict.add(Problem::new("const", place, description));
        }
        if let Some(choices) = part.choices.as_ref().filter(|choices| !choices.contains(&text)) {
            let allowed = choices.join(", ");
            let description = format!("{} must be one of the following: {allowed}", place.field());
            verdict.add(Problem::new("enum", place, description));
        }
    }
    if let Value::String(text) = value
        && !has_format(text, &part.format)
    {
        let description = format!("Does not match format '{}'", part.format);
        verdict.add(Problem::new("format", place, description));
    }
    verdict.score += 1;
}

fn judge_string(part: &Part, text: &str, verdict: &mut Verdict, place: &Place<'_>) {
    let length = text.chars().count();
    if let Some(min) = part.min_length.filter(|min| length < *min) {
        let description = format!("String length must be greater than or equal to {min}");
        verdict.add(Problem::new("string_gte", place, description));
    }
    if let Some(max) = part.max_length.filter(|max| length > *max) {
        let description = format!("String length must be less than or equal to {max}");
        verdict.add(Problem::new("string_lte", place, description));
    }
    if let Some(pattern) = part.pattern.as_ref().filter(|pattern| !pattern.is_match(text)) {
        let description = format!("Does not match pattern '{}'", pattern.as_str());
        verdict.add(Problem::new("pattern", place, description));
    }
    verdict.score += 1;
}

fn judge_number(part: &Part, number: &Number, verdict: &mut Verdict, place: &Place<'_>) {
    if let Some(unit) = part.multiple_of.as_ref().filter(|unit| !is_multiple(number, unit)) {
        verdict.add(Problem::new("multiple_of", place, format!("Must be a multiple of {}", shown(unit))));
    }
    let mut bound = |bound: &Option<Number>, kept: fn(&Number, &Number) -> bool, kind, words: &str| {
        if let Some(bound) = bound.as_ref().filter(|bound| !kept(number, bound)) {
            verdict.add(Problem::new(kind, place, format!("Must be {words} {}", shown(bound))));
        }
    };
    bound(&part.maximum, |number, bound| number <= bound, "number_lte", "less than or equal to");
    bound(&part.exclusive_maximum, |number, bound| number < bound, "number_lt", "less than");
    bound(&part.minimum, |number, bound| number >= bound, "number_gte", "greater than or equal to");
    bound(&part.exclusive_minimum, |number, bound| number > bound, "number_gt", "greater than");
    verdict.score += 1;
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_integer() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) | Value::Set(_) => "array",
        Value::Object(_) => "object",
    }
}
