//! `portcullis verify`: says whether a bundle is what the owner of a trusted key signed.

use std::path::PathBuf;

use portcullis::bundle::{
    self, Algorithm, BrokenDigests, FilePattern, Unsigned, Verification, VerifiedBundle, VerifyError,
};

use super::trust;
use crate::bundle_files::BundleFiles;
use crate::clock::seconds_since_1970;
use crate::exit::Exit;
use crate::io::Io;
use crate::key::{self, NamedKey};
use crate::refusal::Refusal;
use crate::report::verification;

/// Verify who signed a bundle, and that nothing was changed since
///
/// Each file has to be listed in the signature with its digest, and no other. Files of a directory may be named with the
/// directory before them, as opa sign does it, or by their paths below it. Stricter than OPA: the signature must be made
/// with the algorithm of the key, and expires when it says so. Exit codes: 0 the bundle is verified; 1 it is not, or wrong
/// arguments; 2 it could not be found out.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis verify bundle.tar.gz --key release.pub.pem\n  portcullis verify bundle.tar.gz --key 2025=old.pub.pem --key 2026=new.pub.pem --scope write\n  portcullis verify policies --key env:BUNDLE_SECRET --signing-alg HS256"
)]
pub(crate) struct Args {
    /// The bundle: an archive or a directory
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// A key that may have signed: a file in PEM, or env:NAME, or - for standard input; with ID= before it, signatures that
    /// name another key are not tried with it; repeatable
    #[arg(
        long = "key",
        visible_alias = "verification-key",
        value_name = "[ID=]KEY",
        value_parser = NamedKey::parse,
        required_unless_present = "allow_unsigned"
    )]
    keys: Vec<NamedKey>,
    /// The algorithm of the keys; without it RS256 for RSA keys, and for others the one that they are for
    #[arg(long = "signing-alg", visible_aliases = ["algorithm", "verification-alg"], value_name = "NAME", value_parser = key::algorithm)]
    algorithm: Option<Algorithm>,
    /// The id of the key that has to have signed, whatever the signature says
    #[arg(long, visible_alias = "verification-key-id", value_name = "ID")]
    key_id: Option<String>,
    /// The scope that the signature has to claim; without it, none
    #[arg(long)]
    scope: Option<String>,
    /// Leave out files whose name, as it would be signed, matches, as in 'docs/*'; repeatable
    #[arg(
        long,
        visible_alias = "exclude-files-verify",
        value_name = "PATTERN",
        value_delimiter = ',',
        value_parser = FilePattern::parse
    )]
    exclude_files: Vec<FilePattern>,
    /// Take a bundle without signature too
    #[arg(long)]
    allow_unsigned: bool,
    /// Take digests of MD5 and SHA-1 too, which prove little
    #[arg(long)]
    allow_broken_digests: bool,
    /// How to write the result
    #[arg(short, long, value_enum, default_value_t)]
    format: Format,
}

/// The formats for results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Format {
    /// A few lines
    #[default]
    Pretty,
    /// One document
    Json,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match verdict(args, io) {
        Err(refusal) => {
            refusal.tell(io);
            Exit::Two
        }
        Ok(verdict) => tell(args, &verdict, io),
    }
}

fn verdict(args: &Args, io: &mut Io) -> Result<Result<VerifiedBundle, VerifyError>, Refusal> {
    let keys = trust::trusted_keys(&args.keys, args.algorithm, io)?;
    let files = BundleFiles::read(&args.bundle)?;
    let verification = Verification {
        keys,
        key_id: args.key_id.clone(),
        scope: args.scope.clone(),
        exclude_files: args.exclude_files.clone(),
        now: Some(seconds_since_1970()),
        unsigned: if args.allow_unsigned { Unsigned::Allow } else { Unsigned::Refuse },
        broken_digests: if args.allow_broken_digests { BrokenDigests::Allow } else { BrokenDigests::Refuse },
        directory: files.directory.filter(|directory| !directory.is_empty()),
    };
    Ok(bundle::verify(files.members, &verification))
}

fn tell(args: &Args, verdict: &Result<VerifiedBundle, VerifyError>, io: &mut Io) -> Exit {
    let name = args.bundle.display().to_string();
    let exit = if verdict.is_ok() { Exit::Success } else { Exit::One };
    let text = match (args.format, verdict) {
        (Format::Json, verdict) => verification::json(&name, verdict.as_ref().map(VerifiedBundle::standing)),
        (Format::Pretty, Ok(bundle)) => verification::pretty(&name, bundle.standing()),
        (Format::Pretty, Err(error)) => {
            io.error(format_args!("`{name}` is not verified: {error}"));
            if let Some(help) = error.help() {
                io.hint(help);
            }
            return exit;
        }
    };
    let written = io.write(text.as_bytes(), Exit::Two);
    if written == Exit::Success { exit } else { written }
}
