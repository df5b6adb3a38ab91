//! `portcullis serve`: gives out bundles over HTTP, and decides.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portcullis::policy::RegoVersion;

use super::input::{load_bundles, load_files};
use super::trust::TrustArgs;
use crate::exit::Exit;
use crate::go_duration;
use crate::host::Network;
use crate::io::Io;
use crate::load::{self, IgnorePattern};
use crate::refusal::Refusal;
use crate::report::diagnostics;
use crate::serve::bundles::check::{self, Check};
use crate::serve::decisions::{Authentication, Authorization, Found};
use crate::serve::journal::{Destination, LineFormat};
use crate::serve::limits::Limits;
use crate::serve::tls::{Files, LeastVersion};
use crate::serve::{self, Settings, Stop, Transport, bundles, decision_log, decisions, opa_config};

/// Decide over HTTP as OPA does, and serve bundles to it
///
/// With --policy it answers OPA's REST API by the policies and data in files. With --bundles, or without both, it gives out bundles: NAME.tar.gz or NAME/bundle.tar.gz in the folder is fetched as /bundles/NAME. Without a key, the one in the file
/// DIR.pub.pem beside the folder counts. A bundle is served once it was verified, and replaced by a changed file only if that is verified too. SIGTERM ends the server, SIGHUP makes it read certificates, tokens and policies
/// again. Exit codes: 0 a signal ended it; 1 it could not start, or wrong arguments.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(
    after_help = "Examples:\n  portcullis serve\n  portcullis serve --policy policies/agentweave\n  portcullis serve --bundles dist --verification-key release.pub.pem -a 0.0.0.0:8182 --tls-cert-file tls.crt --tls-private-key-file tls.key --token-file tokens.toml"
)]
pub(crate) struct Args {
    /// Give out the bundles of this folder; `bundles` if nothing is to decide
    #[arg(long, value_name = "DIR")]
    bundles: Option<PathBuf>,
    /// Decide by the policies and data in this file, folder or archive; repeatable
    #[arg(long, value_name = "PATH", num_args = 1..)]
    policy: Vec<String>,
    /// Load the paths of --policy as bundles, whose roots nobody else writes below: directories or archives, data only from data.json
    /// and data.yaml
    #[arg(short, long, requires = "policy")]
    bundle: bool,
    /// Read what --policy names again whenever it changes
    #[arg(short, long, requires = "policy")]
    watch: bool,
    /// Decide as this configuration file of OPA says: bundles that are fetched, decision logs, limits
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Log decisions to `console`, `file:PATH`, or `syslog+udp://HOST:PORT`, also with `+tcp` and `+tls`; settings follow after a
    /// question mark, as in `file:decisions.jsonl?format=audit`; repeatable
    #[arg(long, value_name = "WHERE")]
    decision_log: Vec<decision_log::Destination>,
    /// Keep decisions in this folder until they are written or sent, so that none is lost with the process
    #[arg(long, value_name = "DIR")]
    decision_log_buffer: Option<PathBuf>,
    /// How many bytes of decisions are kept there for each place
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 30, requires = "decision_log_buffer")]
    decision_log_buffer_bytes: u64,
    /// How clients are identified for the policy that authorizes them
    #[arg(long, value_enum, value_name = "BY", default_value_t)]
    authentication: Authentication,
    /// Whether data.system.authz.allow has to be true for each request
    #[arg(long, value_enum, value_name = "BY", default_value_t)]
    authorization: Authorization,
    /// Leave out files and folders of --policy whose name matches, as in '.*' or '*_test.rego'; repeatable
    #[arg(long, value_name = "PATTERN", value_delimiter = ',', value_parser = IgnorePattern::parse)]
    ignore: Vec<IgnorePattern>,
    /// Keep what is pushed through the API in this folder, also over a crash; it counts over what --policy says
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,
    /// Read Rego as OPA did before 1.0
    #[arg(long)]
    v0_compatible: bool,
    /// Let policies connect to other hosts (`http.send`, `net.lookup_ip_addr`)
    #[arg(long)]
    allow_net: bool,
    /// How long a decision may take
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = positive)]
    decision_timeout: Duration,
    /// Where to listen; without TLS only on this machine. 127.0.0.1:8181 if it decides, 127.0.0.1:8182 otherwise
    #[arg(short, long, value_name = "HOST:PORT")]
    addr: Option<String>,
    #[command(flatten)]
    trust: TrustArgs,
    /// The certificate of the server in PEM, with those that lead to its authority
    #[arg(long, value_name = "FILE", requires = "tls_private_key_file")]
    tls_cert_file: Option<PathBuf>,
    /// The key of the certificate in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    tls_private_key_file: Option<PathBuf>,
    /// Authorities in PEM: clients have to show a certificate of one of them
    #[arg(long, value_name = "FILE", requires = "tls_cert_file")]
    tls_ca_cert_file: Option<PathBuf>,
    /// The oldest version of TLS that clients may speak
    #[arg(long, value_enum, value_name = "VERSION", default_value_t)]
    min_tls_version: LeastVersion,
    /// Listen without TLS where other machines can connect
    #[arg(long, conflicts_with = "tls_cert_file")]
    insecure_plain_http: bool,
    /// Bearer tokens and the bundles that they are good for, in TOML or JSON
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Where a line for each request goes: stderr, off, or a file
    #[arg(long, value_name = "WHERE", default_value = "stderr")]
    access_log: String,
    /// The form of the lines on stderr and in the access log
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    log_format: LineFormat,
    /// How long a client may wait for a new revision at most
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = go_duration::parse)]
    max_wait: Duration,
    /// How many connections there may be at once
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,
    /// How many bytes the headers of a request may have; 98304 if it decides, 16384 otherwise
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1_024..=1_048_576))]
    max_header_bytes: Option<u32>,
    /// How many bytes the target of a request may have; 65534 if it decides, 4096 otherwise
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(64..=65_534))]
    max_uri_bytes: Option<u32>,
    /// How many bytes the body of a request may have
    #[arg(long, value_name = "BYTES", default_value_t = 268_435_456)]
    max_body_bytes: u64,
    /// How many bytes the body of a request may have once it is unpacked
    #[arg(long, value_name = "BYTES", default_value_t = 536_870_912)]
    max_unpacked_body_bytes: u64,
    /// How many bytes a bundle may have
    #[arg(long, value_name = "BYTES", default_value_t = 268_435_456)]
    max_bundle_bytes: u64,
    /// How long the headers of a request may take to come, and a connection may be idle
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = positive)]
    header_timeout: Duration,
    /// How long a client may take nothing of what it is sent
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = positive)]
    write_timeout: Duration,
    /// How long to wait for downloads when a signal ends the server
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = go_duration::parse)]
    shutdown_grace_period: Duration,
    /// How often to look at the folder, whatever is told of changes
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = positive)]
    rescan: Duration,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    match args.settings(io).and_then(|settings| serve::run(settings, io)) {
        Ok(()) => Exit::Success,
        Err(stop) => {
            stop.tell(io);
            Exit::One
        }
    }
}

