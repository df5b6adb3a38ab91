//! The files of a bundle, and what their names mean.

/// A file of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The path in the bundle as it is written there: `/` separates, and may come first.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// What a file means in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A policy.
    Module,
    /// Data in JSON, for the place of the file's directory.
    JsonData,
    /// Data in YAML, likewise.
    YamlData,
    /// What the bundle says of itself.
    Manifest,
    /// The same in a form that OPA does not document.
    ProtobufManifest,
    /// The changes of a delta bundle.
    Patch,
    /// A policy in WebAssembly.
    Wasm,
    /// Who vouches for the files.
    Signatures,
}

impl Role {
    /// The meaning of the file at `path`; most names mean nothing. The names are OPA's.
    pub fn of(path: &str) -> Option<Self> {
        match path.rsplit('/').next().unwrap_or(path) {
            "data.json" => Some(Self::JsonData),
            "data.yaml" | "data.yml" => Some(Self::YamlData),
            "patch.json" => Some(Self::Patch),
            "policy.wasm" => Some(Self::Wasm),
            ".signatures.json" => Some(Self::Signatures),
            name if name.ends_with(".manifest.pb") => Some(Self::ProtobufManifest),
            name if name.ends_with(".manifest") => Some(Self::Manifest),
            name => name.strip_suffix(".rego").map(|_| Self::Module),
        }
    }
}
