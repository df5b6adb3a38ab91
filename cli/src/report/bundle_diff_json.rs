//! How two bundles differ, as one document.

use portcullis::bundle::{Change, FileSummary};
use portcullis::value::{Difference, Value};

use super::bundle_diff::{Bundles, places, word};
use super::json_document::Json;

/// The document. Values are strings of shortened JSON, so that their size is bounded too.
pub(crate) fn write(bundles: &Bundles<'_>) -> String {
    let found = bundles.difference;
    let files = found.files.iter().map(|file| {
        let mut fields = vec![("path", Json::Text(&file.path)), ("change", Json::Text(word(file.change())))];
        fields.extend(file.before.as_ref().map(|before| ("before", summary(before))));
        fields.extend(file.after.as_ref().map(|after| ("after", summary(after))));
        Json::Object(fields)
    });
    let manifest = found.manifest.iter().map(|field| place(field, bundles.values.of_manifest(field)));
    let packages = found.packages.iter().map(|one| {
        Json::Object(vec![("package", Json::Text(&one.package)), ("change", Json::Text(word(one.change)))])
    });
    let rules = found.rules.iter().map(|rule| {
        Json::Object(vec![
            ("package", Json::Text(&rule.package)),
            ("rule", Json::Text(&rule.name)),
            ("change", Json::Text(word(rule.change))),
            ("before", texts(places(&rule.before))),
            ("after", texts(places(&rule.after))),
        ])
    });
    let data = found.data.iter().map(|difference| place(difference, bundles.values.of_data(difference)));
    let flag = |flag| Json::Owned(Value::Bool(flag));
    let document = Json::Object(vec![
        ("version", Json::Number(VERSION)),
        ("before", Json::Text(bundles.before)),
        ("after", Json::Text(bundles.after)),
        ("same", flag(found.is_nothing())),
        ("files", Json::Array(files.collect())),
        ("manifest", Json::Array(manifest.collect())),
        ("packages", Json::Array(packages.collect())),
        ("rules", Json::Array(rules.collect())),
        ("data", Json::Array(data.collect())),
        ("more_data", flag(found.more_data)),
    ]);
    document.pretty() + "\n"
}

fn summary(file: &FileSummary) -> Json<'_> {
    Json::Object(vec![("bytes", Json::Number(file.bytes)), ("sha256", Json::Text(&file.sha256))])
}

fn place(difference: &Difference, [before, after]: [Option<String>; 2]) -> Json<'_> {
    let path = difference.path.iter().map(Json::Value).collect();
    let change = word(Change::of_value(difference));
    let mut fields = vec![("path", Json::Array(path)), ("change", Json::Text(change))];
    fields.extend(before.map(|text| ("before", Json::Owned(Value::from(text)))));
    fields.extend(after.map(|text| ("after", Json::Owned(Value::from(text)))));
    Json::Object(fields)
}

fn texts(list: Vec<String>) -> Json<'static> {
    Json::Array(list.into_iter().map(|text| Json::Owned(Value::from(text))).collect())
}

/// The version of the document's form.
const VERSION: usize = 1;
