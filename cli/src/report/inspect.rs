//! What is in policies, in the formats of `opa inspect`.

mod paragraph;
mod pretty;

use std::collections::BTreeMap;

use portcullis::builtins::{self, Signature};
use portcullis::bundle::{FileSummary, Manifest, Overview, SignaturesFile, UnverifiedSignature, WasmFile};
use portcullis::compile::Required;
use portcullis::frontend::Annotated;
use portcullis::policy::Location;
use portcullis::value::Value;

use super::ast::ordered;
use super::dependencies::terms;
use super::json_document::Json;

pub(crate) use self::pretty::pretty;

/// What is in policies.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    /// The files that say something about a package or about data, by its path.
    pub(crate) namespaces: BTreeMap<String, Vec<String>>,
    /// The annotations, if they are wanted.
    pub(crate) annotations: Option<Vec<Entry>>,
    /// What the policies need of who runs them.
    pub(crate) required: Required,
    /// What there is beside policies, if they are in a bundle.
    pub(crate) bundle: Option<Bundle>,
}

/// What there is in a bundle beside policies.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) manifest: Manifest,
    pub(crate) wasm: Vec<WasmFile>,
    /// Empty without a file of signatures.
    pub(crate) signatures: SignaturesFile,
    /// The operations of a delta bundle.
    pub(crate) delta: Option<BTreeMap<String, usize>>,
    pub(crate) files: Vec<FileSummary>,
}

/// One annotation.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) about: About,
    /// The annotations as the tree of the module shows them.
    pub(crate) tree: Value,
    /// Where the package or the rule stands.
    pub(crate) location: Location,
}

/// What an annotation is about.
#[derive(Debug)]
pub(crate) enum About {
    /// A package or a rule of a module.
    Module(Box<Annotated>),
    /// A decision of a policy in WebAssembly, by its path below `data`.
    Wasm(Vec<String>),
}

impl Bundle {
    /// All of a bundle but its modules and data.
    pub(crate) fn of(overview: Overview) -> Self {
        let Overview { manifest, wasm, signatures, delta, files, .. } = overview;
        Self { manifest, wasm, signatures: signatures.unwrap_or_default(), delta, files }
    }
}

impl About {
    /// The path as the terms of its reference.
    fn path(&self) -> Vec<Value> {
        let term = |kind: &str, value: &str| {
            let fields = [("type", kind), ("value", value)];
            Value::Object(
                fields.map(|(key, value)| (Value::from(key), Value::from(value))).into_iter().collect(),
            )
        };
        match self {
            Self::Module(annotated) => terms(&annotated.path),
            Self::Wasm(path) => {
                let steps = path.iter().map(|step| term("string", step));
                std::iter::once(term("var", "data")).chain(steps).collect()
            }
        }
    }
}

/// One document: that of OPA, and what there is more in a field of its own.
pub(crate) fn json(contents: &Contents) -> String {
    let paths: Vec<Vec<Value>> =
        contents.annotations.iter().flatten().map(|entry| entry.about.path()).collect();
    let mut fields = Vec::new();
    let manifest = contents.bundle.as_ref().map(|bundle| bundle.manifest.to_value());
    fields.extend(manifest.as_ref().map(|manifest| ("manifest", manifest_json(manifest))));
    let signatures = contents.bundle.as_ref().map(|bundle| &bundle.signatures);
    fields.push(("signatures_config", signatures_json(signatures)));
    let wasm = contents.bundle.as_ref().map(|bundle| bundle.wasm.as_slice()).unwrap_or_default();
    if !wasm.is_empty() {
        fields.push(("wasm_modules", Json::Array(wasm.iter().map(wasm_json).collect())));
    }
    if !contents.namespaces.is_empty() {
        let namespaces = contents.namespaces.iter().map(|(path, list)| (path.as_str(), texts(list)));
        fields.push(("namespaces", Json::Object(namespaces.collect())));
    }
    let annotations: Vec<Json<'_>> = contents
        .annotations
        .iter()
        .flatten()
        .zip(&paths)
        .map(|(entry, path)| {
            let place = vec![
                ("file", Json::Text(&entry.location.file)),
                ("row", Json::Number(entry.location.row)),
                ("col", Json::Number(entry.location.col)),
            ];
            Json::Object(vec![
                ("annotations", ordered(&entry.tree)),
                ("location", Json::Object(place)),
                ("path", Json::Array(path.iter().map(ordered).collect())),
            ])
        })
        .collect();
    if !annotations.is_empty() {
        fields.push(("annotations", Json::Array(annotations)));
    }
    fields.push(("capabilities", required_json(&contents.required)));
    fields.extend(contents.bundle.as_ref().map(|bundle| ("portcullis", more_json(bundle))));
    Json::Object(fields).pretty() + "\n"
}

fn manifest_json(manifest: &Value) -> Json<'_> {
    let field = |name: &'static str| {
        let value = manifest.lookup(&[name])?;
        let resolvers = value.as_array().filter(|_| name == "wasm");
        Some((
            name,
            resolvers.map_or(Json::Value(value), |list| Json::Array(list.iter().map(resolver).collect())),
        ))
    };
    Json::Object(MANIFEST.into_iter().filter_map(field).collect())
}

