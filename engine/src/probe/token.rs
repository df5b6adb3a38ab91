//! Tokens that somebody signed with a secret that is among the base documents: their claims can be others.

use data_encoding::BASE64URL_NOPAD;

use super::place;
use crate::document;
use crate::jose::{Algorithm, Key, signature};
use crate::source::SourceId;
use crate::value::Value;

/// A JSON Web Token and the secret that it was signed with.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    header: String,
    algorithm: Algorithm,
    secret: Vec<u8>,
    /// What it claims.
    pub(crate) claims: Value,
}

impl Token {
    /// Opens a token if a secret in the data made its signature. Other algorithms than those of a shared secret are left alone.
    pub(crate) fn opened(text: &str, data: &Value) -> Option<Self> {
        let (signed, code) = text.rsplit_once('.').filter(|_| text.len() <= MAX_TOKEN)?;
        let (header, payload) = signed.split_once('.')?;
        let read = |part: &str| {
            let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
            document::json_value(SourceId::default(), &String::from_utf8(bytes).ok()?).ok()
        };
        let algorithm = Algorithm::from_name(read(header)?.lookup(&["alg"])?.as_str()?)?;
        let Algorithm::Hs(_) = algorithm else { return None };
        let code = BASE64URL_NOPAD.decode(code.as_bytes()).ok()?;
        let claims = read(payload)?;
        let made =
            |secret: &&str| signed_with(algorithm, secret.as_bytes(), signed).is_some_and(|own| own == code);
        let secret = secrets(data).into_iter().find(made)?.as_bytes().to_vec();
        Some(Self { header: header.to_owned(), algorithm, secret, claims })
    }

    /// The token with these claims, signed again.
    pub(crate) fn with(&self, claims: &Value) -> Option<String> {
        let signed = format!("{}.{}", self.header, BASE64URL_NOPAD.encode(claims.to_json().as_bytes()));
        let code = signed_with(self.algorithm, &self.secret, &signed)?;
        Some(format!("{signed}.{}", BASE64URL_NOPAD.encode(&code)))
    }
}

/// The texts of base documents that may be secrets.
fn secrets(data: &Value) -> Vec<&str> {
    let places = place::places(data, MAX_DEPTH).into_iter();
    let texts = places.filter_map(|(_, value)| value.as_str());
    texts.filter(|text| text.len() >= SHORTEST_SECRET).take(MAX_SECRETS).collect()
}

fn signed_with(algorithm: Algorithm, secret: &[u8], signed: &str) -> Option<Vec<u8>> {
    signature(algorithm, &Key::Secret(secret.to_vec()), signed.as_bytes()).ok()
}

/// How long tokens may be, and how many texts are tried as secrets.
const MAX_TOKEN: usize = 4_096;
const MAX_SECRETS: usize = 64;
/// Shorter texts are no secrets, and deeper ones are not looked for.
const SHORTEST_SECRET: usize = 16;
const MAX_DEPTH: usize = 6;

#[cfg(test)]
mod tests {
    use super::Token;
    use crate::document;
    use crate::source::SourceId;
    use crate::value::Value;

    /// Signed elsewhere, with that secret.
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJsZXZlbCI6MSwic3ViIjoiYW5uIn0.hvOBZ2gXR1oxAMDsF7YAVmMKvhSnPMkoQgzmvBiRJns";
    const HIGHER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJsZXZlbCI6OSwic3ViIjoiYW5uIn0.j-hkc1zeXZwjN68M_U4SCr7BKUKHDkqcaxtnR40xLfo";

    fn value(text: &str) -> Value {
        document::json_value(SourceId::default(), text).unwrap()
    }

    #[test]
    fn a_token_with_other_claims_is_signed_with_the_secret_of_the_first() {
        let data = value(
            r#"{"keys": [{"kid": "a", "secret": "another-one-that-is-long"}, {"secret": "a-secret-for-tests-only"}]}"#,
        );
        let token = Token::opened(TOKEN, &data).unwrap();
        assert_eq!(token.claims, value(r#"{"level": 1, "sub": "ann"}"#));
        assert_eq!(token.with(&token.claims).as_deref(), Some(TOKEN));
        assert_eq!(token.with(&value(r#"{"level": 9, "sub": "ann"}"#)).as_deref(), Some(HIGHER));
    }

    #[test]
    fn what_no_secret_has_signed_stays_closed() {
        assert!(Token::opened(TOKEN, &value(r#"["another-one-that-is-long"]"#)).is_none());
        let data = value(r#"["a-secret-for-tests-only"]"#);
        let forged = TOKEN.replacen("ey", "ez", 1);
        for text in ["", ".", "..", "a.b.c", &forged, TOKEN.trim_end_matches(char::is_alphanumeric)] {
            assert!(Token::opened(text, &data).is_none(), "{text}");
        }
    }
}
