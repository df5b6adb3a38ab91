//! Bundles that have no documents, but changes of those of the last one.

use std::collections::BTreeSet;

use portcullis::bundle::{self, Contents, Manifest, Member, Role};
use portcullis::document::json_value;
use portcullis::rest::body::PatchEntry;
use portcullis::rest::change::{self, Operation};
use portcullis::source::SourceId;
use portcullis::value::{Object, Value};

/// Changes, and what the manifest beside them says.
#[derive(Debug)]
pub(super) struct Delta {
    changes: Vec<PatchEntry>,
    pub(super) manifest: Manifest,
}

impl Delta {
    /// The changes that a bundle has, if it has any. What OPA takes for one is one here.
    ///
    /// # Errors
    /// When they can't be read, or there is something beside them.
    pub(super) fn of(members: &[Member]) -> Result<Option<Self>, String> {
        let mut changes = Vec::new();
        for member in members.iter().filter(|member| Role::of(&member.path) == Some(Role::Patch)) {
            changes = read(&member.bytes)?;
        }
        if changes.is_empty() {
            return Ok(None);
        }
        let rest = members.iter().filter(|member| Role::of(&member.path) != Some(Role::Patch)).cloned();
        let contents: Contents = bundle::assemble(rest.collect(), None).map_err(|error| error.to_string())?;
        let extra = if !contents.data.is_empty() {
            Some("data")
        } else if !contents.modules.is_empty() {
            Some("policy")
        } else {
            None
        };
        if let Some(extra) = extra {
            return Err(format!("delta bundle expected to contain only patch file but {extra} files found"));
        }
        let manifest = contents.manifest;
        for change in &changes {
            let path = change.path.trim_matches('/');
            if !manifest.roots.iter().any(|root| contains(root, path)) {
                return Err(format!(
                    "manifest roots [{}] do not permit data patch at path '{path}'",
                    manifest.roots.join(" ")
                ));
            }
        }
        Ok(Some(Self { changes, manifest }))
    }

    /// The data of the bundle called `name` after the changes.
    ///
    /// # Errors
    /// When the roots are not those of what is changed, or something can't be changed so.
    pub(super) fn applied(&self, name: &str, roots: &[Vec<String>], data: Object) -> Result<Object, String> {
        let own: BTreeSet<Vec<String>> =
            self.manifest.roots.iter().map(|root| super::layer::keys(root)).collect();
        if own != roots.iter().cloned().collect() {
            return Err(format!(
                "delta bundle '{name}' has wasm resolvers or manifest roots that are different from those in the store"
            ));
        }
        let mut data = Value::Object(data);
        for step in &self.changes {
            let keys = step.keys("").ok_or("error parsing patch path")?;
            let value = step.value.clone();
            let outer = keys.split_last().map_or(&[][..], |(_, outer)| outer);
            let changed = match &*step.op {
                "upsert" if change::read(&data, outer).is_ok() => {
                    change::changed_at(&data, Operation::Add, &keys, value)
                }
                "upsert" => change::with_objects(&data, outer)
                    .and_then(|data| change::changed_at(&data, Operation::Add, &keys, value)),
                "remove" => change::changed_at(&data, Operation::Remove, &keys, value),
                "replace" => change::changed_at(&data, Operation::Replace, &keys, value),
                other => return Err(format!("bad patch operation: {other}")),
            };
            data = changed.map_err(|error| error.to_string())?;
        }
        let Value::Object(data) = data else { return Err("changes that leave no object".to_owned()) };
        Ok(data)
    }
}

fn read(bytes: &[u8]) -> Result<Vec<PatchEntry>, String> {
    let failed = |reason: &str| format!("bundle load failed on patch decode: {reason}");
    let text = std::str::from_utf8(bytes).map_err(|_| failed("it is no text"))?;
    let patch = json_value(SourceId::default(), text).map_err(|problem| failed(&problem.message))?;
    let changes = match patch.lookup(&["data"]) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(changes)) => changes,
        Some(_) => return Err(failed("`data` is no array")),
    };
    let entry = |change: &Value| {
        let text = |name: &str| match change.lookup(&[name]) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.to_string()),
            Some(_) => Err(failed(&format!("`{name}` is no string"))),
        };
        let value = change.lookup(&["value"]).cloned().unwrap_or(Value::Null);
        Ok(PatchEntry { op: text("op")?, path: text("path")?, value })
    };
    changes.iter().map(entry).collect()
}

/// Whether a path lies in a root, segment by segment as they are written.
fn contains(root: &str, path: &str) -> bool {
    root.is_empty() || path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}
