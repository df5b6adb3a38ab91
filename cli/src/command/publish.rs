//! `portcullis publish`: puts a bundle where servers and OPA get it from.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use portcullis::bundle::{Unsigned, Verification};

use super::trust::TrustArgs;
use crate::clock;
use crate::exit::Exit;
use crate::io::Io;
use crate::publish::{
    Access, Artefact, Conflict, Destination, Mode, Options, Outcome, PlainHttp, PublishError, Receipt,
    StrictReading, Verify, publish,
};
use crate::report::diagnostics::Printable;

/// Publish a bundle to a directory, a server, an object store or a registry
///
/// The bundle is verified first. Whoever gets it from DEST sees the previous bundle or the whole new one, also when this
/// command is interrupted; then it starts from the beginning next time. Publishing what is there already does nothing. The
/// digest goes to stdout: of the archive, or of the manifest in a registry. Exit codes: 0 published, or there already; 1
/// verification says no, or wrong arguments; 2 it could not be published.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis publish bundle.tar.gz /srv/bundles/authz --allow-unsigned\n  portcullis publish bundle.tar.gz https://bundles.example/authz.tar.gz --token-file token --allow-unsigned\n  portcullis publish bundle.tar.gz s3://policies/authz --keep 20 --allow-unsigned\n  portcullis publish bundle.tar.gz oci://ghcr.io/org/authz:1.4.0 --username me --password-file pass --allow-unsigned"
)]
pub(crate) struct Args {
    /// The bundle: an archive
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
    /// Where to: a path, or file:, http:, https:, s3:, gs:, az:, oci: with //
    #[arg(value_name = "DEST")]
    destination: String,
    /// The name of the bundle in the directory or store; without it, DEST ends with the name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// How many revisions a directory or store keeps, the new one included
    #[arg(long, value_name = "N", default_value = "10")]
    keep: NonZeroUsize,
    /// Publish though the revision is there with other content
    #[arg(long)]
    force: bool,
    /// Look at the bundle and at DEST, say what would be done, and do nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// How often to try again what failed for a reason that may pass
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: u32,
    #[command(flatten)]
    trust: TrustArgs,
    /// Publish a bundle that nobody signed; it still has to be one
    #[arg(long)]
    allow_unsigned: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
}

/// How to reach servers.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connection")]
struct ConnectionArgs {
    /// A header for an HTTP server; repeatable
    #[arg(long, value_name = "NAME: VALUE", value_parser = header)]
    header: Vec<(String, String)>,
    /// A file with a bearer token, for HTTP servers and registries; or `PORTCULLIS_TOKEN`
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The user of a registry; or `PORTCULLIS_USERNAME`; else as docker login left it
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// A file with the password for a registry; or `PORTCULLIS_PASSWORD`
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// A setting of an object store, such as endpoint; repeatable; wins over the environment
    #[arg(long = "option", value_name = "KEY=VALUE", value_parser = setting)]
    options: Vec<(String, String)>,
    /// Allow connections without TLS, not only to this machine
    #[arg(long)]
    insecure_plain_http: bool,
    /// When the bundle was made, as an annotation in a registry: a time of RFC 3339, or now
    #[arg(long, value_name = "TIME", value_parser = time)]
    created: Option<String>,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let destination = match Destination::parse(&args.destination, args.name.as_deref()) {
        Ok(destination) => destination,
        Err(error) => return tell(&error, Exit::One, io),
    };
    let bytes = match fs_err::read(&args.bundle) {
        Ok(bytes) => bytes,
        Err(error) => {
            io.error(error);
            return Exit::Two;
        }
    };
    let artefact = match verified(bytes, args, io) {
        Ok(artefact) => artefact,
        Err(exit) => return exit,
    };
    let published = options(args).and_then(|options| publish(&destination, &artefact, &options, io));
    match published {
        Ok(receipt) => {
            say(&receipt, &artefact, io);
            io.write(format!("{}\n", receipt.digest).as_bytes(), Exit::Two)
        }
        Err(error) => tell(&error, Exit::Two, io),
    }
}

