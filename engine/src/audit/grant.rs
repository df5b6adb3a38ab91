//! Grants as data has them: who may call whom for what, and the entries that can't be read as such.

use std::sync::Arc;

use super::call::Call;
use crate::value::Value;

/// An entry of `data.grants` that names a caller, a callee and actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// How it is called; entries without a name have their position: `#3`, from 0.
    pub id: Arc<str>,
    /// Who may call.
    pub caller: Arc<str>,
    /// Whom.
    pub callee: Arc<str>,
    /// For what, in the order of the entry.
    pub actions: Vec<Arc<str>>,
}

/// What `data.grants` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// The entries that could be read, in their order.
    pub list: Vec<Grant>,
    /// The entries that couldn't: their names, and what is wrong.
    pub unreadable: Vec<(Arc<str>, &'static str)>,
}

/// Why there are no grants to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantsError {
    /// `data.grants` is not there.
    #[error("there is no `data.grants`")]
    Missing,
    /// It is no list.
    #[error("`data.grants` is no array, but of type {found}")]
    NoArray {
        /// What it is.
        found: &'static str,
    },
}

impl Grants {
    /// Reads `data.grants`.
    ///
    /// # Errors
    /// When it is missing or no array.
    #[expect(clippy::similar_names, reason = "caller and callee are the field's words")]
    pub fn of(data: &Value) -> Result<Self, GrantsError> {
        let document = data.lookup(&["grants"]).ok_or(GrantsError::Missing)?;
        let array = document.as_array().ok_or(GrantsError::NoArray { found: document.type_name() })?;
        let mut grants = Self::default();
        for (index, entry) in array.iter().enumerate() {
            let text = |name: &str| entry.lookup(&[name]).and_then(text);
            let id = text("id").filter(|id| !id.is_empty()).unwrap_or_else(|| Arc::from(format!("#{index}")));
            let actions = entry.lookup(&["actions"]).and_then(Value::as_array);
            let actions: Option<Option<Vec<_>>> =
                actions.map(|actions| actions.iter().map(self::text).collect());
            let problem = match (text("caller"), text("callee"), actions) {
                (Some(caller), Some(callee), Some(Some(actions))) => {
                    grants.list.push(Grant { id, caller, callee, actions });
                    continue;
                }
                (None, _, _) => "its caller is no string",
                (_, None, _) => "its callee is no string",
                (_, _, None) => "its actions are no array",
                (_, _, Some(None)) => "one of its actions is no string",
            };
            grants.unreadable.push((id, problem));
        }
        Ok(grants)
    }

    /// What an agent may do or have done to it by grants: each with the name of the grant, in their order.
    pub fn of_agent(&self, id: &str) -> Vec<(Arc<str>, Call)> {
        self.calls().filter(|(_, call)| &*call.caller == id || &*call.callee == id).collect()
    }

    /// What grants name, with the names of the grants, in their order.
    pub fn calls(&self) -> impl Iterator<Item = (Arc<str>, Call)> {
        self.list.iter().flat_map(|grant| {
            grant.actions.iter().map(|action| {
                let call = Call {
                    caller: Arc::clone(&grant.caller),
                    callee: Arc::clone(&grant.callee),
                    action: Arc::clone(action),
                };
                (Arc::clone(&grant.id), call)
            })
        })
    }
}

fn text(value: &Value) -> Option<Arc<str>> {
    if let Value::String(text) = value { Some(Arc::clone(text)) } else { None }
}
