//! Fixtures: small packages with command lines, each in one txtar archive.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::command::CommandLine;

/// A package to unpack, what to run in it, and how the two tools may differ there.
#[derive(Debug)]
pub(crate) struct Fixture {
    /// Path below the folder of all fixtures, without the extension: `3-outcome/undefined-is-fail`.
    pub(crate) name: String,
    /// What the fixture shows.
    pub(crate) comment: String,
    /// Run one after the other, each with both tools.
    pub(crate) commands: Vec<CommandLine>,
    /// What may differ.
    pub(crate) allowances: Allowances,
    files: Vec<File>,
}

/// The header lines of a fixture that begin with `!`.
#[derive(Debug, Default)]
pub(crate) struct Allowances {
    /// Why the reference engine can't run the fixture, and says so.
    pub(crate) reference_engine: Option<String>,
    /// Why the reference engine answers wrongly.
    pub(crate) wrong_answer: Option<String>,
    /// Why we refuse a flag that OPA has.
    pub(crate) unsupported_flag: Option<String>,
    /// Why the variables before the commands mean nothing to us.
    pub(crate) unread_environment: Option<String>,
    /// Parts that differ from OPA in at least one of the commands, each with its reason.
    pub(crate) differs: BTreeMap<Part, String>,
    /// Parts in which OPA differs from itself from run to run, each with its reason.
    pub(crate) unstable: BTreeMap<Part, String>,
    /// Whether the text on stderr has to be the same, not only its presence.
    pub(crate) exact_stderr: bool,
}

/// A part of what a tool answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    ExitCode,
    Stdout,
    Stderr,
    /// File, row and column of a test.
    Location,
    /// Evaluation traces.
    Trace,
    /// What `print` wrote.
    Output,
    /// Everything about an error but its code.
    ErrorText,
}

#[derive(Debug)]
struct File {
    name: String,
    content: String,
}

impl Part {
    /// Every part, with its name in a fixture.
    pub(crate) const ALL: [(Self, &str); 7] = [
        (Self::ExitCode, "exit code"),
        (Self::Stdout, "stdout"),
        (Self::Stderr, "stderr"),
        (Self::Location, "location"),
        (Self::Trace, "trace"),
        (Self::Output, "output"),
        (Self::ErrorText, "error text"),
    ];

    /// The name in a fixture.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(part, _)| *part == self).map_or("", |(_, name)| name)
    }

    fn from_name(name: &str) -> Result<Self> {
        let found = Self::ALL.iter().find(|(_, known)| *known == name);
        found.map(|(part, _)| *part).with_context(|| format!("`{name}` is no part of an answer"))
    }
}

