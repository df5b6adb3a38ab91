//! Whether the server is well, by its own account or by that of a policy.

use axum::http::StatusCode;
use portcullis::value::{Object, Value, json_string};

use super::Api;
use crate::engine::BuiltinErrors;
use crate::policy_set::ErrorEntry;
use crate::serve::decisions::wire::Answer;

impl Api {
    /// Asks `data.system.health` below a path.
    pub(super) fn health_policy(&self, path: &str) -> Answer {
        let mut input = Object::new();
        input.insert(Value::from("plugin_state"), Value::Object(Object::new()));
        input.insert(Value::from("plugins_ready"), Value::Bool(true));
        let input = Value::Object(input);
        let snapshot = self.state.current();
        let path = format!("system/health/{path}");
        let answered = match snapshot.ask(&path, Some(&input), BuiltinErrors::Undefined, self.deadline) {
            Ok(answered) => answered,
            Err(problem) => {
                return unwell(&problem.errors.first().map_or_else(|| problem.message.clone(), in_words));
            }
        };
        self.tell_prints(&answered);
        match answered.value {
            Some(Value::Bool(true)) => well(),
            Some(_) => unwell(&format!("health check ({}) returned unexpected value", answered.text)),
            None => unwell(&format!("health check ({}) was undefined", answered.text)),
        }
    }
}

/// An error on one line, with its place.
fn in_words(error: &ErrorEntry) -> String {
    let place = error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row));
    format!("{}{}: {}", place.unwrap_or_default(), error.code.unwrap_or_default(), error.message)
}

/// Nothing is wrong.
pub(super) fn well() -> Answer {
    Answer::json(StatusCode::OK, "{}\n".to_owned())
}

fn unwell(reason: &str) -> Answer {
    Answer::json(StatusCode::INTERNAL_SERVER_ERROR, format!("{{\"error\":{}}}\n", json_string(reason)))
}