fn verified(bytes: Vec<u8>, args: &Args, io: &mut Io) -> Result<Artefact, Exit> {
    let bundle = args.bundle.display();
    let verification = match args.trust.verification(io) {
        Ok(verification) => verification,
        Err(refusal) => {
            refusal.tell(io);
            return Err(Exit::Two);
        }
    };
    let verification = match verification {
        None if args.allow_unsigned => {
            Some(Verification { unsigned: Unsigned::Allow, ..Verification::default() })
        }
        Some(verification) if args.allow_unsigned => {
            Some(Verification { unsigned: Unsigned::Allow, ..verification })
        }
        other => other,
    };
    if verification.is_none() && !args.trust.skips() {
        io.error(format_args!("nobody vouches for `{bundle}`: no key was given to verify it with"));
        io.hint("give --verification-key; to publish it all the same, say --allow-unsigned");
        return Err(Exit::One);
    }
    match (StrictReading { verification }).verify(&bytes) {
        Ok(verified) => {
            if let Some(key) = verified.signed_by {
                io.note(format_args!("verified: signed by {key}"));
            }
            Ok(Artefact::new(bytes, verified.revision))
        }
        Err(reason) => {
            io.error(format_args!("`{bundle}` is not published: {reason}"));
            Err(Exit::One)
        }
    }
}

fn options(args: &Args) -> Result<Options, PublishError> {
    let connection = &args.connection;
    let access = Access {
        token: secret(connection.token_file.as_deref(), "PORTCULLIS_TOKEN")?,
        username: connection.username.clone().or_else(|| variable("PORTCULLIS_USERNAME")),
        password: secret(connection.password_file.as_deref(), "PORTCULLIS_PASSWORD")?,
        headers: connection.header.clone(),
    };
    Ok(Options {
        keep: args.keep,
        mode: if args.dry_run { Mode::DryRun } else { Mode::Publish },
        conflict: if args.force { Conflict::Replace } else { Conflict::Refuse },
        retries: args.retries,
        plain_http: if connection.insecure_plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback },
        access,
        settings: connection.options.clone(),
        created: connection.created.clone(),
        now: clock::now(),
    })
}

fn say(receipt: &Receipt, artefact: &Artefact, io: &mut Io) {
    let revision = artefact.revision.as_deref().map_or_else(
        || "the bundle, which states no revision,".to_owned(),
        |revision| format!("revision `{}`", Printable(revision)),
    );
    let place = Printable(&receipt.place);
    match receipt.outcome {
        Outcome::Published => io.note(format_args!("published {revision} to {place}")),
        Outcome::AlreadyThere => io.note(format_args!("{place} has {revision} already")),
        Outcome::WouldPublish => io.note(format_args!("would publish {revision} to {place}")),
        Outcome::Superseded => {
            io.warning(format_args!(
                "{place} has {revision} in its index, but a newer one was published meanwhile"
            ));
        }
    }
}

fn tell(error: &PublishError, exit: Exit, io: &mut Io) -> Exit {
    io.error(error);
    if let Some(help) = error.help() {
        io.hint(help);
    }
    exit
}

/// A secret from a file, without the line end that editors put there, else from the environment.
fn secret(file: Option<&Path>, name: &str) -> Result<Option<String>, PublishError> {
    let Some(file) = file else { return Ok(variable(name)) };
    let text = fs_err::read_to_string(file).map_err(|error| PublishError::of_secret(&error))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header has the form NAME: VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("a setting has the form KEY=VALUE")?;
    Ok((key.to_owned(), value.to_owned()))
}

fn time(text: &str) -> Result<String, String> {
    if text == "now" { Ok(clock::now()) } else { clock::parse_time(text) }
}
