//! Passphrases of encrypted keys.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use zeroize::Zeroizing;

use super::read_limited;
use crate::load::io_reason;
use crate::refusal::Refusal;

/// The bytes of a passphrase.
pub(crate) type Passphrase = Zeroizing<Vec<u8>>;

/// Where a passphrase is: in a file, or else in an environment variable, or else it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct PassphraseSource {
    /// The file; the line break at its end does not count.
    pub(crate) file: Option<PathBuf>,
    /// The name of the variable.
    pub(crate) variable: &'static str,
    /// The flag that names the file, for messages.
    pub(crate) flag: &'static str,
}

impl PassphraseSource {
    /// The passphrase of `what`.
    ///
    /// # Errors
    /// That it can't be read, or that nobody is there to be asked.
    pub(crate) fn read(&self, what: &str) -> Result<Passphrase, Refusal> {
        match self.given()? {
            Some(passphrase) => Ok(passphrase),
            None => self.ask(&format!("Passphrase of the key {what}: ")),
        }
    }

    /// The passphrase for a new key, which is asked for twice.
    ///
    /// # Errors
    /// As [`PassphraseSource::read`]; that both differ, or that it is empty.
    pub(crate) fn read_new(&self) -> Result<Passphrase, Refusal> {
        let passphrase = if let Some(passphrase) = self.given()? {
            passphrase
        } else {
            let first = self.ask("Passphrase for the new key: ")?;
            if first != self.ask("The same passphrase again: ")? {
                return Err(Refusal::new("the passphrases differ"));
            }
            first
        };
        if passphrase.is_empty() {
            return Err(Refusal::new("the passphrase is empty"));
        }
        Ok(passphrase)
    }

    fn given(&self) -> Result<Option<Passphrase>, Refusal> {
        if let Some(path) = &self.file {
            let bytes = fs_err::File::open(path).and_then(read_limited).map_err(|error| {
                let (path, reason) = (path.display(), io_reason(&error));
                Refusal::new(format!("the passphrase `{path}` can't be read: {reason}"))
            })?;
            let bytes = Zeroizing::new(bytes);
            let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            return Ok(Some(Zeroizing::new(line.to_vec())));
        }
        Ok(std::env::var_os(self.variable).map(|value| Zeroizing::new(value.into_encoded_bytes())))
    }

    fn ask(&self, prompt: &str) -> Result<Passphrase, Refusal> {
        if !std::io::stdin().is_terminal() {
            return Err(Refusal::new("a passphrase is needed, and nobody is there to be asked for it")
                .with_help(format!("give a file with `{}`, or set `{}`", self.flag, self.variable)));
        }
        let passphrase = rpassword::prompt_password(prompt)
            .map_err(|error| Refusal::new(format!("the passphrase can't be read: {}", io_reason(&error))))?;
        Ok(Zeroizing::new(passphrase.into_bytes()))
    }
}
