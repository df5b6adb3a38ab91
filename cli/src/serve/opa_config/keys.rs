//! `keys`: whose signatures on bundles are trusted.

use std::collections::BTreeMap;
use std::path::Path;

use portcullis::bundle::{Algorithm, TrustedKey, VerificationKey};

use super::section::{Problems, Section};

/// Keys by their ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedKeys(pub(crate) BTreeMap<String, TrustedKey>);

pub(super) fn read(top: &mut Section<'_>, problems: &mut Problems<'_>) -> TrustedKeys {
    let mut keys = TrustedKeys::default();
    let Some(all) = top.section("keys", problems) else { return keys };
    for entry in all.entries() {
        let Some(mut key) = Section::of(&entry.value, all.path(&entry.key), problems) else { continue };
        let text = key.word("key", problems);
        let span = key.key_span("key");
        let name = key.word("algorithm", problems).unwrap_or_else(|| "RS256".to_owned());
        let scope = key.word("scope", problems);
        // With private keys OPA signs tokens for services of OAuth 2.
        let private = key.word("private_key", problems);
        let algorithm = Algorithm::from_name(&name).filter(|_| name != "EdDSA");
        match (text, algorithm) {
            (_, None) => {
                let message = format!("`{name}` is no algorithm that OPA verifies bundles with");
                let help = "there are RS, PS, ES and HS with 256, 384 and 512, as in `RS256`";
                problems.error_with_help(key.key_span("algorithm"), message, help);
            }
            (None, Some(_)) if private.is_some() => {}
            (None, Some(_)) => problems.error(key.span, format!("the key `{}` has no `key`", entry.key)),
            (Some(text), Some(algorithm)) => match read_key(&text, algorithm) {
                Ok(key) => {
                    let id = entry.key.to_string();
                    keys.0.insert(id.clone(), TrustedKey { id: Some(id), key, scope });
                }
                Err(error) => problems.error(span, format!("the key `{}` can't be used: {error}", entry.key)),
            },
        }
        key.end(problems);
    }
    keys
}

/// The key that a text is, or else that is in the file of this name. OPA takes texts alone, and no text in PEM or secret that somebody
/// would choose is also the name of a file.
fn read_key(text: &str, algorithm: Algorithm) -> Result<VerificationKey, String> {
    let error = match VerificationKey::new(algorithm, text.as_bytes()) {
        Ok(key) if !algorithm.is_symmetric() || !Path::new(text).is_file() => return Ok(key),
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    if text.contains('\n') || !Path::new(text).is_file() {
        return Err(error);
    }
    let bytes = fs_err::read(text).map_err(|error| error.to_string())?;
    VerificationKey::new(algorithm, &bytes).map_err(|error| error.to_string())
}
