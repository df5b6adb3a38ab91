//! The token of a signature: its parts, the key that it is of, and what it claims.

use data_encoding::BASE64URL_NOPAD;

use super::super::algorithm::Algorithm;
use super::super::claims::{self, Payload};
use super::{TrustedKey, Verification, VerifyError};
use crate::value::Number;

/// A token that the owner of a trusted key made.
pub(super) struct VerifiedToken<'a> {
    pub(super) key: &'a TrustedKey,
    /// What the token calls the key.
    pub(super) key_id: Option<String>,
    pub(super) payload: Payload,
}

/// Verifies a token in the compact form of RFC 7515, but not the files that it lists.
pub(super) fn verify<'a>(
    text: &str,
    verification: &'a Verification,
) -> Result<VerifiedToken<'a>, VerifyError> {
    let malformed = |reason: String| VerifyError::MalformedToken { reason };
    let parts: Vec<&str> = text.split('.').collect();
    let &[header_text, payload_text, signature_text] = parts.as_slice() else {
        return Err(malformed(format!("it has {} parts and not 3", parts.len())));
    };
    let decode = |part: &str, name: &str| {
        BASE64URL_NOPAD
            .decode(part.as_bytes())
            .map_err(|error| malformed(format!("its {name} is no base64url: {error}")))
    };
    let header = Header::read(&decode(header_text, "header")?)?;
    let payload = Payload::read(&decode(payload_text, "payload")?).map_err(malformed)?;
    let key_id =
        header.key_id.or_else(|| payload.claims.text("keyid").filter(|id| !id.is_empty()).map(str::to_owned));
    let signature = decode(signature_text, "signature")?;
    let message = text.get(..header_text.len() + 1 + payload_text.len()).unwrap_or_default();

    let keys = candidates(verification, key_id.as_deref())?;
    let fitting: Vec<&TrustedKey> =
        keys.iter().copied().filter(|trusted| trusted.key.algorithm() == header.algorithm).collect();
    if fitting.is_empty() {
        let wanted = keys.iter().map(|trusted| trusted.key.algorithm()).collect();
        return Err(VerifyError::WrongAlgorithm { found: header.algorithm, wanted });
    }
    let signed = |trusted: &&TrustedKey| trusted.key.verify(message.as_bytes(), &signature);
    let key = fitting.into_iter().find(signed).ok_or(VerifyError::WrongSignature)?;

    let wanted = verification.scope.as_deref().or(key.scope.as_deref()).unwrap_or_default();
    let found = payload.claims.text("scope").unwrap_or_default();
    if wanted != found {
        return Err(VerifyError::WrongScope { wanted: wanted.to_owned(), found: found.to_owned() });
    }
    if let Some(now) = verification.now {
        check_times(&payload, now)?;
    }
    Ok(VerifiedToken { key, key_id, payload })
}

/// The keys that may have signed.
fn candidates<'a>(
    verification: &'a Verification,
    named: Option<&str>,
) -> Result<Vec<&'a TrustedKey>, VerifyError> {
    if verification.keys.is_empty() {
        return Err(VerifyError::NoKeys);
    }
    let Some(id) = verification.key_id.as_deref().or(named) else {
        return Ok(verification.keys.iter().collect());
    };
    let with_id = |id: Option<&str>| -> Vec<&'a TrustedKey> {
        verification.keys.iter().filter(|trusted| trusted.id.as_deref() == id).collect()
    };
    let mut keys = with_id(Some(id));
    if keys.is_empty() {
        keys = with_id(None);
    }
    if keys.is_empty() {
        let known = verification.keys.iter().filter_map(|trusted| trusted.id.clone()).collect();
        return Err(VerifyError::UnknownKey { id: id.to_owned(), known });
    }
    Ok(keys)
}

/// What the first part of a token says.
struct Header {
    algorithm: Algorithm,
    key_id: Option<String>,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, VerifyError> {
        let malformed = |reason: String| VerifyError::MalformedToken { reason };
        let document = claims::object(bytes).map_err(malformed)?;
        let text = |name: &str| claims::text(&document, name).map_err(malformed);
        if document.get("crit").is_some() {
            return Err(malformed("it demands what no signature of a bundle can: `crit`".to_owned()));
        }
        let name = text("alg")?.unwrap_or_default();
        let algorithm = Algorithm::from_name(name)
            .ok_or_else(|| VerifyError::UnknownAlgorithm { name: name.to_owned() })?;
        let key_id = text("kid")?.filter(|id| !id.is_empty()).map(str::to_owned);
        Ok(Self { algorithm, key_id })
    }
}

/// RFC 7519, sections 4.1.4 and 4.1.5.
fn check_times(payload: &Payload, now: i64) -> Result<(), VerifyError> {
    let seconds = Number::from(now);
    if let Some(end) = payload.claims.number("exp").filter(|end| seconds >= **end) {
        return Err(VerifyError::Expired { end: end.text().into_owned(), now });
    }
    if let Some(start) = payload.claims.number("nbf").filter(|start| seconds < **start) {
        return Err(VerifyError::NotYetValid { start: start.text().into_owned(), now });
    }
    Ok(())
}
