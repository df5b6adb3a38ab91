//! What the arguments name: files and directories to load, and places in them whose tests to run.

use std::path::{Path, PathBuf};

use portcullis::suite::selection::{self, Rows};

use super::plan::Inventory;
use crate::load;
use crate::policy_set::Failure;

/// The arguments of a test run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Arguments {
    /// What to load.
    pub(super) paths: Vec<String>,
    /// Where the tests are that are to run; all tests are if there is none.
    pub(super) places: Vec<Place>,
}

/// A `FILE:LINE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// As written.
    text: String,
    file: PathBuf,
    /// From 1.
    line: usize,
}

impl Arguments {
    /// Tells places from paths. The file of a place is loaded too, unless it lies below one of the paths.
    ///
    /// # Errors
    /// A place in a file that isn't there, or at no line.
    pub(super) fn read(written: &[String]) -> Result<Self, Failure> {
        let mut arguments = Self::default();
        for argument in written {
            match Place::read(argument)? {
                Some(place) => arguments.places.push(place),
                None => arguments.paths.push(argument.clone()),
            }
        }
        let folders: Vec<PathBuf> =
            arguments.paths.iter().filter_map(|path| load::named_path(path)).collect();
        let folders: Vec<PathBuf> = folders.iter().map(|folder| real(folder)).collect();
        for place in &arguments.places {
            let path = place.file.to_string_lossy().into_owned();
            let file = real(&place.file);
            if !folders.iter().any(|folder| file.starts_with(folder)) && !arguments.paths.contains(&path) {
                arguments.paths.push(path);
            }
        }
        Ok(arguments)
    }
}

impl Place {
    /// A place, or `None` for what names a file or directory, as `mount.path:PATH` does too.
    fn read(argument: &str) -> Result<Option<Self>, Failure> {
        let Some((file, line)) = argument.rsplit_once(':') else { return Ok(None) };
        let is_number = !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
        let is_path = || Path::new(argument).exists() || Path::new(line).exists();
        if !is_number || is_path() {
            return Ok(None);
        }
        if !Path::new(file).is_file() {
            // Something like `policies/a_test.rego:3` is meant for a place, whatever else it could be.
            let extension = Path::new(file).extension();
            let is_tested =
                extension.is_some_and(|found| ["rego", "yaml", "yml", "csv"].iter().any(|one| found == *one));
            let is_meant = file.contains('/') || is_tested;
            let message = format!("`{argument}`: there is no file `{file}`");
            return if is_meant { Err(Failure::of_message(&message)) } else { Ok(None) };
        }
        match line.parse() {
            Ok(line) if line > 0 => Ok(Some(Self { text: argument.to_owned(), file: file.into(), line })),
            _ => Err(Failure::of_message(&format!("`{argument}`: lines are counted from 1"))),
        }
    }

    /// The positions of the tests that are there.
    ///
    /// # Errors
    /// When there is none: what to say.
    pub(super) fn tests(&self, inventory: &Inventory) -> Result<Vec<usize>, String> {
        let file = real(&self.file);
        let all = inventory.tests.iter().enumerate();
        let here = all.filter(|(_, planned)| real(Path::new(&*planned.test.location.file)) == file);
        let (positions, rows): (Vec<usize>, Vec<Rows>) =
            here.map(|(position, planned)| (position, planned.rows)).unzip();
        match selection::at_line(&rows, self.line) {
            Ok(found) => Ok(found.into_iter().filter_map(|index| positions.get(index).copied()).collect()),
            Err(Some(nearest)) => {
                let found = rows.iter().position(|rows| rows.first == nearest);
                let planned = found.and_then(|index| inventory.tests.get(*positions.get(index)?));
                let name = planned.map(|planned| planned.test.id.to_string()).unwrap_or_default();
                Err(format!("no test is at `{}`: the nearest is {name} in line {nearest}", self.text))
            }
            Err(None) => Err(format!("no test is at `{}`: the file has none", self.text)),
        }
    }
}

/// A path without links, so that two ways of writing it are the same.
fn real(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}
