//! Who is asked for decisions on calls: policies that are loaded, or a server with OPA's REST API.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portcullis::audit::{Call, Verdict};
use portcullis::eval::{NativeEngine, NativePolicy};
use portcullis::explain::{Decision, Watch};
use portcullis::policy::{Outcome, Policy as _, Prepared, Query, Request};
use portcullis::probe::decision;
use portcullis::value::Value;

use super::decision_path::DecisionPath;
use super::input::PolicyArgs;
use super::trust::TrustArgs;
use crate::client::{Access, Client};
use crate::go_duration;
use crate::host::{Machine, Network};
use crate::io::Io;
use crate::load::io_reason;
use crate::policy_set::{Failure, PolicySet};
use crate::publish::PlainHttp;
use crate::refusal::Refusal;

/// Whom to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct DeciderArgs {
    #[command(flatten)]
    pub(super) policies: PoliciesArgs,
    #[command(flatten)]
    pub(super) server: ServerArgs,
}

/// Which policies to ask, and for which decision.
#[derive(Debug, clap::Args)]
pub(crate) struct PoliciesArgs {
    /// Policies and data to ask: files, directories or bundles; repeatable
    #[arg(long, value_name = "PATH", default_value = USUAL)]
    policy: Vec<String>,
    /// The decision: the path of a rule or of a package with a rule `allow`, as data has it
    #[arg(long, value_name = "PATH", default_value = "agentweave/authz", value_parser = DecisionPath::parse)]
    decision: DecisionPath,
    #[command(flatten)]
    pub(super) reading: PolicyArgs,
    #[command(flatten)]
    trust: TrustArgs,
}

/// How to reach a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerArgs {
    /// Ask the OPA at this URL, and no policies here
    #[arg(long, value_name = "URL", conflicts_with = "policy")]
    pub(super) server: Option<String>,
    /// A file with a bearer token for the server; or `PORTCULLIS_TOKEN`
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// Certificates in PEM of who vouches for the server, instead of the system's
    #[arg(long, value_name = "FILE", requires = "server")]
    ca_file: Option<PathBuf>,
    /// How long one request to the server may take
    #[arg(long, value_name = "DURATION", value_parser = timeout, default_value = "10s")]
    timeout: Duration,
    /// Allow a connection without TLS, not only to this machine
    #[arg(long, requires = "server")]
    insecure_plain_http: bool,
}

/// Who answers.
#[derive(Debug)]
pub(crate) enum Decider {
    /// Policies that were loaded.
    Policies(Box<Local>),
    /// A server.
    Server(Remote),
}

/// Policies that were loaded, with their data.
#[derive(Debug)]
pub(crate) struct Local {
    policies: PolicySet,
    policy: NativePolicy,
    path: DecisionPath,
    prepared: Box<dyn Prepared>,
}

/// A server.
#[derive(Debug)]
pub(crate) struct Remote {
    pub(super) client: Client,
    path: DecisionPath,
}

impl DeciderArgs {
    /// Loads the policies, or makes ready to ask the server.
    ///
    /// # Errors
    /// What can't be loaded, or how no server can be asked.
    pub(crate) fn decider(&self, io: &mut Io) -> Result<Decider, Failure> {
        match self.server.client()? {
            Some(client) => Ok(Decider::Server(Remote { client, path: self.policies.decision.clone() })),
            None => Ok(Decider::Policies(Box::new(self.policies.local(&[], io)?))),
        }
    }
}

impl PoliciesArgs {
    /// The decision that is asked for.
    pub(super) fn decision(&self) -> &DecisionPath {
        &self.decision
    }

    /// The policies and data, as the user names them.
    pub(super) fn paths(&self) -> &[String] {
        &self.policy
    }

    /// Loads the policies, and data in `more` files.
    ///
    /// # Errors
    /// What can't be loaded.
    pub(super) fn local(&self, more: &[String], io: &mut Io) -> Result<Local, Failure> {
        if self.policy == [USUAL] && !Path::new(USUAL).exists() {
            let refusal = Refusal::new(format!("there is no `{USUAL}` here"));
            return Err(Failure::of_refusal(refusal.with_help("name the policies to ask with --policy")));
        }
        let trust = self.trust.trust(io).map_err(Failure::of_refusal)?;
        let paths: Vec<String> = self.policy.iter().chain(more).cloned().collect();
        let policies = self.reading.clone().with_trust(trust).load_paths(&paths)?;
        for warning in &policies.warnings {
            io.warning(warning);
        }
        let engine = NativeEngine::new(Arc::new(Machine::new(Network::Denied)));
        let policy = policies.compile_native(&engine, &[])?;
        Local::new(policies, policy, self.decision.clone())
    }
}

impl ServerArgs {
    /// A client of the server, if one is named.
    ///
    /// # Errors
    /// When it can't be asked so.
    pub(super) fn client(&self) -> Result<Option<Client>, Failure> {
        let Some(url) = &self.server else { return Ok(None) };
        let access = self.access().map_err(Failure::of_refusal)?;
        Client::new(url, &access).map(Some).map_err(Failure::of_refusal)
    }

