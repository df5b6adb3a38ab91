//! What was pushed, on the disk: a write is there before it is answered.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use portcullis::document::json_value;
use portcullis::source::SourceId;
use portcullis::value::{JsonStyle, Value};
use redb::{Database, ReadableDatabase as _, ReadableTable, TableDefinition, WriteTransaction};

use super::pushed::{Delta, Entry, Policy, Pushed};
use crate::serve::digest::Digest;

/// The file of a store.
#[derive(Debug)]
pub(super) struct Store(Database);

/// Documents by the keys of their paths as a JSON array.
const DATA: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("data");

/// Policies by their ids.
const POLICIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("policies");

/// Numbers about the whole.
const WHOLE: TableDefinition<'_, &str, u64> = TableDefinition::new("whole");

/// The form of the records.
const FORM: u64 = 1;

impl Store {
    /// Opens the store in a folder, which is made if it isn't there, and reads what is in it.
    ///
    /// # Errors
    /// When it can't be used, or is not what was written.
    pub(super) fn open(folder: &Path) -> Result<(Self, Pushed), String> {
        let path = folder.join("pushed.redb");
        let wrong = |reason: &dyn std::fmt::Display| {
            format!("the store `{}` can't be used: {reason}", path.display())
        };
        fs_err::create_dir_all(folder).map_err(|error| error.to_string())?;
        let read = || {
            let database = Database::create(&path).map_err(|error| error.to_string())?;
            // A file that was just made has to be in its folder too.
            if cfg!(unix) {
                let folder = fs_err::File::open(folder).and_then(|folder| folder.sync_all());
                folder.map_err(|error| error.to_string())?;
            }
            let store = Self(database);
            let pushed = store.read()?;
            Ok::<_, String>((store, pushed))
        };
        // The library may panic over a file that something else wrote.
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(read) => read.map_err(|reason| wrong(&reason)),
            Err(_) => Err(wrong(&"it is damaged")),
        }
    }

    /// Writes a change as a whole; it is on the disk once this returns.
    ///
    /// # Errors
    /// What the library says; then nothing is written.
    pub(super) fn write(&self, delta: &Delta) -> Result<(), String> {
        let transaction = self.0.begin_write().map_err(|error| error.to_string())?;
        fill(&transaction, delta).map_err(|error| error.to_string())?;
        transaction.commit().map_err(|error| error.to_string())
    }

    fn read(&self) -> Result<Pushed, String> {
        let transaction = self.0.begin_write().map_err(|error| error.to_string())?;
        // There from the start, so that reading needs no exceptions.
        prepare(&transaction).map_err(|error| error.to_string())?;
        transaction.commit().map_err(|error| error.to_string())?;
        let transaction = self.0.begin_read().map_err(|error| error.to_string())?;
        let table = |error: redb::TableError| error.to_string();
        let whole = transaction.open_table(WHOLE).map_err(table)?;
        let number = |name: &str| match whole.get(name) {
            Ok(Some(number)) => Ok(number.value()),
            Ok(None) => Ok(0),
            Err(error) => Err(error.to_string()),
        };
        if number("form")? != FORM {
            return Err("another version of this program wrote it".to_owned());
        }
        let mut pushed = Pushed { entries: number("entries")?, ..Pushed::default() };
        let mut sum = 0_u64;
        let data = transaction.open_table(DATA).map_err(table)?;
        for record in data.iter().map_err(|error| error.to_string())? {
            let (key, record) = record.map_err(|error| error.to_string())?;
            sum = sum.wrapping_add(mark("data", key.value(), record.value()));
            let (path, entry) = entry_of(key.value(), record.value()).ok_or("a document can't be read")?;
            pushed.data.insert(path, entry);
        }
        let policies = transaction.open_table(POLICIES).map_err(table)?;
        for record in policies.iter().map_err(|error| error.to_string())? {
            let (id, record) = record.map_err(|error| error.to_string())?;
            sum = sum.wrapping_add(mark("policies", id.value(), record.value()));
            let policy = policy_of(record.value()).ok_or("a policy can't be read")?;
            pushed.policies.insert(Arc::from(id.value()), policy);
        }
        if sum != number("sum")? {
            return Err("it is damaged: its records are not those that were written".to_owned());
        }
        Ok(pushed)
    }
}

fn prepare(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    transaction.open_table(DATA)?;
    transaction.open_table(POLICIES)?;
    let mut whole = transaction.open_table(WHOLE)?;
    if whole.get("form")?.is_none() {
        whole.insert("form", FORM)?;
    }
    Ok(())
}

