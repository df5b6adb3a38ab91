//! The path of a decision, as users write it.

use std::sync::Arc;

/// The path of a decision below `data`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecisionPath(Vec<Arc<str>>);

impl DecisionPath {
    /// Reads a path with dots, as in `data.authz.allow`, or with slashes, as in URLs of OPA's REST API.
    ///
    /// # Errors
    /// A text that names nothing below `data`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim_matches('/');
        let text = text.strip_prefix("v1/data/").unwrap_or(text);
        let separator = if text.contains('/') { '/' } else { '.' };
        let mut steps: Vec<Arc<str>> = text.split(separator).map(Arc::from).collect();
        if separator == '.' && steps.first().is_some_and(|first| **first == *"data") {
            steps.remove(0);
        }
        let is_path =
            !steps.is_empty() && steps.iter().all(|step| !step.is_empty() && !matches!(&**step, "." | ".."));
        if is_path {
            Ok(Self(steps))
        } else {
            Err("a decision has a path, as in data.authz.allow or authz/allow".to_owned())
        }
    }

    /// With slashes, as OPA's REST API has it.
    pub(crate) fn slashed(&self) -> String {
        self.0.join("/")
    }

    /// As a reference, as far as it is made of names.
    pub(crate) fn dotted(&self) -> String {
        format!("data.{}", self.0.join("."))
    }

    /// Its steps.
    pub(crate) fn steps(&self) -> &[Arc<str>] {
        &self.0
    }

    /// Its steps as text.
    pub(crate) fn segments(&self) -> Vec<&str> {
        self.0.iter().map(|segment| &**segment).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::DecisionPath;

    #[test]
    fn decisions_are_named_as_in_data_and_as_in_urls() {
        for (text, path) in [
            ("agentweave/authz", Ok("data.agentweave.authz")),
            ("/v1/data/agentweave/authz/allow", Ok("data.agentweave.authz.allow")),
            ("data.agentweave.authz.decision", Ok("data.agentweave.authz.decision")),
            ("data/x", Ok("data.data.x")),
            ("authz", Ok("data.authz")),
            ("", Err(())),
            ("data", Err(())),
            ("a//b", Err(())),
            ("a/../b", Err(())),
        ] {
            let found = DecisionPath::parse(text).map(|path| path.dotted()).map_err(|_| ());
            assert_eq!(found, path.map(str::to_owned), "{text}");
        }
    }
}
