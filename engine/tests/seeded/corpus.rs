//! The clean policies of `testcases/seeded` and the bugs that are planted in them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use diffy::patch_set::{FileOperation, ParseOptions, PatchSet};
use serde::Deserialize;
use serde_json::Value as Json;

/// A clean policy and what is planted in it.
#[derive(Debug)]
pub(crate) struct Benchmark {
    /// The name of its folder.
    pub(crate) name: String,
    /// The decision that is asked for, as `data.rbac.authz.allow`.
    pub(crate) entrypoint: String,
    /// The clean version.
    pub(crate) base: Version,
    /// The bugs, by their names.
    pub(crate) seeds: Vec<Seed>,
}

/// The files of a policy, by their names: modules, their tests and `data.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    files: BTreeMap<String, String>,
}

/// A planted bug.
#[derive(Debug)]
pub(crate) struct Seed {
    /// The name of its files.
    pub(crate) name: String,
    /// The policy with the bug.
    pub(crate) version: Version,
    /// Who may look at it.
    pub(crate) part: Part,
    /// What is known of it.
    pub(crate) about: About,
}

/// Who may look at a bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Everybody.
    InSample,
    /// Not those who write the probes, which it measures.
    HeldOut,
}

/// What the `.toml` of a bug says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// One of [`CLASSES`].
    pub(crate) class: String,
    /// What is wrong, in a sentence.
    pub(crate) wrong: String,
    /// Where the like of it was seen.
    pub(crate) incident: Option<String>,
    /// The probe that should find it, as `H2`.
    pub(crate) probe: String,
    /// Whether the tests of the clean policy pass with it.
    pub(crate) passes_tests: bool,
    /// What it lets in.
    pub(crate) witness: Witness,
}

/// A request that the clean policy denies and the one with the bug allows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Witness {
    /// The input, in JSON.
    pub(crate) input: String,
    /// Documents that were not loaded, as `rbac.denied`, in both versions.
    #[serde(default)]
    pub(crate) absent: BTreeSet<String>,
}

/// The classes of bugs, and what each looks like in Rego.
pub(crate) const CLASSES: [(&str, &str); 20] = [
    ("default-allows", "a default, an `else` or a rule of its own allows"),
    ("not-over-missing", "`not` over input or data that is missing"),
    ("operand-hoisting", "an operand leaves the `not`, and undefined it is no denial"),
    ("deny-on-presence", "denied only where a field is present"),
    ("negative-compare", "compared by `!=` with a field that is missing"),
    ("builtin-error", "a built-in function fails inside of a denial"),
    ("cross-type-order", "a number is compared with a string or null"),
    ("null-join", "two things are equal because both are null"),
    ("vacuous-truth", "all of nothing hold"),
    ("some-for-every", "some element is enough where every one has to hold"),
    ("quorum", "one is counted twice, or counts for itself"),
    ("prefix-boundary", "a prefix or suffix without the character that ends it"),
    ("unanchored-match", "`contains`, or an expression without its anchors"),
    ("split-or-claim", "the wrong part of a name, or one that whoever asks may choose"),
    ("normal-form", "letter case, slashes and other spellings of the same"),
    ("glob-delimiter", "a star that stands for too much, or for too little"),
    ("permissive-default", "a value in place of a missing one, or a row of data, gives too much"),
    ("unread-or-with", "a guard or a column that nothing reads, or that `with` hides"),
    ("unstable-decision", "conflicting rules, or a decision that depends on the clock"),
    ("version-difference", "read in another way by another version of the language"),
];

/// The names of the probes, hard ones first.
pub(crate) const PROBES: [&str; 14] =
    ["H1", "H2", "H3", "H4", "H5", "H6", "H7", "R1", "R2", "R3", "R4", "R5", "R6", "R7"];

/// Everything in `testcases/seeded`, in the order of the names.
pub(crate) fn benchmarks() -> Vec<Benchmark> {
    let folders = entries(&folder());
    let folders = folders.iter().filter(|path| path.is_dir());
    folders.map(|folder| Benchmark::read(folder)).collect()
}

/// Checks each bug of all benchmarks, several at a time; how many there are.
///
/// # Panics
/// When a check does.
pub(crate) fn each_seed(benchmarks: &[Benchmark], check: impl Fn(&Benchmark, &Seed) + Sync) -> usize {
    let seeds =
        benchmarks.iter().flat_map(|benchmark| benchmark.seeds.iter().map(move |seed| (benchmark, seed)));
    let open = Mutex::new(seeds);
    let next = || open.lock().expect("nothing panics with the lock").next();
    let work = || std::iter::from_fn(next).map(|(benchmark, seed)| check(benchmark, seed)).count();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().expect("every check holds")).sum()
    })
}