impl Fixture {
    /// Reads every `.txtar` below a folder, in the order of their names.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let path = entry?.into_path();
            if path.extension().is_some_and(|extension| extension == "txtar") {
                paths.push(path);
            }
        }
        let read = |path: &PathBuf| {
            let name = path.strip_prefix(folder)?.with_extension("").to_string_lossy().into_owned();
            let text = fs_err::read_to_string(path)?;
            Self::parse(name, &text).with_context(|| format!("can't read fixture `{}`", path.display()))
        };
        paths.iter().map(read).collect()
    }

    /// Parses an archive: a header of comment, `$` and `!` lines, then `-- NAME --` before each file.
    pub(crate) fn parse(name: String, text: &str) -> Result<Self> {
        let mut fixture = Self {
            name,
            comment: String::new(),
            commands: Vec::new(),
            allowances: Allowances::default(),
            files: Vec::new(),
        };
        for line in text.split_inclusive('\n') {
            if let Some(name) = file_name(line) {
                fixture.files.push(File { name: name.to_owned(), content: String::new() });
            } else if let Some(file) = fixture.files.last_mut() {
                file.content.push_str(line);
            } else {
                fixture.header_line(line.trim_end())?;
            }
        }
        ensure!(!fixture.comment.is_empty(), "the header has to say what the fixture shows");
        ensure!(!fixture.commands.is_empty(), "there is no command line, such as `$ test .`");
        ensure!(!fixture.files.is_empty(), "there is no file, such as `-- a_test.rego --`");
        Ok(fixture)
    }

    /// Writes the files into a folder. What lies below a name that ends in `.tar.gz` becomes that tarball.
    pub(crate) fn unpack(&self, folder: &Path) -> Result<()> {
        let mut tarballs: BTreeMap<String, Vec<(&str, &str)>> = BTreeMap::new();
        for File { name, content } in &self.files {
            if let Some((tarball, member)) = name.split_once(".tar.gz/") {
                tarballs.entry(format!("{tarball}.tar.gz")).or_default().push((member, content));
            } else if name.ends_with('/') {
                fs_err::create_dir_all(folder.join(name))?;
            } else {
                write(&folder.join(name), content.as_bytes())?;
            }
        }
        for (name, members) in tarballs {
            write(&folder.join(name), &tarball(&members)?)?;
        }
        Ok(())
    }

    /// What portcullis has to be told beyond what OPA is: OPA asks nobody who made an archive.
    pub(crate) fn flags(&self) -> &'static [&'static str] {
        let has_archive = self.files.iter().any(|file| file.name.contains(".tar.gz/"));
        if has_archive { &["--insecure-skip-verify"] } else { &[] }
    }

    fn header_line(&mut self, line: &str) -> Result<()> {
        if let Some(command) = line.strip_prefix("$ ") {
            self.commands.push(CommandLine::parse(command)?);
        } else if let Some(allowance) = line.strip_prefix("! ") {
            self.allowances.add(allowance)?;
        } else if !line.is_empty() {
            self.comment.push_str(line);
            self.comment.push('\n');
        }
        Ok(())
    }
}

impl Allowances {
    fn add(&mut self, line: &str) -> Result<()> {
        let (subject, reason) = line.split_once(": ").context("a line with `!` ends in `: REASON`")?;
        if subject == "reference engine" {
            self.reference_engine = Some(reason.to_owned());
        } else if subject == "reference engine, wrong answer" {
            self.wrong_answer = Some(reason.to_owned());
        } else if subject == "unsupported flag" {
            self.unsupported_flag = Some(reason.to_owned());
        } else if subject == "unread environment" {
            self.unread_environment = Some(reason.to_owned());
        } else if subject == "exact stderr" {
            self.exact_stderr = true;
        } else if let Some(parts) = subject.strip_prefix("differs in ") {
            insert_parts(&mut self.differs, parts, reason)?;
        } else if let Some(parts) = subject.strip_prefix("unstable in ") {
            insert_parts(&mut self.unstable, parts, reason)?;
        } else {
            bail!("`{subject}` is no subject of a header line");
        }
        Ok(())
    }
}

fn insert_parts(into: &mut BTreeMap<Part, String>, parts: &str, reason: &str) -> Result<()> {
    for part in parts.split(", ") {
        into.insert(Part::from_name(part)?, reason.to_owned());
    }
    Ok(())
}

fn file_name(line: &str) -> Option<&str> {
    let name = line.trim_end().strip_prefix("-- ")?.strip_suffix(" --")?;
    (!name.is_empty()).then_some(name)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs_err::create_dir_all(parent)?;
    }
    fs_err::write(path, content)?;
    Ok(())
}

