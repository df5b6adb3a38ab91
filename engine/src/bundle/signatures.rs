//! `.signatures.json`: the file of a bundle that holds its signature.

use crate::document::{Node, NodeKind};
use crate::source::SourceId;
use crate::value::json_string;

/// Where the signature of a bundle is kept.
pub const SIGNATURES_FILE: &str = ".signatures.json";

/// Whether the file at `path` holds signatures: OPA takes one of that very name, in any directory.
pub fn is_signatures_file(path: &str) -> bool {
    path.rsplit('/').next() == Some(SIGNATURES_FILE)
}

/// What is wrong with the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignaturesError {
    /// It is no JSON, or has other fields; the words before the reason are OPA's.
    #[error("bundle load failed on signatures decode: {reason}")]
    Malformed {
        /// What about it.
        reason: String,
    },
    /// There is no token; the words are OPA's.
    #[error("{SIGNATURES_FILE}: missing JWT (expected exactly one)")]
    NoToken,
    /// There are several tokens, and no rule says which counts; the words are OPA's.
    #[error("{SIGNATURES_FILE}: multiple JWTs not supported (expected exactly one)")]
    SeveralTokens,
    /// It is to be verified by a plugin; the words are OPA's.
    #[error("no verifier exists under id {plugin}")]
    UnknownPlugin {
        /// Its name.
        plugin: String,
    },
}

/// The token in the file.
pub(super) fn read(bytes: &[u8]) -> Result<String, SignaturesError> {
    let malformed = |reason: &str| SignaturesError::Malformed { reason: reason.to_owned() };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is no UTF-8"))?;
    let document =
        crate::document::json(SourceId::default(), text).map_err(|error| malformed(&error.message))?;
    if !matches!(document.kind, NodeKind::Object(_)) {
        return Err(malformed("it is no object"));
    }
    if let Some((_, again)) = document.repeated_key() {
        return Err(malformed(&format!("the key `{}` stands twice", again.key)));
    }
    match document.get("plugin").map(|plugin| &plugin.kind) {
        None | Some(NodeKind::Null) => {}
        Some(NodeKind::String(plugin)) if matches!(&**plugin, "" | DEFAULT_PLUGIN) => {}
        Some(NodeKind::String(plugin)) => {
            return Err(SignaturesError::UnknownPlugin { plugin: plugin.to_string() });
        }
        Some(_) => return Err(malformed("`plugin` is no string")),
    }
    let tokens: &[Node] = match document.get("signatures").map(|signatures| &signatures.kind) {
        None | Some(NodeKind::Null) => &[],
        Some(NodeKind::Array(tokens)) => tokens,
        Some(_) => return Err(malformed("`signatures` is no array")),
    };
    match tokens {
        [] => Err(SignaturesError::NoToken),
        [token] => {
            let NodeKind::String(token) = &token.kind else {
                return Err(malformed("a signature is no string"));
            };
            Ok(token.to_string())
        }
        [_, _, ..] => Err(SignaturesError::SeveralTokens),
    }
}

/// Whether the file names who is to verify it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignatureStyle {
    /// As `opa sign` writes it: no.
    #[default]
    Sign,
    /// As `opa build` writes it: its default.
    Build,
}

/// The file, byte for byte as OPA writes it.
pub(super) fn write(token: &str, style: SignatureStyle) -> Vec<u8> {
    let plugin = match style {
        SignatureStyle::Sign => String::new(),
        SignatureStyle::Build => format!(",\n \"plugin\": {}", json_string(DEFAULT_PLUGIN)),
    };
    format!("{{\n \"signatures\": [\n  {}\n ]{plugin}\n}}", json_string(token)).into_bytes()
}

const DEFAULT_PLUGIN: &str = "_default";
