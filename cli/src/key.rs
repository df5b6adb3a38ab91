//! Keys and passphrases: where arguments say they are, and what is there.

mod passphrase;

use std::io::Read;
use std::path::{Path, PathBuf};

use portcullis::bundle::{Algorithm, KeyError, KeyWarning, SigningKey, VerificationKey, usual_algorithm};
use zeroize::Zeroizing;

use crate::io::Io;
use crate::load::io_reason;
use crate::refusal::Refusal;

pub(crate) use self::passphrase::{Passphrase, PassphraseSource};

/// Where a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// In a file.
    File(PathBuf),
    /// In an environment variable.
    Environment(String),
    /// On standard input.
    Stdin,
    /// In the argument itself, which others can read.
    Argument(Argument),
}

/// A key that an argument holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Argument(String);

/// The key stays out.
impl std::fmt::Debug for Argument {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Argument")
    }
}

/// A key with the id by which signatures name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NamedKey {
    pub(crate) id: Option<String>,
    pub(crate) source: KeySource,
}

impl NamedKey {
    /// Reads `[ID=]KEY`. A file whose name has a `=` is taken for one as it is there.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Some((id, key)) = text.split_once('=')
            && !id.is_empty()
            && !text.starts_with("-----BEGIN")
            && !Path::new(text).exists()
        {
            return Ok(Self { id: Some(id.to_owned()), source: KeySource::parse(key)? });
        }
        Ok(Self { id: None, source: KeySource::parse(text)? })
    }
}

impl KeySource {
    /// Reads `FILE`, `env:NAME` or `-`, or what OPA takes beside a file: the PEM text itself.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text.strip_prefix("env:") {
            _ if text.is_empty() => Err("there is no key in it".to_owned()),
            _ if text == "-" => Ok(Self::Stdin),
            Some(name) => Ok(Self::Environment(name.to_owned())),
            None if text.starts_with("-----BEGIN") => Ok(Self::Argument(Argument(text.to_owned()))),
            None => Ok(Self::File(text.into())),
        }
    }

    /// The key that verifies.
    ///
    /// # Errors
    /// That it can't be read, or is no key for the algorithm.
    pub(crate) fn verification_key(
        &self,
        algorithm: Option<Algorithm>,
        io: &mut Io,
    ) -> Result<VerificationKey, Refusal> {
        let text = self.read(algorithm, io)?;
        let algorithm = algorithm.map_or_else(|| usual_algorithm(&text, None), Ok);
        let key = algorithm.and_then(|algorithm| VerificationKey::new(algorithm, &text));
        let key = key.map_err(|error| self.refuse(&error))?;
        self.warn(&key.warnings(), io);
        Ok(key)
    }

    /// The key that signs; a passphrase is only asked for when the key is encrypted.
    ///
    /// # Errors
    /// That it can't be read, or is no key for the algorithm.
    pub(crate) fn signing_key(
        &self,
        algorithm: Option<Algorithm>,
        passphrase: &PassphraseSource,
        io: &mut Io,
    ) -> Result<SigningKey, Refusal> {
        let text = self.read(algorithm, io)?;
        let key = |passphrase: Option<&Passphrase>| {
            let passphrase = passphrase.map(|passphrase| passphrase.as_slice());
            let algorithm = algorithm.map_or_else(|| usual_algorithm(&text, passphrase), Ok)?;
            SigningKey::new(algorithm, &text, passphrase)
        };
        let key = match key(None) {
            Err(KeyError::Encrypted) => key(Some(&passphrase.read(&self.shown())?)),
            other => other,
        };
        let key = key.map_err(|error| self.refuse(&error))?;
        self.warn(&key.warnings(), io);
        Ok(key)
    }

    /// Whether the key is a file in this directory.
    pub(crate) fn lies_in(&self, directory: &Path) -> bool {
        let Self::File(path) = self else { return false };
        match (fs_err::canonicalize(path), fs_err::canonicalize(directory)) {
            (Ok(path), Ok(directory)) => path.starts_with(directory),
            (Err(_), _) | (_, Err(_)) => false,
        }
    }

    fn read(&self, algorithm: Option<Algorithm>, io: &mut Io) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let bytes = match self {
            Self::File(path) => {
                let read = fs_err::File::open(path).and_then(read_limited);
                if let Err(error) = &read
                    && error.kind() == std::io::ErrorKind::NotFound
                {
                    return self.secret_in_clear(path, algorithm, io);
                }
                read.map_err(|error| {
                    Refusal::new(format!("the key {} can't be read: {}", self.shown(), io_reason(&error)))
                })?
            }
            Self::Environment(name) => match std::env::var_os(name) {
                Some(value) => value.into_encoded_bytes(),
                None => return Err(Refusal::new(format!("there is no environment variable `{name}`"))),
            },
            Self::Stdin => read_limited(std::io::stdin().lock()).map_err(|error| {
                Refusal::new(format!("the key {} can't be read: {}", self.shown(), io_reason(&error)))
            })?,
            Self::Argument(Argument(text)) => {
                io.warning("the key stands in the command line, where others can read it");
                io.hint("put it into a file, or into the environment with `env:NAME`");
                text.as_bytes().to_vec()
            }
        };
        Ok(Zeroizing::new(bytes))
    }

    /// What names no file is the secret itself to OPA. Not here when it looks like the name of one: the name would be signed
    /// with.
    fn secret_in_clear(
        &self,
        path: &Path,
        algorithm: Option<Algorithm>,
        io: &mut Io,
    ) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let text = path.to_string_lossy();
        let looks_like_file = text.contains(['/', '\\', '.']);
        if looks_like_file || !algorithm.is_some_and(Algorithm::is_symmetric) {
            let refusal = Refusal::new(format!("there is no file {} to read the key from", self.shown()));
            return Err(refusal.with_help(
                "name a file, `env:NAME` for an environment variable, or `-` for standard input",
            ));
        }
        io.warning("the secret stands in the command line, where others can read it: there is no such file");
        io.hint("put it into a file, or into the environment with `env:NAME`");
        Ok(Zeroizing::new(text.as_bytes().to_vec()))
    }

    fn warn(&self, warnings: &[KeyWarning], io: &mut Io) {
        for warning in warnings {
            io.warning(format_args!("{}: {warning}", self.shown()));
        }
    }

    fn refuse(&self, error: &KeyError) -> Refusal {
        let refusal = Refusal::new(format!("{}: {error}", self.shown()));
        if *error == KeyError::NoPem {
            return refusal.with_help(
                "a key is a PEM text, with a line `-----BEGIN ... KEY-----`; for a secret, say `--signing-alg HS256`",
            );
        }
        Refusal { help: error.help(), ..refusal }
    }

    /// How messages call it.
    fn shown(&self) -> String {
        match self {
            Self::File(path) => format!("`{}`", path.display()),
            Self::Environment(name) => format!("`env:{name}`"),
            Self::Stdin => "on standard input".to_owned(),
            Self::Argument(_) => "in the command line".to_owned(),
        }
    }
}

/// The algorithm of this name, for the reader of arguments.
pub(crate) fn algorithm(name: &str) -> Result<Algorithm, String> {
    let names = || Algorithm::ALL.map(Algorithm::name).join(", ");
    Algorithm::from_name(name)
        .ok_or_else(|| format!("unknown signature algorithm; the known ones are {}", names()))
}

fn read_limited(stream: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(std::io::Error::other(format!("it is larger than {MOST_BYTES} bytes")));
    }
    Ok(bytes)
}

/// No key is that long.
const MOST_BYTES: u64 = 1 << 20;
