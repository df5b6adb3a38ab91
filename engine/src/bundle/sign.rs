//! Signing: the files of a bundle in, `.signatures.json` out.

use std::collections::BTreeSet;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};

use super::claims::{Claims, Payload, SignedFile};
use super::hash::{DigestAlgorithm, HashError, file_digest};
use super::key::SigningKey;
use super::member::Member;
use super::signatures::{self, SignatureStyle, is_signatures_file};
use crate::value::json_string;

/// Who signs, and what they say.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    /// The key.
    pub key: &'a SigningKey,
    /// The id by which verifiers know the key. `opa sign` gives none, `opa build` that of `--verification-key-id`.
    pub key_id: Option<&'a str>,
    /// What is claimed beside the files. Without claims, the deprecated one of the key's id is made, as in OPA.
    pub claims: Option<&'a Claims>,
    /// How the file looks.
    pub style: SignatureStyle,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A document can't be read.
    #[error(transparent)]
    Unreadable(#[from] HashError),
    /// Two files have one name, of which verifiers would take only one.
    #[error("the file `{name}` is there twice")]
    DuplicateFile {
        /// Its name.
        name: String,
    },
    /// The cryptographic library failed.
    #[error("the signature could not be made: {reason}")]
    Failed {
        /// What it said.
        reason: String,
    },
}

/// The content of `.signatures.json` for the files of a bundle, in the form and with the order of fields that OPA
/// has. The files are listed in their order, those with signatures left out. Digests are SHA-256.
///
/// The path of a member is the name that is signed, without the `/` before it. OPA has the path in the archive there; for a
/// directory, the directory as it was given and the path below it.
///
/// # Errors
/// When a `data.json` or its like is no document, two files have one name, or the cryptographic library fails.
pub fn sign(members: &[Member], signer: &Signer<'_>) -> Result<Vec<u8>, SignError> {
    let mut names = BTreeSet::new();
    let mut files = Vec::with_capacity(members.len());
    for member in members.iter().filter(|member| !is_signatures_file(&member.path)) {
        let name = signed_name(&member.path);
        if !names.insert(name) {
            return Err(SignError::DuplicateFile { name: name.to_owned() });
        }
        let digest = file_digest(DIGEST, &member.path, &member.bytes)?;
        files.push(SignedFile {
            name: name.to_owned(),
            digest: HEXLOWER.encode(&digest),
            algorithm: DIGEST.name().to_owned(),
        });
    }
    let claims = match (signer.claims, signer.key_id) {
        (Some(claims), _) => claims.clone(),
        (None, Some(id)) => Claims::of_key_id(id),
        (None, None) => Claims::default(),
    };
    let algorithm = json_string(signer.key.algorithm().name());
    let key_id = signer.key_id.map(|id| format!(",\"kid\":{}", json_string(id))).unwrap_or_default();
    let header = format!("{{\"alg\":{algorithm}{key_id},\"typ\":\"JWT\"}}");
    let payload = Payload { files, claims }.to_json();
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let message = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
    let signature = signer.key.sign(message.as_bytes()).map_err(|reason| SignError::Failed { reason })?;
    Ok(signatures::write(&format!("{message}.{}", encode(&signature)), signer.style))
}

/// The name by which a file is signed.
pub(super) fn signed_name(path: &str) -> &str {
    path.strip_prefix('/').unwrap_or(path)
}

/// As OPA signs; verifiers know others.
const DIGEST: DigestAlgorithm = DigestAlgorithm::Sha256;
