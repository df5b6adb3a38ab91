//! Whether the server is well, by its own account or by that of a policy.

use axum::http::StatusCode;
use portcullis::value::{Object, Value, json_string};

use super::{Api, Asked};
use crate::engine::BuiltinErrors;
use crate::policy_set::ErrorEntry;
use crate::serve::client::bundles::Bundles;
use crate::serve::decisions::wire::Answer;

impl Api {
    /// Whether the server is there, and if that is asked, whether each bundle was activated.
    pub(super) fn health(&self, asked: &Asked) -> Answer {
        let asks = asked.parameters.is_on("bundles")
            || asked.parameters.is_on("bundle")
            || asked.parameters.is_on("plugins");
        let Some(bundles) = self.bundles.as_ref().filter(|bundles| asks && !bundles.are_active()) else {
            return well();
        };
        if asked.parameters.values("exclude-plugin").any(|name| name == "bundle") {
            return well();
        }
        if asked.parameters.is_on("plugins") && !asked.parameters.is_on("bundles") {
            return unwell("one or more plugins are not up");
        }
        let waiting = bundles.statuses().into_iter().filter(|(_, status)| !status.is_active());
        let names: Vec<String> = waiting.map(|(name, _)| name).collect();
        unwell(&format!("one or more bundles are not activated: {}", names.join(", ")))
    }

    /// Asks `data.system.health` below a path.
    pub(super) fn health_policy(&self, path: &str) -> Answer {
        let mut plugins = Object::new();
        let is_ready = self.bundles.as_ref().is_none_or(Bundles::are_active);
        if self.bundles.is_some() {
            plugins.insert(Value::from("bundle"), Value::from(if is_ready { "OK" } else { "NOT_READY" }));
        }
        let mut input = Object::new();
        input.insert(Value::from("plugin_state"), Value::Object(plugins));
        input.insert(Value::from("plugins_ready"), Value::Bool(is_ready));
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

fn well() -> Answer {
    Answer::json(StatusCode::OK, "{}\n".to_owned())
}

fn unwell(reason: &str) -> Answer {
    Answer::json(StatusCode::INTERNAL_SERVER_ERROR, format!("{{\"error\":{}}}\n", json_string(reason)))
}
