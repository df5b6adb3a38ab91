//! What `validate` found, as annotations of GitHub Actions.

use super::github;
use super::validate::Told;

/// A command for each finding and for each thing that could not be checked, one a line.
pub(super) fn commands(told: &Told) -> String {
    let mut places = told.places();
    let mut text = github::commands(&told.problems());
    for (check, finding) in told.findings() {
        let place = places.of(finding.span.unwrap_or(check.document.span));
        let line = github::command(finding.severity, &finding.rule, place.as_ref(), &finding.whole_message());
        text.push_str(&line);
    }
    text
}
