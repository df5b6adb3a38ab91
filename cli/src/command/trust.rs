//! Arguments about signatures, for the commands that take bundles from others and make some for others.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::bundle::{
    self, Algorithm, Claims, FilePattern, Member, SIGNATURES_FILE, SignatureStyle, Signer, TrustedKey,
    Unsigned, Verification,
};

use crate::clock::seconds_since_1970;
use crate::io::Io;
use crate::key::{self, KeySource, NamedKey, PassphraseSource};
use crate::load::{Trust, io_reason};
use crate::refusal::Refusal;

/// Whose bundles are taken.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Verification of bundles")]
pub(crate) struct TrustArgs {
    /// A key that may have signed bundles: a file in PEM, or env:NAME, or - for standard input; with ID= before it, signatures
    /// that name another key are not tried with it; repeatable
    #[arg(long, value_name = "[ID=]KEY", value_parser = NamedKey::parse)]
    verification_key: Vec<NamedKey>,
    /// The algorithm of the keys; without it RS256 for RSA keys, and for others the one that they are for
    #[arg(long, value_name = "NAME", value_parser = key::algorithm, requires = "verification_key")]
    verification_alg: Option<Algorithm>,
    /// The id of the key that has to have signed, whatever the signature says
    #[arg(long, value_name = "ID", requires = "verification_key")]
    verification_key_id: Option<String>,
    /// The scope that the signature has to claim; without it, none
    #[arg(long, requires = "verification_key")]
    scope: Option<String>,
    /// Leave out files whose name, as it would be signed, matches, as in 'docs/*'; repeatable
    #[arg(
        long,
        value_name = "PATTERN",
        value_delimiter = ',',
        value_parser = FilePattern::parse,
        requires = "verification_key"
    )]
    exclude_files_verify: Vec<FilePattern>,
    /// Take archives whoever made them
    #[arg(long, conflicts_with = "verification_key")]
    insecure_skip_verify: bool,
}

impl TrustArgs {
    /// Reads the keys.
    ///
    /// # Errors
    /// A key that can't be read.
    pub(crate) fn trust(&self, io: &mut Io) -> Result<Trust, Refusal> {
        if self.insecure_skip_verify {
            return Ok(Trust::Anyone);
        }
        Ok(self.verification(io)?.map_or(Trust::Nobody, |verification| Trust::Keys(Arc::new(verification))))
    }

    /// What signatures have to show, if keys are given.
    ///
    /// # Errors
    /// A key that can't be read.
    pub(crate) fn verification(&self, io: &mut Io) -> Result<Option<Verification>, Refusal> {
        if self.verification_key.is_empty() {
            return Ok(None);
        }
        Ok(Some(Verification {
            keys: trusted_keys(&self.verification_key, self.verification_alg, io)?,
            key_id: self.verification_key_id.clone(),
            scope: self.scope.clone(),
            exclude_files: self.exclude_files_verify.clone(),
            now: Some(seconds_since_1970()),
            unsigned: Unsigned::Refuse,
            ..Verification::default()
        }))
    }

    /// The same with the key in a file, if there is one and nothing else was said.
    pub(crate) fn or_key(mut self, file: &Path) -> Self {
        if self.verification_key.is_empty() && !self.insecure_skip_verify && file.is_file() {
            self.verification_key.push(NamedKey { id: None, source: KeySource::File(file.to_owned()) });
        }
        self
    }

    /// Whether it was said that nobody has to vouch for bundles.
    pub(crate) fn skips(&self) -> bool {
        self.insecure_skip_verify
    }
}

/// The keys that arguments name, each for the algorithm or for the one that goes with it.
///
/// # Errors
/// A key that can't be read.
pub(crate) fn trusted_keys(
    named: &[NamedKey],
    algorithm: Option<Algorithm>,
    io: &mut Io,
) -> Result<Vec<TrustedKey>, Refusal> {
    let mut trusted = |NamedKey { id, source }: &NamedKey| {
        let key = source.verification_key(algorithm, io)?;
        Ok(TrustedKey { id: id.clone(), key, scope: None })
    };
    named.iter().map(&mut trusted).collect()
}

/// Who signs a bundle.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningArgs {
    /// The private key: a file in PEM, or env:NAME, or - for standard input; for HS algorithms the secret, of which each byte
    /// counts
    #[arg(long, value_name = "KEY", value_parser = KeySource::parse)]
    signing_key: Option<KeySource>,
    /// The algorithm; without it RS256 for RSA keys, and for others the one that they are for
    #[arg(long, value_name = "NAME", value_parser = key::algorithm, requires = "signing_key")]
    signing_alg: Option<Algorithm>,
    /// A file with the passphrase of an encrypted key; without it the environment variable
    /// `PORTCULLIS_SIGNING_KEY_PASSPHRASE` counts, and then a terminal is asked
    #[arg(long, value_name = "FILE", requires = "signing_key")]
    signing_key_passphrase_file: Option<PathBuf>,
    /// The id by which verifiers know the key
    #[arg(long, value_name = "ID", default_value = "default")]
    key_id: String,
    /// A JSON file with what to claim beside the files, such as scope
    #[arg(long, value_name = "FILE", requires = "signing_key")]
    claims_file: Option<PathBuf>,
}

impl SigningArgs {
    /// Whether the bundle is to be signed.
    pub(crate) fn signs(&self) -> bool {
        self.signing_key.is_some()
    }

    /// The file with the signature of the members, in the form that `opa build` gives it.
    ///
    /// # Errors
    /// A key or claims that can't be read or used.
    pub(crate) fn signature(&self, members: &[Member], io: &mut Io) -> Result<Option<Member>, Refusal> {
        let Some(source) = &self.signing_key else { return Ok(None) };
        let passphrase = PassphraseSource {
            file: self.signing_key_passphrase_file.clone(),
            variable: "PORTCULLIS_SIGNING_KEY_PASSPHRASE",
            flag: "--signing-key-passphrase-file",
        };
        let key = source.signing_key(self.signing_alg, &passphrase, io)?;
        let claims = self.claims_file.as_deref().map(claims).transpose()?;
        let signer = Signer {
            key: &key,
            key_id: Some(&self.key_id),
            claims: claims.as_ref(),
            style: SignatureStyle::Build,
        };
        let bytes = bundle::sign(members, &signer).map_err(|error| Refusal::new(error.to_string()))?;
        Ok(Some(Member { path: format!("/{SIGNATURES_FILE}"), bytes }))
    }
}

/// The claims in a file.
///
/// # Errors
/// When it can't be read, or holds none.
pub(crate) fn claims(path: &Path) -> Result<Claims, Refusal> {
    let name = path.display();
    let bytes = fs_err::read(path)
        .map_err(|error| Refusal::new(format!("the claims `{name}` can't be read: {}", io_reason(&error))))?;
    Claims::parse(&bytes).map_err(|error| Refusal::new(format!("`{name}`: {error}")))
}
