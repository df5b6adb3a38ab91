//! Findings as JSON: the document of `opa check`, with a list of warnings and help lines.

use super::json_document::Json;
use super::placed::Finding;

/// The document and a newline; nothing if there are no findings, as OPA writes nothing then.
pub(crate) fn document(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let list = |errors: bool| findings.iter().filter(|one| one.is_error() == errors).map(entry).collect();
    let fields = [("errors", list(true)), ("warnings", list(false))];
    let fields = fields.into_iter().filter(|(_, list): &(_, Vec<_>)| !list.is_empty());
    Json::Object(fields.map(|(name, list)| (name, Json::Array(list))).collect()).pretty() + "\n"
}

fn entry(finding: &Finding) -> Json<'_> {
    let mut fields = vec![("message", Json::Text(&finding.message)), ("code", Json::Text(finding.code))];
    fields.extend(finding.help.as_ref().map(|help| ("help", Json::Text(help))));
    fields.extend(finding.place.as_ref().map(|place| {
        let at = vec![
            ("file", Json::Text(&place.file)),
            ("row", Json::Number(place.start.row)),
            ("col", Json::Number(place.start.col)),
        ];
        ("location", Json::Object(at))
    }));
    Json::Object(fields)
}