fn tarball(members: &[(&str, &str)]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
    for (name, content) in members {
        let mut header = tar::Header::new_gnu();
        // `set_path` refuses absolute names and drops `./`: both are what some fixtures are about.
        let field = header.as_old_mut().name.get_mut(..name.len()).context("a member's name is too long")?;
        field.copy_from_slice(name.as_bytes());
        header.set_size(u64::try_from(content.len())?);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append(&header, content.as_bytes())?;
    }
    Ok(archive.into_inner()?.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARCHIVE: &str = "What it shows,\nin two lines.\n$ test .\n$ OPA_TEST_RUN='a b' test . -f json\n\
        ! differs in stderr, exit code: we warn\n! unstable in error text: it races\n\
        -- a_test.rego --\npackage a\n\n-- sub/x.json --\n{}\n-- empty/ --\n-- b.tar.gz/./y.rego --\npackage y\n";

    #[test]
    fn an_archive_has_a_header_and_files() {
        let fixture = Fixture::parse("3-x/name".to_owned(), ARCHIVE).unwrap();
        assert_eq!(fixture.comment, "What it shows,\nin two lines.\n");
        assert_eq!(fixture.commands.len(), 2);
        assert_eq!(fixture.allowances.differs.keys().collect::<Vec<_>>(), [&Part::ExitCode, &Part::Stderr]);
        assert_eq!(fixture.allowances.unstable[&Part::ErrorText], "it races");
        let files: Vec<_> = fixture.files.iter().map(|file| (&*file.name, &*file.content)).collect();
        assert_eq!(
            files,
            [
                ("a_test.rego", "package a\n\n"),
                ("sub/x.json", "{}\n"),
                ("empty/", ""),
                ("b.tar.gz/./y.rego", "package y\n"),
            ]
        );
    }

    #[test]
    fn an_archive_is_unpacked_with_its_tarballs() {
        let folder = tempfile::tempdir().unwrap();
        Fixture::parse(String::new(), ARCHIVE).unwrap().unpack(folder.path()).unwrap();
        assert_eq!(fs_err::read_to_string(folder.path().join("sub/x.json")).unwrap(), "{}\n");
        assert!(folder.path().join("empty").is_dir());
        let tarball = fs_err::File::open(folder.path().join("b.tar.gz")).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(tarball));
        let members: Vec<_> =
            archive.entries().unwrap().map(|entry| entry.unwrap().path_bytes().to_vec()).collect();
        assert_eq!(members, [b"./y.rego"]);
    }

    #[test]
    fn a_header_that_means_nothing_is_refused() {
        let archive = |header: &str| format!("{header}\n-- a.rego --\npackage a\n");
        for (header, message) in [
            ("$ test .", "the header has to say what the fixture shows"),
            ("Shows.", "there is no command line, such as `$ test .`"),
            ("Shows.\n$ test .\n! differs", "a line with `!` ends in `: REASON`"),
            ("Shows.\n$ test .\n! differs in taste: x", "`taste` is no part of an answer"),
            ("Shows.\n$ test .\n! flaky: x", "`flaky` is no subject of a header line"),
            ("Shows.\n$ test 'a", "a quote is not closed"),
        ] {
            let error = Fixture::parse(String::new(), &archive(header)).unwrap_err();
            assert_eq!(error.to_string(), message, "{header}");
        }
        let error = Fixture::parse(String::new(), "Shows.\n$ test .\n").unwrap_err();
        assert_eq!(error.to_string(), "there is no file, such as `-- a_test.rego --`");
    }

    #[test]
    fn every_claim_is_read_with_its_reason() {
        let archive = "Shows.\n$ test .\n! reference engine: a\n! reference engine, wrong answer: b: c\n\
            ! unsupported flag: d\n! unread environment: e\n! exact stderr: f\n-- a.rego --\npackage a\n";
        let allowances = Fixture::parse(String::new(), archive).unwrap().allowances;
        assert_eq!(allowances.reference_engine.as_deref(), Some("a"));
        assert_eq!(allowances.wrong_answer.as_deref(), Some("b: c"));
        assert_eq!(allowances.unsupported_flag.as_deref(), Some("d"));
        assert_eq!(allowances.unread_environment.as_deref(), Some("e"));
        assert!(allowances.exact_stderr);
    }

    #[test]
    fn every_part_is_found_by_its_name() {
        for (part, name) in Part::ALL {
            assert_eq!(Part::from_name(name).unwrap(), part);
            assert_eq!(part.name(), name);
        }
    }
}
