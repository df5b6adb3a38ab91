//! The lines of modules that were changed since a revision, as git tells.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::process::Stdio;

use portcullis::source::{LineIndex, SourceId, Sources, Span};

use crate::git;
use crate::policy_set::Failure;

/// Lines of modules.
#[derive(Debug, Default)]
pub(super) struct Lines {
    by_source: BTreeMap<SourceId, (LineIndex, Vec<Range<usize>>)>,
}

impl Lines {
    /// The lines that are other ones than in a revision; all of a file that it has not.
    ///
    /// # Errors
    /// A revision that git doesn't know, and modules that are in no repository.
    pub(super) fn since(revision: &str, sources: &Sources) -> Result<Self, Failure> {
        let mut lines = Self::default();
        for (id, source) in sources.iter() {
            let path = Path::new(&**source.name());
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            let Some(name) = path.file_name() else { continue };
            // A revision can't be taken for an option or a file.
            let verified = format!("{revision}^{{commit}}");
            let commit = said(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &verified])
                .map_err(|_| {
                Failure::of_message(&format!("--changed: git knows no revision `{revision}`"))
            })?;
            let name = name.to_string_lossy();
            let spec = ["--literal-pathspecs", "ls-files", "--error-unmatch", "--", &name];
            let is_known = said(folder, &spec).is_ok();
            let ranges = if is_known {
                let diff = [
                    "--literal-pathspecs",
                    "diff",
                    "--no-ext-diff",
                    "--no-color",
                    "--unified=0",
                    commit.trim(),
                    "--",
                    &name,
                ];
                let text = said(folder, &diff).map_err(|error| Failure::of_message(&error))?;
                text.lines().filter_map(hunk).collect()
            } else {
                std::iter::once(1..usize::MAX).collect()
            };
            lines.by_source.insert(id, (LineIndex::new(source.text()), ranges));
        }
        Ok(lines)
    }

    /// Whether any line of a span was changed.
    pub(super) fn hold(&self, span: Span) -> bool {
        let Some((index, ranges)) = self.by_source.get(&span.source) else { return false };
        let first = index.position(span.start).row;
        let last = index.position(span.end.saturating_sub(1).max(span.start)).row;
        ranges.iter().any(|range| range.start <= last && first < range.end)
    }
}

/// The new lines of a hunk's header, `@@ -1,2 +3,4 @@`; where lines were only taken away, the line after them.
fn hunk(line: &str) -> Option<Range<usize>> {
    let new = line.strip_prefix("@@ ")?.split(' ').find_map(|part| part.strip_prefix('+'))?;
    let (start, count) = new.split_once(',').unwrap_or((new, "1"));
    let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
    Some(if count == 0 { start + 1..start + 2 } else { start..start + count })
}

fn said(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = git::command(folder, arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("--changed asks git, which can't be run: {}", git::absent(&error)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!("--changed: git failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}

#[cfg(test)]
mod tests {
    use super::hunk;

    #[test]
    fn headers_of_hunks_name_the_new_lines() {
        for (header, range) in [
            ("@@ -1 +1 @@ allow if {", Some(1..2)),
            ("@@ -3,2 +4,3 @@", Some(4..7)),
            ("@@ -3,2 +2,0 @@", Some(3..4)),
            ("+allow if true", None),
        ] {
            assert_eq!(hunk(header), range, "{header}");
        }
    }
}
