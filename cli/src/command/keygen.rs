//! `portcullis keygen`: makes keys to sign bundles with.

use std::path::{Path, PathBuf};

use portcullis::bundle::{Algorithm, GeneratedKey, RsaSize, generate};

use crate::exit::Exit;
use crate::io::Io;
use crate::key::{self, PassphraseSource};
use crate::refusal::Refusal;
use crate::report::diagnostics::Printable;
use crate::whole_file::{Access, WholeFile};

/// Make a key to sign bundles with
///
/// Writes PREFIX.pem, the private key in PKCS #8 that only its owner can read, and PREFIX.pub.pem, the public one; for HS
/// algorithms PREFIX.secret. No file is overwritten without --force. Exit codes: 0 the key was written; 1 it was not, or
/// wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis keygen -o release\n  portcullis keygen --algorithm RS256 --encrypt -o release"
)]
pub(crate) struct Args {
    /// The algorithm that the key is for
    #[arg(
        long,
        visible_alias = "signing-alg",
        value_name = "NAME",
        value_parser = key::algorithm,
        default_value = "ES256"
    )]
    algorithm: Algorithm,
    /// How many bits a key of RSA has
    #[arg(long, value_enum, value_name = "BITS", default_value_t)]
    bits: Bits,
    /// Encrypt the private key with a passphrase, which is taken from --passphrase-file, from the environment variable
    /// `PORTCULLIS_KEY_PASSPHRASE`, or from a terminal
    #[arg(long)]
    encrypt: bool,
    /// A file with the passphrase
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    passphrase_file: Option<PathBuf>,
    /// Overwrite files that are there
    #[arg(long)]
    force: bool,
    /// Where to write the key: the names of the files without what they end with
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
}

/// The sizes of RSA keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Bits {
    /// The least that is trusted
    #[value(name = "2048")]
    Least,
    /// As strong as ES256
    #[default]
    #[value(name = "3072")]
    More,
    /// Slower, and a little stronger
    #[value(name = "4096")]
    Most,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match make(args) {
        Ok(written) => {
            for path in written {
                io.note(format_args!("wrote {}", Printable(&path.display().to_string())));
            }
            Exit::Success
        }
        Err(refusal) => {
            refusal.tell(io);
            Exit::One
        }
    }
}

/// Makes the key and writes all of its files or none; gives the files.
fn make(args: &Args) -> Result<Vec<PathBuf>, Refusal> {
    if args.encrypt && args.algorithm.is_symmetric() {
        return Err(Refusal::new("a secret can't be encrypted: there is no form for it"));
    }
    let file = |ending: &str| {
        let mut path = args.output.clone().into_os_string();
        path.push(ending);
        PathBuf::from(path)
    };
    let (private, public) = if args.algorithm.is_symmetric() {
        (file(".secret"), None)
    } else {
        (file(".pem"), Some(file(".pub.pem")))
    };
    for path in [Some(&private), public.as_ref()].into_iter().flatten() {
        // A link that leads nowhere is in the way too.
        if !args.force && path.symlink_metadata().is_ok() {
            let refusal = Refusal::new(format!("`{}` is there already", path.display()));
            return Err(refusal.with_help("nothing was written; `--force` overwrites it"));
        }
    }
    let private_file = at(&private)?;
    let public_file = public.as_deref().map(at).transpose()?;
    let passphrase = PassphraseSource {
        file: args.passphrase_file.clone(),
        variable: "PORTCULLIS_KEY_PASSPHRASE",
        flag: "--passphrase-file",
    };
    let passphrase = if args.encrypt { Some(passphrase.read_new()?) } else { None };
    let size = match args.bits {
        Bits::Least => RsaSize::Bits2048,
        Bits::More => RsaSize::Bits3072,
        Bits::Most => RsaSize::Bits4096,
    };
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    let GeneratedKey { private: secret, public: text } = generate(args.algorithm, size, passphrase)
        .map_err(|error| Refusal { message: error.to_string(), help: error.help() })?;

    let failed = |error: crate::whole_file::WriteError| Refusal::new(error.to_string());
    // The public key is of no use without the private one, so it goes first and is the one that may have to go again.
    if let (Some(file), Some(text)) = (&public_file, &text) {
        file.write(text.as_bytes()).map_err(failed)?;
    }
    if let Err(error) = private_file.write_for(Access::Owner, &secret) {
        if let Some(path) = public.as_deref().filter(|_| !args.force) {
            // It is told below that there is no key.
            let _ = fs_err::remove_file(path);
        }
        return Err(failed(error));
    }
    Ok(std::iter::once(private).chain(public).collect())
}

fn at(path: &Path) -> Result<WholeFile, Refusal> {
    WholeFile::at(path).map_err(|error| Refusal::new(error.to_string()))
}
