//! `portcullis sign`: writes the signature of a bundle.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread;

use portcullis::bundle::{
    self, Algorithm, Member, SIGNATURES_FILE, SignatureStyle, Signer, archive, is_signatures_file,
};

use super::trust;
use crate::bundle_files::BundleFiles;
use crate::exit::Exit;
use crate::io::Io;
use crate::key::{self, KeySource, PassphraseSource};
use crate::load::io_reason;
use crate::refusal::Refusal;
use crate::whole_file::WholeFile;

/// Sign a bundle
///
/// Writes .signatures.json as opa sign does, with a digest of each file, hidden ones among them. Files of a directory are
/// named with the directory before them, as in OPA, so that only who loads the directory by the same path can verify it;
/// --relative names them as they are named in an archive. With -o FILE.tar.gz, an archive is written that holds the files
/// and the signature. Exit codes: 0 the signature was written; 1 it was not, or wrong arguments.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis sign --bundle policies --signing-key key.pem -o policies\n  portcullis sign --bundle bundle.tar.gz --signing-key key.pem --key-id 2026 -o signed.tar.gz\n  portcullis sign --bundle policies --signing-key env:SECRET --signing-alg HS256 -o signed.tar.gz"
)]
pub(crate) struct Args {
    /// The bundles: directories or archives
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Read the paths as bundles, which is always done; opa sign demands it
    #[arg(short, long)]
    bundle: bool,
    /// The private key: a file in PEM, or env:NAME, or - for standard input; for HS algorithms the secret, of which each byte
    /// counts
    #[arg(long, value_name = "KEY", value_parser = KeySource::parse)]
    signing_key: KeySource,
    /// The algorithm; without it RS256 for RSA keys, and for others the one that they are for
    #[arg(long, visible_alias = "algorithm", value_name = "NAME", value_parser = key::algorithm)]
    signing_alg: Option<Algorithm>,
    /// A file with the passphrase of an encrypted key; without it the environment variable
    /// `PORTCULLIS_SIGNING_KEY_PASSPHRASE` counts, and then a terminal is asked
    #[arg(long, value_name = "FILE")]
    signing_key_passphrase_file: Option<PathBuf>,
    /// The id by which verifiers know the key
    #[arg(long, visible_alias = "verification-key-id", value_name = "ID")]
    key_id: Option<String>,
    /// A JSON file with what to claim beside the files, such as scope
    #[arg(long, value_name = "FILE")]
    claims_file: Option<PathBuf>,
    /// Name the files of a directory by their paths below it
    #[arg(long)]
    relative: bool,
    /// The directory for .signatures.json, or the archive to write
    #[arg(short, long = "output-file-path", value_name = "DIR|FILE.tar.gz", default_value = ".")]
    output: PathBuf,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match sign(args, io) {
        Ok(()) => Exit::Success,
        Err(refusal) => {
            refusal.tell(io);
            Exit::One
        }
    }
}

fn sign(args: &Args, io: &mut Io) -> Result<(), Refusal> {
    let as_archive = args.output.to_string_lossy().ends_with(".tar.gz");
    let output = if as_archive { args.output.clone() } else { args.output.join(SIGNATURES_FILE) };
    let output = WholeFile::at(&output).map_err(|error| Refusal::new(error.to_string()))?;
    let passphrase = PassphraseSource {
        file: args.signing_key_passphrase_file.clone(),
        variable: "PORTCULLIS_SIGNING_KEY_PASSPHRASE",
        flag: "--signing-key-passphrase-file",
    };
    let key = args.signing_key.signing_key(args.signing_alg, &passphrase, io)?;
    let claims = args.claims_file.as_deref().map(trust::claims).transpose()?;
    let mut members = Vec::new();
    for path in &args.paths {
        if args.signing_key.lies_in(path) {
            let message = format!("the private key lies in the bundle `{}`", path.display());
            if as_archive {
                let refusal = Refusal::new(message);
                return Err(refusal.with_help("move it out, or everyone who gets the archive has the key"));
            }
            io.warning(message);
        }
        let files = BundleFiles::read(path)?;
        members.extend(if args.relative || as_archive { files.members } else { files.with_directory() });
    }
    let signer = Signer {
        key: &key,
        key_id: args.key_id.as_deref(),
        claims: claims.as_ref(),
        style: SignatureStyle::Sign,
    };
    let signature = bundle::sign(&members, &signer).map_err(|error| Refusal::new(error.to_string()))?;
    let content = if as_archive { signed_archive(members, signature)? } else { signature };
    output.write(&content).map_err(|error| Refusal::new(error.to_string()))
}

/// An archive of the files with this signature in place of others.
fn signed_archive(mut members: Vec<Member>, signature: Vec<u8>) -> Result<Vec<u8>, Refusal> {
    members.retain(|member| !is_signatures_file(&member.path));
    members.push(Member { path: SIGNATURES_FILE.to_owned(), bytes: signature });
    let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    archive::write(&members, threads)
        .map_err(|error| Refusal::new(format!("no archive could be made: {}", io_reason(&error))))
}
