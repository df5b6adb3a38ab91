//! What the server is set to, and how it goes.

use portcullis::document::json_value;
use portcullis::source::SourceId;
use portcullis::value::Value;

use super::{Api, Asked};
use crate::report::json_document::Json;
use crate::serve::decisions::wire::{Answer, Problem};

impl Api {
    pub(super) fn config(&self, asked: &Asked) -> Answer {
        let path = |path: &str| Json::Owned(Value::from(format!("/{path}")));
        let result = vec![
            ("default_authorization_decision", path(&self.authorization_path)),
            ("default_decision", path(&self.default_path)),
            ("labels", self.labels()),
        ];
        Answer::document(&Json::Object(vec![("result", Json::Object(result))]), asked.layout())
    }

    /// How it goes with bundles and decision logs, where somebody is told of it.
    pub(super) fn status(&self, asked: &Asked) -> Result<Answer, Problem> {
        let status = self.status.as_ref();
        let report = status.ok_or_else(|| Problem::internal("status plugin not enabled"))?.report();
        let fields: Vec<(&str, Value)> =
            report.fields().into_iter().map(|(name, json)| (name, value(&json))).collect();
        let result = fields.iter().map(|(name, value)| (*name, Json::Value(value))).collect();
        Ok(Answer::document(&Json::Object(vec![("result", Json::Object(result))]), asked.layout()))
    }

    fn labels(&self) -> Json<'_> {
        Json::Object(self.labels.iter().map(|(name, value)| (&**name, Json::Text(value))).collect())
    }
}

fn value(text: &str) -> Value {
    json_value(SourceId::default(), text).unwrap_or(Value::Null)
}
