//! Bearer tokens: who may fetch what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::{HeaderMap, header};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::Deserialize;

use super::current::Current;
use super::digest::Digest;

/// The tokens of a file, as they are now.
#[derive(Debug)]
pub(crate) struct TokenFile {
    path: PathBuf,
    current: Current<Tokens>,
}

impl TokenFile {
    /// Reads the file.
    ///
    /// # Errors
    /// What is wrong with it, without what it holds.
    pub(crate) fn load(path: PathBuf) -> Result<Self, String> {
        let tokens = Tokens::load(&path)?;
        Ok(Self { current: Current::new(tokens), path })
    }

    /// Reads the file again, and says whether it says something new.
    ///
    /// # Errors
    /// What is wrong with it; then the old tokens stay.
    pub(crate) fn reload(&self) -> Result<bool, String> {
        let tokens = Tokens::load(&self.path)?;
        let is_new = tokens.digest != self.current.get().digest;
        if is_new {
            self.current.set(tokens);
        }
        Ok(is_new)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whose token a request shows.
    ///
    /// # Errors
    /// When it shows none, or none that is known.
    pub(crate) fn holder(&self, headers: &HeaderMap) -> Result<Arc<Holder>, Unknown> {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let value = match (values.next(), values.next()) {
            (Some(value), None) => value,
            (None, _) => return Err(Unknown::Missing),
            (Some(_), Some(_)) => return Err(Unknown::Invalid),
        };
        let (scheme, token) =
            value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(Unknown::Invalid)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Unknown::Missing);
        }
        let shown = Digest::of(token.trim().as_bytes());
        // All are looked at, so that the time doesn't tell which one it is.
        let tokens = self.current.get();
        let known = tokens
            .holders
            .iter()
            .fold(None, |known, holder| if holder.digest.is(&shown) { Some(holder) } else { known });
        known.map(Arc::clone).ok_or(Unknown::Invalid)
    }
}

/// Why it isn't known who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// No bearer token came with the request.
    Missing,
    /// The token is none of those in the file.
    Invalid,
}

/// Who holds a token, and what it is good for.
#[derive(Debug)]
pub(crate) struct Holder {
    /// What the access log calls them.
    pub(crate) name: Arc<str>,
    /// Whether they may read the metrics.
    pub(crate) reads_metrics: bool,
    digest: Digest,
    bundles: GlobSet,
}

impl Holder {
    pub(crate) fn may_fetch(&self, bundle: &str) -> bool {
        self.bundles.is_match(bundle)
    }
}

#[derive(Debug)]
struct Tokens {
    holders: Vec<Arc<Holder>>,
    digest: Digest,
}

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    tokens: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    token: Option<String>,
    sha256: Option<String>,
    bundles: Vec<String>,
    #[serde(default)]
    metrics: bool,
}

impl Tokens {
    fn load(path: &Path) -> Result<Self, String> {
        let text = fs_err::read_to_string(path).map_err(|error| error.to_string())?;
        let is_toml = path.extension().is_some_and(|extension| extension == "toml");
        let format = if is_toml { Format::Toml } else { Format::Json };
        Self::parse(&text, format).map_err(|error| format!("`{}`: {error}", path.display()))
    }

    fn parse(text: &str, format: Format) -> Result<Self, String> {
        let document = format.read(text)?;
        if document.tokens.is_empty() {
            return Err("there is no token in it, so nobody could fetch anything".to_owned());
        }
        let mut holders = Vec::new();
        let (mut names, mut digests) = (BTreeSet::new(), BTreeSet::new());
        for entry in document.tokens {
            let holder = entry.holder()?;
            if !names.insert(Arc::clone(&holder.name)) {
                return Err(format!("two tokens have the name `{}`", holder.name));
            }
            if !digests.insert(holder.digest) {
                return Err(format!("the token of `{}` is somebody else's too", holder.name));
            }
            holders.push(Arc::new(holder));
        }
        Ok(Self { holders, digest: Digest::of(text.as_bytes()) })
    }
}

impl Entry {
    fn holder(self) -> Result<Holder, String> {
        let name = self.name;
        if name.is_empty() {
            return Err("a token has an empty name".to_owned());
        }
        let digest = match (self.token, self.sha256) {
            (Some(token), None) if token.len() < LEAST_LENGTH => {
                return Err(format!("the token of `{name}` has fewer than {LEAST_LENGTH} characters"));
            }
            (Some(token), None) if !token.chars().all(|c| c.is_ascii_graphic()) => {
                return Err(format!("the token of `{name}` has characters that no header can hold"));
            }
            (Some(token), None) => Digest::of(token.as_bytes()),
            (None, Some(hex)) => Digest::from_hex(&hex)
                .ok_or_else(|| format!("`sha256` of `{name}` has to be 64 hexadecimal digits"))?,
            _ => return Err(format!("`{name}` needs either `token` or `sha256`")),
        };
        let mut bundles = GlobSetBuilder::new();
        for pattern in &self.bundles {
            let glob = GlobBuilder::new(pattern).literal_separator(true).build();
            bundles
                .add(glob.map_err(|error| format!("a bundle of `{name}`: `{pattern}`: {}", error.kind()))?);
        }
        let bundles = bundles.build().map_err(|error| format!("the bundles of `{name}`: {error}"))?;
        Ok(Holder { name: name.into(), reads_metrics: self.metrics, digest, bundles })
    }
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Json,
    Toml,
}

