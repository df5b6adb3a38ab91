//! What the last `diff` found, in `.portcullis/last-diff` of the project, for `replay`.

use std::io;
use std::path::{Path, PathBuf};

use portcullis::document;
use portcullis::probe::decision::Decision;
use portcullis::probe::edit::Case;
use portcullis::source::SourceId;
use portcullis::value::{Array, Value};

use super::versions::{Loaded, Named, Place};
use crate::configuration;
use crate::load;
use crate::policy_set::Failure;
use crate::refusal::Refusal;
use crate::report::diff::Told;
use crate::report::json_document::Json;
use crate::whole_file::WholeFile;

/// The file of a project.
#[derive(Debug)]
pub(in crate::command) struct Saved {
    path: PathBuf,
}

/// A difference that was found before.
#[derive(Debug)]
pub(in crate::command) struct Remembered {
    /// What was compared.
    pub(in crate::command) named: Named,
    /// The decision, as `data.authz.allow`.
    pub(in crate::command) decision: String,
    id: String,
    input: Option<Value>,
    old_data: Option<Value>,
    new_data: Option<Value>,
}

impl Remembered {
    /// The case of each version; over its own documents where nothing took their place.
    pub(in crate::command) fn cases(&self, loaded: &Loaded) -> (Case, Case) {
        let case = |data: &Option<Value>, own: &Value| Case {
            input: self.input.clone(),
            data: data.clone().unwrap_or_else(|| own.clone()),
        };
        (case(&self.old_data, loaded.old.policy.data()), case(&self.new_data, loaded.new.policy.data()))
    }

    /// What tests that are made of it are called.
    pub(in crate::command) fn name(&self) -> String {
        format!("diff {}", self.id)
    }

    /// The decision that was asked for.
    pub(in crate::command) fn asked<'l>(&self, loaded: &'l Loaded) -> Option<&'l Decision> {
        loaded.decisions.iter().find(|decision| decision.name() == self.decision)
    }
}

impl Saved {
    /// That of the project around the working directory.
    pub(in crate::command) fn here() -> Self {
        let holds = |name: &str| configuration::folder_with(name, &[]);
        let root = holds(configuration::FILE).or_else(|| holds(".git")).unwrap_or_default();
        Self { path: root.join(FOLDER).join(FILE) }
    }

    /// Writes down what was found; nothing where nothing was.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn write(&self, named: &Named, told: &Told<'_>) -> Result<(), Failure> {
        let found = told.compared.iter().flat_map(|compared| &compared.differences);
        let differences: Vec<Json<'_>> = found
            .map(|difference| {
                let mut fields = vec![
                    ("id", Json::Text(&difference.id)),
                    ("decision", Json::Owned(Value::from(difference.decision.name()))),
                ];
                fields.extend(difference.new_case.input.as_ref().map(|input| ("input", Json::Value(input))));
                let own = [
                    ("old_data", &difference.old_case.data, told.loaded.old.policy.data()),
                    ("new_data", &difference.new_case.data, told.loaded.new.policy.data()),
                ];
                let other = own.into_iter().filter(|(_, data, own)| data != own);
                fields.extend(other.map(|(name, data, _)| (name, Json::Value(data))));
                Json::Object(fields)
            })
            .collect();
        if differences.is_empty() && !self.path.exists() {
            return Ok(());
        }
        let (old, new) = (named.old.meant_everywhere(), named.new.meant_everywhere());
        let document = Json::Object(vec![
            ("version", Json::Number(1)),
            ("old", of_place(&old)),
            ("new", of_place(&new)),
            ("differences", Json::Array(differences)),
        ]);
        self.put(&(document.pretty() + "\n")).map_err(|error| {
            Failure::of_message(&format!("`{}` can't be written: {error}", self.path.display()))
        })
    }

    fn put(&self, text: &str) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        fs_err::create_dir_all(folder)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs_err::write(ignore, "*\n")?;
        }
        let file = WholeFile::at(&self.path).map_err(io::Error::other)?;
        file.write(text.as_bytes()).map_err(io::Error::other)
    }

    /// The difference with this ID.
    ///
    /// # Errors
    /// When there is no file, it is none of ours, or it has no such difference.
    pub(in crate::command) fn find(&self, id: &str) -> Result<Remembered, Failure> {
        let refuse = |message: String| {
            let help = "portcullis diff tells the IDs of what it found, and replay has those of the last one";
            Failure::of_refusal(Refusal::new(message).with_help(help))
        };
        let unusable = |reason: &str| refuse(format!("`{}` can't be used: {reason}", self.path.display()));
        let text = match fs_err::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(refuse("no `diff` of this project found a difference yet".to_owned()));
            }
            Err(error) => return Err(unusable(&load::io_reason(&error))),
        };
        let read = document::json_value(SourceId::default(), &text).map_err(|_| unusable("it is no JSON"))?;
        let differences = read.lookup(&["differences"]).and_then(Value::as_array);
        let differences = differences.ok_or_else(|| unusable("it has no `differences`"))?;
        let is_it = |one: &&Value| one.lookup(&["id"]).and_then(Value::as_str) == Some(id);
        let found = differences
            .iter()
            .find(is_it)
            .ok_or_else(|| refuse(format!("the last `diff` found no difference `{id}`")))?;
        let decision = found.lookup(&["decision"]).and_then(Value::as_str);
        let place =
            |name: &str| read.lookup(&[name]).and_then(place).ok_or_else(|| unusable("it has no paths"));
        Ok(Remembered {
            named: Named::again(place("old")?, place("new")?),
            decision: decision.ok_or_else(|| unusable("it has no `decision`"))?.to_owned(),
            id: id.to_owned(),
            input: found.lookup(&["input"]).cloned(),
            old_data: found.lookup(&["old_data"]).cloned(),
            new_data: found.lookup(&["new_data"]).cloned(),
        })
    }
}

fn of_place(place: &Place) -> Json<'_> {
    let paths = place.paths.iter().map(|path| Json::Text(path)).collect();
    let revision = place.revision.as_ref().map(|revision| ("revision", Json::Text(revision)));
    Json::Object(revision.into_iter().chain([("paths", Json::Array(paths))]).collect())
}

fn place(value: &Value) -> Option<Place> {
    let paths: &Array = value.lookup(&["paths"])?.as_array()?;
    let paths = paths.iter().map(|path| path.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
    let revision = value.lookup(&["revision"]).and_then(Value::as_str).map(str::to_owned);
    Some(Place { revision, paths })
}

const FOLDER: &str = ".portcullis";

/// It has no extension: a `.json` would be loaded as data with the folder that it is in.
const FILE: &str = "last-diff";