/// Where they are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testcases/seeded")
}

impl Benchmark {
    fn read(folder: &Path) -> Self {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Case {
            base: String,
            entrypoint: String,
        }
        let Case { base, entrypoint } = toml::from_str(&read(&folder.join("case.toml"))).expect("case.toml");
        let base = Version::read(&folder.join(base));
        let parts = [(Part::InSample, "seeds"), (Part::HeldOut, "held-out")];
        let seeds = parts
            .into_iter()
            .flat_map(|(part, name)| Seed::read_all(&folder.join(name), part, &base))
            .collect();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        Self { name, entrypoint, base, seeds }
    }
}

impl Seed {
    fn read_all(folder: &Path, part: Part, base: &Version) -> Vec<Self> {
        let files = entries(folder);
        let with = |extension: &str| -> Vec<String> {
            let own = files.iter().filter(|path| path.extension().is_some_and(|found| found == extension));
            own.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect()
        };
        let names = with("toml");
        assert_eq!(names, with("patch"), "each bug has a patch and says what it is: {}", folder.display());
        names.into_iter().map(|name| Self::read(folder, name, part, base)).collect()
    }

    fn read(folder: &Path, name: String, part: Part, base: &Version) -> Self {
        let file = |extension: &str| read(&folder.join(format!("{name}.{extension}")));
        let about: About = toml::from_str(&file("toml")).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(CLASSES.iter().any(|(class, _)| *class == about.class), "{name}: {}", about.class);
        assert!(PROBES.contains(&about.probe.as_str()), "{name}: {}", about.probe);
        let version = base.patched(&file("patch"), &name);
        assert_ne!(&version, base, "{name} changes nothing");
        Self { name, version, part, about }
    }
}

impl Version {
    fn read(folder: &Path) -> Self {
        let kinds = ["rego", "json"];
        let files = entries(folder).into_iter();
        let files =
            files.filter(|path| path.extension().is_some_and(|kind| kinds.iter().any(|own| *own == kind)));
        let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        Self { files: files.map(|path| (name(&path), read(&path))).collect() }
    }

    /// This version with a unified diff applied, in which names follow `a/` and `b/`.
    fn patched(&self, patch: &str, name: &str) -> Self {
        let mut files = self.files.clone();
        for patch in PatchSet::parse(patch, ParseOptions::unidiff()) {
            let patch = patch.unwrap_or_else(|error| panic!("{name}: {error}"));
            let FileOperation::Modify { original, modified } = patch.operation().strip_prefix(1) else {
                panic!("{name} makes or removes files");
            };
            assert_eq!(original, modified, "{name}");
            assert!(!original.ends_with("_test.rego"), "{name} changes tests");
            let text = files.get_mut(&*original).unwrap_or_else(|| panic!("{name}: no file {original}"));
            let change = patch.patch().as_text().expect("a change of text");
            *text = diffy::apply(text, change).unwrap_or_else(|error| panic!("{name}: {original}: {error}"));
        }
        Self { files }
    }

    /// Names and texts of the modules, with those of tests or without.
    pub(crate) fn modules(&self, tests: Tests) -> impl Iterator<Item = (&str, &str)> {
        let is_wanted = move |name: &str| match tests {
            Tests::Included => name.strip_suffix(".rego").is_some(),
            Tests::LeftOut => name.strip_suffix(".rego").is_some_and(|stem| !stem.ends_with("_test")),
        };
        let files = self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        files.filter(move |(name, _)| is_wanted(name))
    }

    /// The data, without these documents.
    pub(crate) fn data(&self, absent: &BTreeSet<String>) -> Json {
        let mut data = serde_json::from_str(&self.files["data.json"]).expect("JSON");
        for path in absent {
            let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
            let mut inner: &mut Json = &mut data;
            for key in parents.split('.').filter(|key| !key.is_empty()) {
                inner = &mut inner[key];
            }
            let removed = inner.as_object_mut().and_then(|object| object.remove(last));
            assert!(removed.is_some(), "there is no document {path}");
        }
        data
    }
}

/// Whether tests belong to the modules of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    /// They do.
    Included,
    /// They don't.
    LeftOut,
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
