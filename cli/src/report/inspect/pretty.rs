//! What is in policies as tables and paragraphs: first those of `opa inspect`, then ours.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use portcullis::bundle::{FileSummary, Manifest, UnverifiedSignature};
use portcullis::compile::Required;
use portcullis::value::JsonStyle;

use super::paragraph::{self, shortened};
use super::{Bundle, Contents};
use crate::report::diagnostics::{Printable, one_line};
use crate::report::table;

/// A table each of the manifest and the namespaces, a paragraph for each annotation; then tables of what is required and of what
/// else is in the bundle. Control characters are shown, not obeyed.
pub(crate) fn pretty(contents: &Contents) -> String {
    let mut text = String::new();
    if let Some(bundle) = &contents.bundle {
        section("MANIFEST", FIELDS, manifest(&bundle.manifest), &mut text);
    }
    section("NAMESPACES", ["NAMESPACE", "FILE"], namespaces(&contents.namespaces), &mut text);
    let annotations = contents.annotations.as_deref().unwrap_or_default();
    if !annotations.is_empty() {
        text.push_str("ANNOTATIONS:\n");
        for entry in annotations {
            paragraph::write(entry, &mut text);
        }
    }
    section("REQUIRED CAPABILITIES", ["KIND", "NAME"], required(&contents.required), &mut text);
    if let Some(bundle) = &contents.bundle {
        more(bundle, &mut text);
    }
    Printable(&text).to_string()
}

fn more(bundle: &Bundle, text: &mut String) {
    if let Some(delta) = &bundle.delta {
        let rows = delta.iter().map(|(name, count)| vec![name.clone(), count.to_string()]);
        section("DELTA BUNDLE", ["OPERATION", "COUNT"], rows.collect(), text);
    }
    for token in &bundle.signatures.tokens {
        section("SIGNATURE, NOT VERIFIED", FIELDS, signature(token), text);
    }
    let file = |file: &FileSummary| {
        let path = one_line(&file.path);
        vec![path, file.bytes.to_string(), file.sha256.clone()]
    };
    section("FILES", ["FILE", "BYTES", "SHA-256"], bundle.files.iter().map(file).collect(), text);
}

/// A table with its name above it; nothing without rows.
fn section<const N: usize>(name: &str, headings: [&str; N], rows: Vec<Vec<String>>, text: &mut String) {
    if rows.is_empty() {
        return;
    }
    // Writing to a string can't fail.
    _ = writeln!(text, "{name}:\n{}", table::render(&headings.map(str::to_owned), rows));
}

fn manifest(manifest: &Manifest) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if let Some(version) = manifest.rego_version {
        rows.push(row("Rego Version", version.to_string()));
    }
    if !manifest.revision.is_empty() {
        rows.push(row("Revision", cut(&one_line(&manifest.revision), FIELD_WIDTH)));
    }
    let mut roots: Vec<&str> = manifest.roots.iter().map(String::as_str).collect();
    roots.sort_unstable();
    if roots != [""] {
        rows.extend(named("Roots", roots.into_iter().map(|root| file_name(&one_line(root)))));
    }
    let metadata =
        manifest.metadata.as_ref().filter(|value| value.as_object().is_some_and(|all| !all.is_empty()));
    if let Some(metadata) = metadata {
        rows.push(row("Metadata", cut(&metadata.to_json_with(JsonStyle::Compact), FIELD_WIDTH)));
    }
    rows
}

fn namespaces(namespaces: &BTreeMap<String, Vec<String>>) -> Vec<Vec<String>> {
    let of_one = |(path, files): (&String, &Vec<String>)| {
        named(&one_line(path), files.iter().map(|file| file_name(&one_line(file))))
    };
    namespaces.iter().flat_map(of_one).collect()
}

fn required(required: &Required) -> Vec<Vec<String>> {
    let Required { builtins, future_keywords, features } = required;
    let owned = |name: &&str| (*name).to_owned();
    let mut rows = named("Built-in", builtins.iter().cloned());
    rows.extend(named("Keyword", future_keywords.iter().map(owned)));
    rows.extend(named("Feature", features.iter().map(owned)));
    rows
}

fn signature(token: &str) -> Vec<Vec<String>> {
    let signature = match UnverifiedSignature::read(token) {
        Ok(signature) => signature,
        Err(reason) => return vec![row("No signature", cut(&one_line(&reason), VALUE_WIDTH))],
    };
    let mut rows = vec![row("Algorithm", cut(&one_line(&signature.algorithm), VALUE_WIDTH))];
    rows.extend(signature.key_id.map(|id| row("Key", cut(&one_line(&id), VALUE_WIDTH))));
    for (name, value) in signature.claims.as_object() {
        let name = name.as_str().unwrap_or_default();
        if name == "keyid" {
            continue;
        }
        let value = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
        rows.push(row(
            &cut(&format!("Claim {}", one_line(name)), FIELD_WIDTH),
            cut(&one_line(&value), VALUE_WIDTH),
        ));
    }
    rows.push(row("Files", signature.files.len().to_string()));
    rows
}

fn row(name: &str, value: String) -> Vec<String> {
    vec![name.to_owned(), value]
}

/// Rows of one name, which stands at the first of them only.
fn named(name: &str, values: impl Iterator<Item = String>) -> Vec<Vec<String>> {
    let names = std::iter::once(name.to_owned()).chain(std::iter::repeat(String::new()));
    names.zip(values).map(|(name, value)| vec![name, value]).collect()
}

/// The name of a file as OPA makes it fit: dots stand for as much of its folders as is needed.
fn file_name(name: &str) -> String {
    if name.len() < FIELD_WIDTH {
        return name.to_owned();
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.strip_prefix('/').unwrap_or(folder);
    let inner = match folder.split_once('/') {
        Some((first, inner)) if !first.is_empty() => inner,
        _ => folder,
    };
    let spare = (FIELD_WIDTH + inner.len()).saturating_sub(name.len() + DOTS.len());
    let length = inner.len().saturating_sub(spare);
    let end = (0..=length).rev().find(|end| inner.is_char_boundary(*end)).unwrap_or_default();
    match inner.get(..end) {
        Some(left_out) if left_out.len() > DOTS.len() => name.replacen(left_out, DOTS, 1),
        _ => name.to_owned(),
    }
}

fn cut(text: &str, width: usize) -> String {
    shortened(text, width)
}

const FIELDS: [&str; 2] = ["FIELD", "VALUE"];
const DOTS: &str = "...";
/// In bytes, as OPA counts.
const FIELD_WIDTH: usize = 50;
/// The same for what OPA has no table of.
const VALUE_WIDTH: usize = 80;

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn long_names_of_files_are_shortened_in_the_middle() {
        let cases = [
            ("short", "short"),
            (
                "a/this-is-a-directory-with-a-long-name/and-another-one-in-it/yes",
                "a/...ry-with-a-long-name/and-another-one-in-it/yes",
            ),
            (
                "m/long/this-is-a-directory-with-a-long-name/data.json",
                "m/...his-is-a-directory-with-a-long-name/data.json",
            ),
            (
                "a-name-without-any-folder-that-is-longer-than-fifty.rego",
                "a-name-without-any-folder-that-is-longer-than-fifty.rego",
            ),
        ];
        for (name, expected) in cases {
            assert_eq!(file_name(name), expected);
        }
    }
}
