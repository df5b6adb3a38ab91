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

    /// How it goes with the bundles that are fetched.
    pub(super) fn status(&self, asked: &Asked) -> Result<Answer, Problem> {
        let bundles = self.bundles.as_ref().filter(|_| self.tells_status);
        let bundles = bundles.ok_or_else(|| Problem::internal("status plugin not enabled"))?;
        let all: Vec<(String, Value)> =
            bundles.statuses().into_iter().map(|(name, status)| (name, value(&status.to_json()))).collect();
        let all = all.iter().map(|(name, status)| (&**name, Json::Value(status))).collect();
        let result = vec![("labels", self.labels()), ("bundles", Json::Object(all))];
        Ok(Answer::document(&Json::Object(vec![("result", Json::Object(result))]), asked.layout()))
    }

    fn labels(&self) -> Json<'_> {
        Json::Object(self.labels.iter().map(|(name, value)| (&**name, Json::Text(value))).collect())
    }
}

fn value(text: &str) -> Value {
    json_value(SourceId::default(), text).unwrap_or(Value::Null)
}
