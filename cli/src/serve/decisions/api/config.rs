//! What the server is set to.

use portcullis::value::Value;

use super::{Api, Asked};
use crate::report::json_document::Json;
use crate::serve::decisions::OPA_VERSION;
use crate::serve::decisions::wire::{Answer, Problem};

impl Api {
    pub(super) fn config(&self, asked: &Asked) -> Answer {
        let labels = vec![("id", Json::Text(&self.id)), ("version", Json::Text(OPA_VERSION))];
        let result = vec![
            ("default_authorization_decision", Json::Owned(Value::from("/system/authz/allow"))),
            ("default_decision", Json::Owned(Value::from("/system/main"))),
            ("labels", Json::Object(labels)),
        ];
        Answer::document(&Json::Object(vec![("result", Json::Object(result))]), asked.layout())
    }
}

/// There is nothing that would report a status.
pub(super) fn no_status() -> Problem {
    Problem::internal("status plugin not enabled")
}