fn resolver(resolver: &Value) -> Json<'_> {
    let field = |name: &'static str| Some((name, ordered(resolver.lookup(&[name])?)));
    Json::Object(["entrypoint", "module", "annotations"].into_iter().filter_map(field).collect())
}

fn signatures_json(file: Option<&SignaturesFile>) -> Json<'_> {
    let mut fields = Vec::new();
    if let Some(SignaturesFile { tokens, plugin }) = file {
        if !tokens.is_empty() {
            fields.push(("signatures", texts(tokens)));
        }
        if !plugin.is_empty() {
            fields.push(("plugin", Json::Text(plugin)));
        }
    }
    Json::Object(fields)
}

fn wasm_json(file: &WasmFile) -> Json<'_> {
    let entrypoints = if file.entrypoints.is_empty() { Json::Null } else { texts(&file.entrypoints) };
    Json::Object(vec![
        ("entrypoints", entrypoints),
        ("path", Json::Text(&file.name)),
        ("url", Json::Text(&file.name)),
    ])
}

fn required_json(required: &Required) -> Json<'_> {
    let Required { builtins, future_keywords, features } = required;
    let names = |names: &mut dyn Iterator<Item = &'static str>| Json::Array(names.map(Json::Text).collect());
    let mut fields = Vec::new();
    if !builtins.is_empty() {
        let known = builtins.iter().filter_map(|name| builtins::lookup(name));
        fields.push(("builtins", Json::Array(known.map(builtin_json).collect())));
    }
    if !future_keywords.is_empty() {
        fields.push(("future_keywords", names(&mut future_keywords.iter().copied())));
    }
    if !features.is_empty() {
        fields.push(("features", names(&mut features.iter().copied())));
    }
    Json::Object(fields)
}

fn builtin_json(signature: &Signature) -> Json<'_> {
    let mut fields =
        vec![("name", Json::Text(signature.name)), ("decl", Json::Owned(signature.declaration()))];
    fields.extend(signature.infix.map(|infix| ("infix", Json::Text(infix))));
    let flags = [
        ("relation", signature.relation),
        ("deprecated", signature.deprecated),
        ("nondeterministic", signature.nondeterministic),
    ];
    let set = flags.into_iter().filter(|(_, is_set)| *is_set);
    fields.extend(set.map(|(name, _)| (name, Json::Owned(Value::Bool(true)))));
    Json::Object(fields)
}

/// What OPA doesn't tell: the files, whether they are a delta bundle, and what signatures claim.
fn more_json(bundle: &Bundle) -> Json<'_> {
    let mut fields = vec![("version", Json::Number(VERSION))];
    fields.push(("kind", Json::Text(if bundle.delta.is_some() { "delta" } else { "snapshot" })));
    if let Some(delta) = &bundle.delta {
        let counts = delta.iter().map(|(name, count)| (name.as_str(), Json::Number(*count)));
        fields.push(("operations", Json::Object(counts.collect())));
    }
    if !bundle.signatures.tokens.is_empty() {
        let signatures = bundle.signatures.tokens.iter().map(|token| signature_json(token));
        fields.push(("signatures", Json::Array(signatures.collect())));
    }
    let file = |file: &'_ FileSummary| -> Json<'static> {
        let path = file.path.as_str();
        Json::Object(vec![
            ("path", Json::Owned(Value::from(path))),
            ("bytes", Json::Number(file.bytes)),
            ("sha256", Json::Owned(Value::from(file.sha256.as_str()))),
        ])
    };
    fields.push(("files", Json::Array(bundle.files.iter().map(file).collect())));
    Json::Object(fields)
}

fn signature_json(token: &str) -> Json<'static> {
    let mut fields = vec![("verified", Json::Owned(Value::Bool(false)))];
    match UnverifiedSignature::read(token) {
        Ok(UnverifiedSignature { algorithm, key_id, claims, files }) => {
            fields.push(("algorithm", Json::Owned(Value::from(algorithm))));
            fields.extend(key_id.map(|id| ("key_id", Json::Owned(Value::from(id)))));
            fields.push(("claims", Json::Owned(Value::Object(claims.as_object().clone()))));
            let files = files.into_iter().map(|name| Json::Owned(Value::from(name)));
            fields.push(("files", Json::Array(files.collect())));
        }
        Err(reason) => fields.push(("error", Json::Owned(Value::from(reason)))),
    }
    Json::Object(fields)
}

fn texts(list: &[String]) -> Json<'_> {
    Json::Array(list.iter().map(|text| Json::Text(text)).collect())
}

/// The version of the form of what is ours.
const VERSION: usize = 1;

/// The fields of a manifest in the order in which OPA writes them.
const MANIFEST: [&str; 6] = ["revision", "roots", "wasm", "rego_version", "file_rego_versions", "metadata"];