impl Args {
    fn settings(&self, io: &mut Io) -> Result<Settings, Stop> {
        let decides = self.decides();
        if self.authorization == Authorization::Basic && !decides {
            let refusal = Refusal::new("nothing decides who may ask, as --authorization basic wants it");
            return Err(refusal
                .with_help("name the policy with --policy, or bundles that have it with --config")
                .into());
        }
        if self.authentication == Authentication::Tls && self.tls_ca_cert_file.is_none() {
            let refusal = Refusal::new("--authentication tls needs to know who may vouch for clients");
            return Err(refusal
                .with_help("give the certificates with --tls-ca-cert-file, beside the server's own")
                .into());
        }
        let address = if decides { "127.0.0.1:8181" } else { "127.0.0.1:8182" };
        let (header_bytes, uri_bytes) = if decides { (98_304, 65_534) } else { (16_384, 4_096) };
        Ok(Settings {
            address: self.addr.clone().unwrap_or_else(|| address.to_owned()),
            transport: self.transport(),
            tokens: self.token_file.clone(),
            limits: Limits {
                connections: self.max_connections,
                header_bytes: self.max_header_bytes.unwrap_or(header_bytes) as usize,
                uri_bytes: self.max_uri_bytes.unwrap_or(uri_bytes) as usize,
                header_time: self.header_timeout,
                stall_time: self.write_timeout,
                grace: self.shutdown_grace_period,
            },
            access_log: Destination::from(&*self.access_log),
            line_format: self.log_format,
            bundles: self.bundles(io)?,
            decisions: decides.then(|| self.decisions(io)).transpose()?,
        })
    }