impl Format {
    /// Reads the text; what is said of it must not show what is in it.
    fn read(self, text: &str) -> Result<Document, String> {
        match self {
            Self::Json => serde_json::from_str(text).map_err(|error| {
                format!(
                    "line {}, column {}: {}",
                    error.line(),
                    error.column(),
                    without_values(&error.to_string())
                )
            }),
            Self::Toml => toml::from_str(text).map_err(|error| {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count().saturating_add(1);
                format!("line {line}: {}", without_values(error.message()))
            }),
        }
    }
}

/// A message of serde without the value that it complains of, which may be a secret.
fn without_values(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    match message.split_once(", expected ") {
        Some((start, expected)) if start.starts_with("invalid ") => {
            format!("a value of a wrong kind: expected {expected}")
        }
        _ => message.to_owned(),
    }
}

/// Shorter tokens can be guessed.
const LEAST_LENGTH: usize = 16;

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const GOOD: &str = r#"
        [[tokens]]
        name = "edge"
        token = "0123456789abcdef"
        bundles = ["authz", "team-a/*"]

        [[tokens]]
        name = "ops"
        sha256 = "2B3EA037D18E7D4C46167A3706796FE933B33A94C2D850F9046E69EDB3E6447E"
        bundles = ["**"]
        metrics = true
    "#;

    fn file(text: &str) -> TokenFile {
        let tokens = Tokens::parse(text, Format::Toml).unwrap();
        TokenFile { path: PathBuf::new(), current: Current::new(tokens) }
    }

    fn shown(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn a_token_is_good_for_the_bundles_that_its_patterns_name() {
        let file = file(GOOD);
        let holder = file.holder(&shown(&["bEARER 0123456789abcdef"])).unwrap();
        assert_eq!((&*holder.name, holder.reads_metrics), ("edge", false));
        for (bundle, may) in [
            ("authz", true),
            ("team-a/x", true),
            ("team-a/x/y", false),
            ("team-a", false),
            ("authz/x", false),
            ("", false),
        ] {
            assert_eq!(holder.may_fetch(bundle), may, "{bundle}");
        }
    }

    #[test]
    fn a_token_can_be_known_by_its_digest_alone() {
        let known = file(GOOD).holder(&shown(&["Bearer the-token-of-operations"])).unwrap();
        assert!(known.reads_metrics && known.may_fetch("a/b/c"));
    }

    #[test]
    fn who_shows_no_token_or_a_wrong_one_is_unknown() {
        let file = file(GOOD);
        for (values, unknown) in [
            (&[][..], Unknown::Missing),
            (&["Basic 0123456789abcdef"], Unknown::Missing),
            (&["Bearer"], Unknown::Invalid),
            (&["Bearer "], Unknown::Invalid),
            (&["Bearer 0123456789abcdeg"], Unknown::Invalid),
            (&["Bearer 0123456789abcde"], Unknown::Invalid),
            (&["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"], Unknown::Invalid),
        ] {
            assert_eq!(
                file.holder(&shown(values)).map(|holder| holder.name.clone()),
                Err(unknown),
                "{values:?}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_without_its_secrets() {
        let json = |text: &str| Tokens::parse(text, Format::Json).map(|_| ()).unwrap_err();
        let toml = |text: &str| Tokens::parse(text, Format::Toml).map(|_| ()).unwrap_err();
        assert_eq!(json("{\"tokens\": []}"), "there is no token in it, so nobody could fetch anything");
        assert_eq!(
            json("{\"tokens\": [{\"name\": \"a\", \"bundles\": \"0123456789abcdef\"}]}"),
            "line 1, column 55: a value of a wrong kind: expected a sequence"
        );
        let error = toml(&GOOD.replace("bundles = [\"authz\", \"team-a/*\"]", "bundle = []"));
        assert!(error.starts_with("line 5: unknown field `bundle`"), "{error}");
        assert_eq!(toml(&GOOD.replace("ops", "edge")), "two tokens have the name `edge`");
        assert_eq!(toml(&GOOD.replace("abcdef\"", "\"")), "the token of `edge` has fewer than 16 characters");
        assert_eq!(toml(&GOOD.replace("2B3E", "XXXX")), "`sha256` of `ops` has to be 64 hexadecimal digits");
        assert_eq!(
            toml(&GOOD.replace("token = \"0123456789abcdef\"", "")),
            "`edge` needs either `token` or `sha256`"
        );
        assert_eq!(
            toml(&GOOD.replace("team-a/*", "team-a/[")),
            "a bundle of `edge`: `team-a/[`: unclosed character class; missing ']'"
        );
        let same = GOOD.replace(
            "sha256 = \"2B3EA037D18E7D4C46167A3706796FE933B33A94C2D850F9046E69EDB3E6447E\"",
            "token = \"0123456789abcdef\"",
        );
        assert_eq!(toml(&same), "the token of `ops` is somebody else's too");
        for text in ["tokens = \"0123456789abcdef", "tokens = \"0123456789abcdef\"", "0123456789abcdef"] {
            assert!(!toml(text).contains("0123456789abcdef"), "{}", toml(text));
        }
    }
}