    fn access(&self) -> Result<Access, Refusal> {
        let read = |path: &Path, what: &str| {
            fs_err::read(path).map_err(|error| {
                Refusal::new(format!("{what} `{}` can't be read: {}", path.display(), io_reason(&error)))
            })
        };
        let token = match &self.token_file {
            Some(path) => {
                let text = String::from_utf8(read(path, "the token")?)
                    .map_err(|_| Refusal::new(format!("the token `{}` is no text", path.display())))?;
                Some(text.trim_end_matches(['\r', '\n']).to_owned())
            }
            None => std::env::var("PORTCULLIS_TOKEN").ok().filter(|token| !token.is_empty()),
        };
        let authorities = self.ca_file.as_deref().map(|path| read(path, "the certificate")).transpose()?;
        let plain_http = if self.insecure_plain_http { PlainHttp::Anywhere } else { PlainHttp::Loopback };
        Ok(Access { token, authorities, timeout: self.timeout, plain_http })
    }
}

impl Decider {
    /// What is said of a call.
    ///
    /// # Errors
    /// When nothing is: the decision is undefined, no decision, or could not be asked for.
    pub(crate) fn decide(&mut self, call: &Call) -> Result<Verdict, Refusal> {
        match self {
            Self::Policies(local) => local.decide(call),
            Self::Server(remote) => remote.decide(call),
        }
    }
}

impl Local {
    fn new(policies: PolicySet, policy: NativePolicy, path: DecisionPath) -> Result<Self, Failure> {
        let prepared = policy
            .prepare(&Query::Path(path.steps().to_vec()))
            .map_err(|diagnostics| Failure::new(diagnostics, policies.modules.clone()))?;
        Ok(Self { policies, policy, path, prepared })
    }

    /// The same policies over other data.
    ///
    /// # Errors
    /// None that the policies don't have over their own data.
    pub(super) fn over(&self, data: Value) -> Result<Self, Failure> {
        let policies = self.policies.clone().with_data(data.clone());
        Self::new(policies, self.policy.with_data(data), self.path.clone())
    }

    /// The base documents.
    pub(super) fn data(&self) -> &Value {
        self.policy.data()
    }

    pub(super) fn decide(&mut self, call: &Call) -> Result<Verdict, Refusal> {
        let input = call.input();
        let evaluation = self.prepared.evaluate(&Request { input: Some(&input), ..Request::default() });
        let value = match evaluation.outcome {
            Outcome::Defined(results) => {
                results.into_iter().next().and_then(|it| it.expressions.into_iter().next())
            }
            Outcome::Undefined => None,
            Outcome::Error(error) => {
                let place =
                    error.location.as_ref().map(|at| format!("{}:{}: ", at.file, at.row)).unwrap_or_default();
                let message = format!("`{}` can't be evaluated: {place}{error}", self.path.dotted());
                return Err(Refusal::new(message));
            }
        };
        read(
            value.map(|expression| expression.value).as_ref(),
            &self.path,
            "the policies have no such decision",
        )
    }

    /// What is asked.
    pub(super) fn policy(&self) -> &NativePolicy {
        &self.policy
    }

    /// The path of the rule that decides: the one that is named, or `allow` in what is named; none if neither is a rule.
    pub(super) fn rule(&self) -> Option<Vec<Arc<str>>> {
        let allow = self.path.steps().iter().cloned().chain([Arc::from("allow")]).collect();
        let is_rule =
            |path: &Vec<Arc<str>>| decision::Decision::at(path.clone()).rule(self.policy.program()).is_some();
        [allow, self.path.steps().to_vec()].into_iter().find(is_rule)
    }

    /// What decided on a call, where the decision has a rule that says so.
    pub(super) fn why(&mut self, call: &Call) -> Vec<Decision> {
        let prepared = self.rule().and_then(|path| self.policy.prepare(&Query::Path(path)).ok());
        let input = call.input();
        let request = Request { input: Some(&input), ..Request::default() };
        let explained = prepared.and_then(|mut prepared| prepared.explain(&request, Watch::Decisions));
        explained.map(|explained| explained.decisions).unwrap_or_default()
    }
}

impl Remote {
    fn decide(&self, call: &Call) -> Result<Verdict, Refusal> {
        let document = self.client.decide(&self.path.segments(), &call.input())?;
        let who = format!("`{}` has no such decision", self.client.name());
        read(document.as_ref(), &self.path, &who)
    }
}

/// A document as a decision; undefined is none.
fn read(document: Option<&Value>, path: &DecisionPath, missing: &str) -> Result<Verdict, Refusal> {
    let name = path.dotted();
    let Some(document) = document else {
        return Err(Refusal::new(format!("`{name}` is undefined: {missing}"))
            .with_help("--decision names a rule, or a package with a rule `allow`, as in agentweave/authz"));
    };
    Verdict::of(document).map_err(|error| Refusal::new(format!("`{name}` is no decision: {error}")))
}

/// Where the policies are unless somebody says otherwise.
const USUAL: &str = "policies/agentweave";

fn timeout(text: &str) -> Result<Duration, String> {
    go_duration::parse(text)
        .and_then(|time| if time.is_zero() { Err("a request needs some time".to_owned()) } else { Ok(time) })
}