fn fill(transaction: &WriteTransaction, delta: &Delta) -> Result<(), redb::Error> {
    let mut whole = transaction.open_table(WHOLE)?;
    let mut sum = whole.get("sum")?.map_or(0, |sum| sum.value());
    let mut put = |name: &'static str, key: &str, record: Option<Vec<u8>>| -> Result<(), redb::Error> {
        let mut table = transaction.open_table(if name == "data" { DATA } else { POLICIES })?;
        let before = match &record {
            Some(record) => {
                sum = sum.wrapping_add(mark(name, key, record));
                table.insert(key, record.as_slice())?
            }
            None => table.remove(key)?,
        };
        if let Some(before) = before {
            sum = sum.wrapping_sub(mark(name, key, before.value()));
        }
        Ok(())
    };
    for (path, entry) in &delta.data {
        let path = Value::Array(path.iter().map(|key| Value::from(&**key)).collect());
        put("data", &path.to_json_with(JsonStyle::Plain), entry.as_ref().map(record_of_entry))?;
    }
    for (id, policy) in &delta.policies {
        put("policies", id, policy.as_ref().map(record_of_policy))?;
    }
    whole.insert("sum", sum)?;
    if delta.entries > 0 {
        whole.insert("entries", delta.entries)?;
    }
    Ok(())
}

/// What tells a record from others; the sum of all of them shows that none is missing.
fn mark(table: &str, key: &str, record: &[u8]) -> u64 {
    let length = u64::try_from(key.len()).unwrap_or(u64::MAX).to_be_bytes();
    Digest::of(&[table.as_bytes(), &length, key.as_bytes(), record].concat()).short()
}

fn record_of_entry(entry: &Entry) -> Vec<u8> {
    let mut record = entry.order.to_be_bytes().to_vec();
    if let Some(value) = &entry.value {
        record.extend(value.to_json_with(JsonStyle::Plain).into_bytes());
    }
    record
}

fn entry_of(key: &str, record: &[u8]) -> Option<(Vec<String>, Entry)> {
    let keys = json_value(SourceId::default(), key).ok()?;
    let path = keys.as_array()?.iter().map(|key| key.as_str().map(str::to_owned)).collect::<Option<_>>()?;
    let (order, text) = record.split_first_chunk::<8>()?;
    let value = match std::str::from_utf8(text).ok()? {
        "" => None,
        text => Some(json_value(SourceId::default(), text).ok()?),
    };
    Some((path, Entry { order: u64::from_be_bytes(*order), value }))
}

fn record_of_policy(policy: &Policy) -> Vec<u8> {
    match policy {
        Policy::Text(text) => [b"+", text.as_bytes()].concat(),
        Policy::Deleted => b"-".to_vec(),
    }
}

fn policy_of(record: &[u8]) -> Option<Policy> {
    match record.split_first()? {
        (b'+', text) => Some(Policy::Text(std::str::from_utf8(text).ok()?.into())),
        (b'-', []) => Some(Policy::Deleted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(order: u64, path: &[&str], value: Option<i64>) -> Delta {
        let mut delta = Delta { entries: order, ..Delta::default() };
        let path = path.iter().map(|key| (*key).to_owned()).collect();
        delta.data.insert(path, Some(Entry { order, value: value.map(Value::from) }));
        delta
    }

    #[test]
    fn what_was_written_is_there_after_a_new_start() {
        let folder = tempfile::tempdir().unwrap();
        let mut expected = Pushed::default();
        let mut policies = Delta { entries: 4, ..Delta::default() };
        policies.policies.insert("a/b".into(), Some(Policy::Text("package a".into())));
        policies.policies.insert("gone".into(), Some(Policy::Deleted));
        let mut dropped = Delta { entries: 5, ..Delta::default() };
        dropped.data.insert(vec!["x".to_owned()], None);
        let all = [
            delta(1, &["a/b", "ü\""], Some(1)),
            delta(2, &["x"], None),
            delta(3, &[], Some(3)),
            policies,
            dropped,
            delta(6, &["a/b", "ü\""], Some(2)),
        ];
        for delta in all {
            let (store, pushed) = Store::open(folder.path()).unwrap();
            assert_eq!(pushed, expected);
            store.write(&delta).unwrap();
            expected.apply(delta);
        }
        assert_eq!(Store::open(folder.path()).unwrap().1, expected);
    }

    #[test]
    fn a_damaged_store_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pushed.redb");
        let (store, _) = Store::open(folder.path()).unwrap();
        store.write(&delta(1, &["banned", "needle"], Some(1))).unwrap();
        drop(store);
        let whole = fs_err::read(&path).unwrap();
        let at = whole.windows(6).position(|window| window == b"needle").unwrap();
        let mut changed = whole.clone();
        changed[at] = b'N';
        let cut = whole[..whole.len() / 2].to_vec();
        for bytes in [changed, cut, b"something else".to_vec()] {
            fs_err::write(&path, bytes).unwrap();
            let error = Store::open(folder.path()).unwrap_err();
            assert!(error.contains("pushed.redb` can't be used"), "{error}");
        }
        fs_err::write(&path, whole).unwrap();
        assert_eq!(Store::open(folder.path()).unwrap().1.data.len(), 1);
    }
}
