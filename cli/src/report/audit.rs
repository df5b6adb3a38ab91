//! A review of who can call whom: what it has, what changed since another one, and its formats.

mod csv;
mod html;
mod pretty;

use std::collections::BTreeSet;
use std::io::{self, Write as _};

use portcullis::audit::Call;
use portcullis::audit::flag::Finding;
use serde::{Deserialize, Serialize};

use crate::exit::Exit;
use crate::io::Io;

/// How to write a review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Pretty,
    /// Everything, and what --baseline takes
    Json,
    /// The calls that are allowed, or that nothing is decided on
    Csv,
    /// One page for browsers, which needs nothing else
    Html,
}

/// A review.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Review {
    /// The version of this form.
    pub(crate) version: u32,
    /// When, in RFC 3339.
    pub(crate) time: String,
    /// The path of the decision.
    pub(crate) decision: String,
    /// The policies and data, as they were named.
    pub(crate) policies: Vec<String>,
    /// Who was asked about.
    pub(crate) size: Size,
    /// What was decided.
    pub(crate) decided: Decided,
    /// How many decisions on calls the logs have; none without a log.
    pub(crate) logged: Option<u64>,
    /// What to look at.
    pub(crate) flags: Vec<Flagged>,
    /// The calls that are allowed.
    pub(crate) allowed: Vec<Access>,
    /// The calls that nothing is decided on.
    pub(crate) undecided: Vec<Access>,
    /// What changed since the earlier review, if there is one.
    pub(crate) changes: Option<Changes>,
}

/// How many there are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Size {
    pub(crate) callers: usize,
    pub(crate) callees: usize,
    pub(crate) actions: usize,
}

/// How many calls were decided how.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Decided {
    pub(crate) allowed: usize,
    pub(crate) denied: usize,
    pub(crate) undecided: usize,
}

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Flagged {
    pub(crate) flag: String,
    pub(crate) severity: String,
    pub(crate) subject: String,
    pub(crate) message: String,
}

/// A call, and the grants that name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) caller: String,
    pub(crate) callee: String,
    pub(crate) action: String,
    pub(crate) grants: Vec<String>,
}

/// What changed since an earlier review.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Changes {
    /// When that was.
    pub(crate) since: String,
    /// Calls that are allowed now, and weren't.
    pub(crate) newly_allowed: Vec<Access>,
    /// Calls that were allowed, and aren't now.
    pub(crate) no_longer_allowed: Vec<Access>,
    /// Flags that there were none of.
    pub(crate) new_flags: Vec<Flagged>,
    /// Flags that are gone.
    pub(crate) settled_flags: Vec<Flagged>,
}

impl Flagged {
    pub(crate) fn of(finding: Finding) -> Self {
        Self {
            flag: finding.flag.as_str().to_owned(),
            severity: finding.flag.severity().as_str().to_owned(),
            subject: finding.subject,
            message: finding.message,
        }
    }
}

impl Review {
    /// The calls that are allowed.
    pub(crate) fn calls(&self) -> BTreeSet<Call> {
        let call = |access: &Access| {
            let [from, to, action] =
                [&access.caller, &access.callee, &access.action].map(|text| text.as_str().into());
            Call { caller: from, callee: to, action }
        };
        self.allowed.iter().map(call).collect()
    }

    /// What changed since an earlier one.
    pub(crate) fn since(&self, before: &Self) -> Changes {
        let (is, was) = (self.calls(), before.calls());
        let only = |list: &[Access], other: &BTreeSet<Call>| {
            let is_new = |access: &&Access| {
                let [from, to, action] =
                    [&access.caller, &access.callee, &access.action].map(|text| text.as_str().into());
                !other.contains(&Call { caller: from, callee: to, action })
            };
            list.iter().filter(is_new).cloned().collect()
        };
        // That something changed is no flag of what is.
        let flags = |review: &Self| -> BTreeSet<Flagged> {
            review.flags.iter().filter(|flagged| flagged.flag != "new-access").cloned().collect()
        };
        let (flags_now, flags_then) = (flags(self), flags(before));
        Changes {
            since: before.time.clone(),
            newly_allowed: only(&self.allowed, &was),
            no_longer_allowed: only(&before.allowed, &is),
            new_flags: flags_now.difference(&flags_then).cloned().collect(),
            settled_flags: flags_then.difference(&flags_now).cloned().collect(),
        }
    }
}

/// Writes a review to stdout.
pub(crate) fn write(review: &Review, format: Format, io: &mut Io) -> Exit {
    let mut text = Vec::new();
    let made = match format {
        Format::Pretty => pretty::write(review, &mut *io.out),
        Format::Json => serde_json::to_writer_pretty(&mut text, review)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(text)),
        Format::Csv => csv::write(review, &mut text),
        Format::Html => html::write(review, &mut text),
    };
    match made {
        Err(error) if io.failed_to_write(&error) == Exit::Success => Exit::Success,
        Err(_) => Exit::Two,
        Ok(()) if text.is_empty() => Exit::Success,
        Ok(()) => io.write(&text, Exit::Two),
    }
}

/// The version of the form.
pub(crate) const VERSION: u32 = 1;
