//! Documents that are there for tests only: those in folders called `testdata`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

use portcullis::bundle::data_reference;
use portcullis::document::BaseData;

use super::documents::Documents;
use super::failure::LoadError;
use super::walk::Found;

/// Documents on the way to become `data.testdata`.
#[derive(Debug)]
pub(super) struct TestDocuments<D> {
    /// The files by the keys of their documents below `data`.
    names: BTreeMap<Vec<Arc<str>>, Arc<str>>,
    documents: Documents<D>,
}

impl<D> Default for TestDocuments<D> {
    fn default() -> Self {
        Self { names: BTreeMap::new(), documents: Documents::default() }
    }
}

impl<D: BaseData> TestDocuments<D> {
    /// Adds the document of a file, which is at the place below `data` that the file knows.
    ///
    /// # Errors
    /// When there is a document at that place, or at one around it or in it.
    pub(super) fn add(&mut self, found: &Found, document: Option<D>) -> Result<(), LoadError> {
        if let Some((place, other)) = self.meeting(&found.mount) {
            let place = data_reference(place);
            let message =
                format!("{}: conflicting test data at {place}, also defined in {other}", found.name);
            let help =
                "all `testdata` folders of a run share `data.testdata`: give one of the files another name";
            return Err(LoadError::new(message).with_help(help));
        }
        self.names.insert(found.mount.clone(), Arc::clone(&found.name));
        self.documents.add(&found.name, document, 0, 0)
    }

    /// The data with the documents for tests in it.
    ///
    /// # Errors
    /// When the data has something of its own at their place.
    pub(super) fn join(self, data: D) -> Result<D, LoadError> {
        let Some(first) = self.names.values().next() else { return Ok(data) };
        if data.entry(FOLDER).is_some() {
            let message = format!("{first}: the policies' data has `data.{FOLDER}` too");
            let help = "what `testdata` folders hold is found there in tests: give the data another name";
            return Err(LoadError::new(message).with_help(help));
        }
        let documents = self.documents.merge().unwrap_or_default();
        Ok(data.overlay(documents))
    }

    /// The file whose document is at a place, around it or in it, and the outer of the two places.
    fn meeting<'a>(&'a self, place: &'a [Arc<str>]) -> Option<(&'a [Arc<str>], &'a Arc<str>)> {
        let prefixes = (1..=place.len()).filter_map(|length| place.get(..length));
        let mut around = prefixes.filter_map(|prefix| Some((prefix, self.names.get(prefix)?)));
        let next = self.names.range(place.to_vec()..).next();
        let inside = next.filter(|(other, _)| other.starts_with(place)).map(|(_, name)| (place, name));
        around.next().or(inside)
    }
}

/// The place below `data` of a file that lies in a folder of documents for tests, the outermost if there are several: the
/// path from that folder on, without the extension.
pub(super) fn place(relative: &Path) -> Option<Vec<Arc<str>>> {
    let folders: Vec<&OsStr> = relative.parent()?.iter().collect();
    let root = folders.iter().position(|name| *name == FOLDER)?;
    let key = |name: &OsStr| Arc::from(name.to_string_lossy());
    let keys = folders.iter().skip(root).map(|name| key(name));
    Some(keys.chain(relative.file_stem().map(key)).collect())
}

/// What the folders are called, and the key of their documents below `data`.
pub(super) const FOLDER: &str = "testdata";

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::place;

    #[test]
    fn a_document_has_its_place_below_the_outermost_folder() {
        let cases = [
            ("testdata/small.json", Some("testdata small")),
            ("x/testdata/grants/small.json", Some("testdata grants small")),
            ("x/testdata/y/testdata/a.b.yaml", Some("testdata y testdata a.b")),
            ("x/testdata.json", None),
            ("x/testdata2/a.json", None),
            ("a.json", None),
        ];
        for (path, expected) in cases {
            assert_eq!(place(Path::new(path)).map(|keys| keys.join(" ")).as_deref(), expected, "{path}");
        }
    }
}
