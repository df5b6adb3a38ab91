//! A decision in the form in which OPA tells it: as a value for policies, and as JSON with its fields in OPA's order.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis::document::json_value;
use portcullis::source::SourceId;
use portcullis::value::{Array, Number, Object, Value, json_string};

use super::decision::Decision;

/// A decision on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) labels: Arc<BTreeMap<String, String>>,
    pub(super) decision: Decision,
    /// The places that a policy took out.
    pub(super) erased: Vec<String>,
    /// The places that a policy wrote over.
    pub(super) masked: Vec<String>,
}

/// Whether what clients sent is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Payloads {
    /// The input is left out.
    #[default]
    LeftOut,
    Included,
}

impl Event {
    /// The event before it is masked. What JSON can't say in results is put as JSON has it, since that is what masks lead into.
    pub(super) fn new(labels: Arc<BTreeMap<String, String>>, mut decision: Decision) -> Self {
        decision.metrics.sort();
        decision.result = decision.result.map(as_json);
        Self { labels, decision, erased: Vec::new(), masked: Vec::new() }
    }

    /// What the policies that drop and mask get as their input.
    pub(super) fn to_value(&self) -> Value {
        let decision = &self.decision;
        let mut event = Object::new();
        let mut put = |key: &str, value: Value| drop(event.insert(Value::string(key), value));
        let labels = self.labels.iter().map(|(key, text)| (key.as_str(), Value::string(text.as_str())));
        put("labels", object(labels));
        put("decision_id", Value::string(decision.decision_id.as_str()));
        for (key, text) in [
            ("trace_id", decision.trace_id.as_deref()),
            ("path", decision.path.as_deref()),
            ("query", decision.query.as_deref()),
            ("requested_by", Some(decision.requested_by.as_str())),
        ] {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                put(key, Value::string(text));
            }
        }
        if !decision.bundles.is_empty() {
            let bundle = |(name, revision): (&String, &String)| {
                let revision = Some(revision).filter(|revision| !revision.is_empty());
                let revision = revision.map(|revision| ("revision", Value::string(revision.as_str())));
                (Value::string(name.as_str()), object(revision))
            };
            put("bundles", Value::Object(decision.bundles.iter().map(bundle).collect()));
        }
        for (key, value) in
            [("input", &decision.input), ("result", &decision.result), ("error", &decision.error)]
        {
            if let Some(value) = value {
                put(key, value.clone());
            }
        }
        put("timestamp", Value::string(decision.timestamp.to_string()));
        if !decision.metrics.is_empty() {
            let metrics = decision.metrics.iter().map(|(name, value)| (name.as_str(), number(*value)));
            put("metrics", object(metrics));
        }
        if decision.req_id > 0 {
            put("req_id", number(decision.req_id));
        }
        if !decision.headers.is_empty() {
            let values = |values: &Vec<String>| {
                Value::Array(values.iter().map(|value| Value::string(value.as_str())).collect::<Array>())
            };
            let headers = decision.headers.iter().map(|(name, list)| (name.as_str(), values(list)));
            put("request_context", object([("http", object([("headers", object(headers))]))]));
        }
        Value::Object(event)
    }

    /// The event as OPA uploads it.
    pub(super) fn to_json(&self, payloads: Payloads) -> String {
        let mut json = String::from("{");
        for (index, (key, value)) in self.fields(payloads).into_iter().enumerate() {
            if index > 0 {
                json.push(',');
            }
            json.push_str(&json_string(key));
            json.push(':');
            json.push_str(&value);
        }
        json.push('}');
        json
    }

    /// The fields that there are, and their values as JSON, in OPA's order.
    pub(super) fn fields(&self, payloads: Payloads) -> Vec<(&'static str, Cow<'_, str>)> {
        let decision = &self.decision;
        let text = |text: &Option<String>| {
            text.as_deref().filter(|text| !text.is_empty()).map(|text| json_string(text).into())
        };
        let value = |value: &Option<Value>| value.as_ref().map(|value| value.to_json().into());
        let list = |list: &[String]| {
            let quoted: Vec<String> = list.iter().map(|text| json_string(text)).collect();
            (!list.is_empty()).then(|| format!("[{}]", quoted.join(",")).into())
        };
        let bundle = |(name, revision): (&String, &String)| match revision.as_str() {
            "" => (name.clone(), "{}".to_owned()),
            revision => (name.clone(), format!("{{\"revision\":{}}}", json_string(revision))),
        };
        let headers = |(name, values): (&String, &Vec<String>)| {
            (name.clone(), list(values).map_or("[]".to_owned(), Cow::into_owned))
        };
        let labels = self.labels.iter().map(|(name, label)| (name.clone(), json_string(label)));
        let metrics = decision.metrics.iter().map(|(name, value)| (name.clone(), value.to_string()));
        let headers = map(decision.headers.iter().map(headers));
        let headers = headers.map(|headers| format!("{{\"http\":{{\"headers\":{headers}}}}}").into());
        let input = match payloads {
            Payloads::Included => value(&decision.input),
            Payloads::LeftOut => None,
        };
        let fields = [
            ("labels", Some(map(labels).unwrap_or("{}".into()))),
            ("decision_id", Some(json_string(&decision.decision_id).into())),
            ("trace_id", text(&decision.trace_id)),
            ("bundles", map(decision.bundles.iter().map(bundle))),
            ("path", text(&decision.path)),
            ("query", text(&decision.query)),
            ("input", input),
            ("result", value(&decision.result)),
            ("erased", list(&self.erased)),
            ("masked", list(&self.masked)),
            ("error", value(&decision.error)),
            ("requested_by", text(&Some(decision.requested_by.clone()))),
            ("timestamp", Some(json_string(&decision.timestamp.to_string()).into())),
            ("metrics", map(metrics)),
            ("req_id", (decision.req_id > 0).then(|| decision.req_id.to_string().into())),
            ("request_context", headers),
        ];
        fields.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

fn object<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (Value::string(key), value)).collect())
}

fn number(number: u64) -> Value {
    Number::parse(&number.to_string()).map_or(Value::Null, Value::Number)
}

/// An object of texts that are JSON already, unless it would be empty.
fn map(entries: impl Iterator<Item = (String, String)>) -> Option<Cow<'static, str>> {
    let entries: Vec<String> = entries.map(|(key, value)| json_string(&key) + ":" + &value).collect();
    (!entries.is_empty()).then(|| format!("{{{}}}", entries.join(",")).into())
}

/// The value with lists for sets, and texts for keys.
fn as_json(value: Value) -> Value {
    let mut pending = vec![&value];
    while let Some(part) = pending.pop() {
        match part {
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            Value::Array(array) => pending.extend(array.iter()),
            Value::Object(object) if object.keys().all(|key| key.as_str().is_some()) => {
                pending.extend(object.values());
            }
            Value::Object(_) | Value::Set(_) => {
                return json_value(SourceId::default(), &value.to_json()).unwrap_or(Value::Null);
            }
        }
    }
    value
}
