//! The form of JUnit XML, in the dialect that CI systems read: Jenkins, GitLab, GitHub's and others' viewers.
//!
//! There is no standard. What is written is described by `cli/tests/junit/junit.xsd`.

use quick_xml::SeError;
use quick_xml::se::Serializer;
use serde::Serialize;

/// All suites of a run.
#[derive(Debug, Serialize)]
#[serde(rename = "testsuites")]
pub(super) struct SuitesXml {
    #[serde(rename = "@name")]
    pub(super) name: &'static str,
    #[serde(rename = "@tests")]
    pub(super) tests: usize,
    #[serde(rename = "@failures")]
    pub(super) failures: usize,
    #[serde(rename = "@errors")]
    pub(super) errors: usize,
    #[serde(rename = "@time")]
    pub(super) time: String,
    #[serde(rename = "testsuite")]
    pub(super) suites: Vec<SuiteXml>,
}

impl SuitesXml {
    /// The document as a text, with a line end.
    ///
    /// # Errors
    /// What can't be written as XML.
    pub(super) fn text(&self) -> Result<String, SeError> {
        let mut text = String::new();
        let mut serializer = Serializer::new(&mut text);
        serializer.indent(' ', 2);
        self.serialize(serializer)?;
        Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}\n"))
    }
}

/// Tests that belong together: of a package, of a table suite, or the mutants of a rule.
#[derive(Debug, Serialize)]
pub(super) struct SuiteXml {
    #[serde(rename = "@name")]
    pub(super) name: String,
    #[serde(rename = "@tests")]
    pub(super) tests: usize,
    #[serde(rename = "@failures")]
    pub(super) failures: usize,
    #[serde(rename = "@errors")]
    pub(super) errors: usize,
    #[serde(rename = "@skipped")]
    pub(super) skipped: usize,
    #[serde(rename = "@time")]
    pub(super) time: String,
    #[serde(rename = "testcase")]
    pub(super) cases: Vec<CaseXml>,
}

/// A test, or what counts as one.
#[derive(Debug, Serialize)]
pub(super) struct CaseXml {
    #[serde(rename = "@name")]
    pub(super) name: String,
    #[serde(rename = "@classname")]
    pub(super) classname: String,
    #[serde(rename = "@file")]
    pub(super) file: String,
    #[serde(rename = "@line")]
    pub(super) line: usize,
    #[serde(rename = "@time")]
    pub(super) time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<ProblemXml>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ProblemXml>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) skipped: Option<SkippedXml>,
    #[serde(rename = "system-out", skip_serializing_if = "Option::is_none")]
    pub(super) output: Option<String>,
}

/// A `failure` or an `error`.
#[derive(Debug, Serialize)]
pub(super) struct ProblemXml {
    #[serde(rename = "@message")]
    pub(super) message: String,
    #[serde(rename = "@type")]
    pub(super) kind: &'static str,
    #[serde(rename = "$text")]
    pub(super) text: String,
}

/// Why something was not run.
#[derive(Debug, Serialize)]
pub(super) struct SkippedXml {
    #[serde(rename = "@message", skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}
