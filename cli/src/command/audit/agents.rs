//! Lists of agents that exist: of ids, or what SPIRE says of its registration entries.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use portcullis::audit::identity;
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::load::io_reason;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// Reads a list: an id a line, a JSON array of ids, or what `spire-server entry show -output json` writes.
///
/// # Errors
/// When it can't be read, or something in it is no SPIFFE ID of an agent.
pub(super) fn read(path: &Path) -> Result<BTreeSet<Arc<str>>, Failure> {
    let unusable = |reason: String| {
        let message = format!("the agents in `{}` can't be used: {reason}", path.display());
        let help = "write an id a line, a JSON array of ids, or give what spire-server entry show -output json writes";
        Failure::of_refusal(Refusal::new(message).with_help(help))
    };
    let text = fs_err::read_to_string(path).map_err(|error| unusable(io_reason(&error)))?;
    let ids: Vec<Arc<str>> = if text.trim_start().starts_with(['[', '{']) {
        let document = document::json_value(SourceId::default(), &text)
            .map_err(|diagnostic| unusable(diagnostic.message))?;
        of_json(&document).ok_or_else(|| unusable("it is no list of ids, and has no `entries`".to_owned()))?
    } else {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(Arc::from).collect()
    };
    for id in &ids {
        identity::trust_domain(id)
            .map_err(|error| unusable(format!("`{id}` is no SPIFFE ID of an agent: {error}")))?;
    }
    Ok(ids.into_iter().collect())
}

fn of_json(document: &Value) -> Option<Vec<Arc<str>>> {
    let list = document.as_array().or_else(|| document.lookup(&["entries"])?.as_array())?;
    list.iter().map(id).collect()
}

/// An id, or that of a registration entry, which has it in two pieces.
fn id(entry: &Value) -> Option<Arc<str>> {
    if let Value::String(id) = entry {
        return Some(Arc::clone(id));
    }
    let part = |name: &str| entry.lookup(&["spiffe_id", name]).and_then(Value::as_str);
    Some(format!("spiffe://{}{}", part("trust_domain")?, part("path")?).into())
}
