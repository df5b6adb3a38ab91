//! Which engine evaluates, and what policies may reach meanwhile.

use std::sync::Arc;

use portcullis::compare::{ComparingEngine, Divergences};
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
    /// Let policies connect to other hosts (`http.send`, `net.lookup_ip_addr`)
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
    /// Our own, and a report of every answer that regorus has otherwise
    Both,
}

/// What an error of a built-in function means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BuiltinErrors {
    /// The call is undefined.
    Undefined,
    /// The evaluation ends.
    Strict,
}

/// What policies are evaluated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Their answers.
    Answers,
    /// Their answers, and what of them was evaluated.
    Coverage,
}

impl EngineArgs {
    /// The engine.
    pub(crate) fn build(&self, errors: BuiltinErrors) -> BuiltEngine {
        self.build_for(errors, Purpose::Answers)
    }

    /// The engine for a purpose.
    pub(crate) fn build_for(&self, errors: BuiltinErrors, purpose: Purpose) -> BuiltEngine {
        let native = || self.native(errors, purpose);
        match self.engine {
            EngineKind::Native => BuiltEngine { engine: Box::new(native()), divergences: None },
            EngineKind::Regorus => BuiltEngine { engine: Box::new(ReferenceEngine), divergences: None },
            EngineKind::Both => {
                let (engine, divergences) =
                    ComparingEngine::new(Box::new(native()), Box::new(ReferenceEngine));
                BuiltEngine { engine: Box::new(engine), divergences: Some(divergences) }
            }
        }
    }

    fn native(&self, errors: BuiltinErrors, purpose: Purpose) -> NativeEngine {
        let network = if self.allow_net { Network::Allowed } else { Network::Denied };
        let options = EngineOptions {
            strict_builtin_errors: errors == BuiltinErrors::Strict,
            optimise: !self.no_optimise,
            covers: purpose == Purpose::Coverage,
        };
        NativeEngine::new(Arc::new(Machine::new(network))).with_options(options)
    }
}

/// An engine as the arguments have it.
#[derive(Debug)]
pub(crate) struct BuiltEngine {
    /// The engine.
    pub(crate) engine: Box<dyn Engine>,
    /// What two engines disagreed on, where there are two.
    pub(crate) divergences: Option<Arc<Divergences>>,
}