    fn decides(&self) -> bool {
        !self.policy.is_empty() || self.config.is_some() || self.store.is_some()
    }

    /// The folder of bundles: what is named, or the usual one if the server has nothing else to do.
    fn bundles(&self, io: &mut Io) -> Result<Option<bundles::Settings>, Refusal> {
        let folder = match &self.bundles {
            Some(folder) => folder.clone(),
            None if self.decides() => return Ok(None),
            None => PathBuf::from("bundles"),
        };
        Ok(Some(bundles::Settings {
            check: self.check(&folder, io)?,
            folder,
            longest_wait: self.max_wait,
            most_bytes: self.max_bundle_bytes,
            rescan: self.rescan,
        }))
    }

    fn decisions(&self, io: &mut Io) -> Result<decisions::Settings, Stop> {
        let config = self.config.as_deref().map(opa_config::load).transpose();
        let loaded = config.map_err(|failure| Stop::Policies(Box::new(failure)))?;
        let config = loaded.map(|loaded| {
            if !loaded.warnings.is_empty() {
                io.note(diagnostics::render(&loaded.warnings, &loaded.sources).trim_end());
            }
            loaded.config
        });
        let version = if self.v0_compatible { RegoVersion::V0 } else { RegoVersion::V1 };
        let trust = self.trust.trust(io)?;
        let (paths, ignore) = (self.policy.clone(), self.ignore.clone());
        let bundle = self.bundle;
        let load = move || {
            if bundle {
                return load_bundles(&paths, &ignore, version, trust.clone()).map(Found::Bundles);
            }
            load_files(&paths, &ignore, version, trust.clone()).map(|files| Found::Files(Box::new(files)))
        };
        let watched = if self.watch { &*self.policy } else { &[] };
        Ok(decisions::Settings {
            loader: (!self.policy.is_empty()).then(|| Box::new(load) as decisions::Loader),
            watched: watched.iter().filter_map(|path| load::named_path(path)).collect(),
            store: self.store.clone(),
            version,
            network: if self.allow_net { Network::Allowed } else { Network::Denied },
            deadline: self.decision_timeout,
            body_bytes: self.max_body_bytes,
            unpacked_bytes: self.max_unpacked_body_bytes,
            stall_time: self.write_timeout,
            authentication: self.authentication,
            authorization: self.authorization,
            config,
            log: decision_log::Settings {
                destinations: self.decision_log.clone(),
                buffer: self.decision_log_buffer.clone(),
                buffer_bytes: self.decision_log_buffer_bytes,
                ..decision_log::Settings::default()
            },
        })
    }

    fn check(&self, folder: &Path, io: &mut Io) -> Result<Arc<dyn Check>, Refusal> {
        let key = usual_key(folder);
        let trust = self.trust.clone().or_key(&key).trust(io)?;
        check::of(&trust).ok_or_else(|| {
            Refusal::new("nothing says whose bundles may be served").with_help(format!(
                "give the public key of who signs them with --verification-key [ID=]FILE, or as `{}`; \
                 --insecure-skip-verify serves whatever is in the folder, and --policy decides instead",
                key.display()
            ))
        })
    }

    fn transport(&self) -> Transport {
        match (&self.tls_cert_file, &self.tls_private_key_file) {
            (Some(certificate), Some(key)) => Transport::Tls(Files {
                certificate: certificate.clone(),
                key: key.clone(),
                client_authorities: self.tls_ca_cert_file.clone(),
                least_version: self.min_tls_version,
            }),
            _ if self.insecure_plain_http => Transport::PlainAnywhere,
            _ => Transport::PlainOnLoopback,
        }
    }
}

/// The key that counts when none is given: beside the folder, so that who may write to the folder can't bring it along.
fn usual_key(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".pub.pem");
    folder.with_file_name(name)
}

/// Reads a duration that is more than nothing.
fn positive(text: &str) -> Result<Duration, String> {
    match go_duration::parse(text)? {
        Duration::ZERO => Err("it has to be more than nothing".to_owned()),
        duration => Ok(duration),
    }
}
