//! Decision logs of OPA, plain or packed: which calls were allowed, how often and when, read line by line.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;
use fs_err::File;
use portcullis::audit::flag::Use;
use portcullis::audit::{Call, Verdict};
use portcullis::document;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::clock;
use crate::load::io_reason;
use crate::policy_set::Failure;
use crate::refusal::Refusal;

/// What logs say.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// The calls that were allowed.
    pub(super) uses: BTreeMap<Call, Use>,
    /// How many decisions on calls there are, denied ones included.
    pub(super) decisions: u64,
}

impl Log {
    /// Takes in a file: JSON lines, or one JSON array, packed by gzip or not.
    ///
    /// # Errors
    /// When it can't be read, or a line is no JSON object.
    pub(super) fn add(&mut self, path: &Path, decision: &[Arc<str>]) -> Result<(), Failure> {
        let unusable = |reason: String| {
            let message = format!("the decision log `{}` can't be used: {reason}", path.display());
            let help = "it has a JSON object a line, as OPA's console writes them, or is an array of them; also packed by gzip";
            Failure::of_refusal(Refusal::new(message).with_help(help))
        };
        let failed = |error: io::Error| unusable(io_reason(&error));
        let mut plain = BufReader::new(File::open(path).map_err(failed)?);
        let is_packed = plain.fill_buf().map_err(failed)?.starts_with(&[0x1f, 0x8b]);
        let mut lines: Box<dyn BufRead> =
            if is_packed { Box::new(BufReader::new(MultiGzDecoder::new(plain))) } else { Box::new(plain) };
        let mut row = 0_u64;
        loop {
            let mut line = Vec::new();
            let read = lines.by_ref().take(MOST_BYTES).read_until(b'\n', &mut line).map_err(failed)?;
            if read == 0 {
                return Ok(());
            }
            row = row.saturating_add(1);
            let line = String::from_utf8_lossy(&line);
            if line.trim().is_empty() {
                continue;
            }
            let document = document::json_value(SourceId::default(), line.trim()).map_err(|_| {
                unusable(format!("line {row} is no JSON, or has more than {MOST_BYTES} bytes"))
            })?;
            match &document {
                Value::Object(_) => self.entry(&document, decision),
                Value::Array(array) => array.iter().for_each(|entry| self.entry(entry, decision)),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Set(_) => {
                    return Err(unusable(format!("line {row} is no JSON object")));
                }
            }
            if self.uses.len() > MOST_CALLS {
                return Err(unusable(format!("the logs have more than {MOST_CALLS} different calls")));
            }
        }
    }

    /// Takes in a line, if it is about the decision and has its input.
    fn entry(&mut self, document: &Value, decision: &[Arc<str>]) {
        let text = |path: &[&str]| document.lookup(path).and_then(Value::as_str);
        let steps: Vec<&str> =
            text(&["path"]).unwrap_or_default().split(['/', '.']).filter(|step| !step.is_empty()).collect();
        let is_own = steps.iter().zip(decision).all(|(step, own)| *step == &**own);
        let field = |name: &str| text(&["input", name]);
        let (Some(from), Some(to), Some(action)) =
            (field("caller_spiffe_id"), field("callee_spiffe_id"), field("action"))
        else {
            return;
        };
        let verdict = document.lookup(&["result"]).and_then(|result| Verdict::of(result).ok());
        let Some(verdict) = verdict.filter(|_| is_own && !steps.is_empty()) else { return };
        self.decisions = self.decisions.saturating_add(1);
        if !verdict.allowed {
            return;
        }
        let call = Call { caller: from.into(), callee: to.into(), action: action.into() };
        let time = text(&["timestamp"]).and_then(clock::seconds_of);
        let used = self.uses.entry(call).or_insert(Use { count: 0, last: None });
        used.count = used.count.saturating_add(1);
        used.last = used.last.max(time);
    }
}

/// A longer line is none.
const MOST_BYTES: u64 = 64 << 20;
/// More calls than anybody grants.
const MOST_CALLS: usize = 2_000_000;
