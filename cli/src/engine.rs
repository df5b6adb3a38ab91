//! Which engine evaluates, and what policies may reach meanwhile.

use std::sync::Arc;

use portcullis::eval::{EngineOptions, NativeEngine};
use portcullis::policy::Engine;
use portcullis::reference::ReferenceEngine;

use crate::host::{Machine, Network};

/// How to evaluate.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct EngineArgs {
    /// Which engine evaluates
    #[arg(long, value_enum, default_value_t)]
    engine: EngineKind,
    /// Let policies connect to other hosts (http.send, net.lookup_ip_addr)
    #[arg(long)]
    allow_net: bool,
    /// Evaluate without indexes and other shortcuts; the answers are the same
    #[arg(long)]
    no_optimise: bool,
}

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum EngineKind {
    /// Our own, with OPA's answers
    #[default]
    Native,
    /// The regorus library, whose answers differ from OPA's in places
    Regorus,
}

/// What an error of a built-in function means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltinErrors {
    /// The call is undefined.
    Undefined,
    /// The evaluation ends.
    Strict,
}

impl EngineArgs {
    /// The engine.
    pub(crate) fn engine(&self, errors: BuiltinErrors) -> Box<dyn Engine> {
        match self.engine {
            EngineKind::Native => {
                let network = if self.allow_net { Network::Allowed } else { Network::Denied };
                let options = EngineOptions {
                    strict_builtin_errors: errors == BuiltinErrors::Strict,
                    optimise: !self.no_optimise,
                };
                Box::new(NativeEngine::new(Arc::new(Machine::new(network))).with_options(options))
            }
            EngineKind::Regorus => Box::new(ReferenceEngine),
        }
    }
}
