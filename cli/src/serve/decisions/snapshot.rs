//! One version of everything that decides: modules and data that belong together, and what they are made into.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use portcullis::eval::{Document, NativePolicy};
use portcullis::policy::{Evaluation, Limits, Outcome, Prepared, Print, Request};
use portcullis::rest::target;
use portcullis::value::Value;

use super::modules::Modules;
use super::wire::{Problem, in_words};
use crate::engine::BuiltinErrors;

/// One version. Whoever decides holds it until the end, whatever is written meanwhile.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) modules: Arc<Modules>,
    pub(super) policy: NativePolicy,
    /// The bundles that are active.
    pub(super) bundles: BTreeMap<String, ActiveBundle>,
    strict: OnceLock<NativePolicy>,
    ready: Box<[Mutex<Shelf>]>,
}

/// What a bundle says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ActiveBundle {
    pub(super) revision: String,
    /// The paths below `data` that are its own; all if nothing is said.
    pub(super) roots: Option<Vec<String>>,
}

/// Documents that are ready to be asked for by one thread after the other.
#[derive(Debug, Default)]
struct Shelf {
    lenient: HashMap<Box<str>, Vec<Ready>>,
    strict: HashMap<Box<str>, Vec<Ready>>,
}

/// A document that is ready, and how long it took the last time.
#[derive(Debug)]
pub(super) struct Ready {
    document: Document,
    took: Option<Duration>,
}

/// An answer, and what there is to know of it.
#[derive(Debug)]
pub(super) struct Answered {
    /// The value; nothing if it is undefined.
    pub(super) value: Option<Value>,
    pub(super) prints: Vec<Print>,
    /// The reference to what was asked for.
    pub(super) text: Arc<str>,
    /// Whether it was ready.
    pub(super) was_ready: bool,
    /// How long it took to make it ready, and to evaluate.
    pub(super) prepared_in: Duration,
    pub(super) evaluated_in: Duration,
}

impl Snapshot {
    pub(super) fn new(modules: Arc<Modules>, policy: NativePolicy) -> Self {
        let bundles = active_bundles(policy.data());
        let ready = (0..SHELVES).map(|_| Mutex::default()).collect();
        Self { modules, policy, bundles, strict: OnceLock::new(), ready }
    }

    pub(super) fn data(&self) -> &Value {
        self.policy.data()
    }

    /// The policy for what errors of built-in functions mean.
    pub(super) fn policy(&self, errors: BuiltinErrors) -> &NativePolicy {
        match errors {
            BuiltinErrors::Undefined => &self.policy,
            BuiltinErrors::Strict => self.strict.get_or_init(|| self.policy.with_strict_builtin_errors()),
        }
    }

    /// The revisions of the active bundles.
    pub(super) fn revisions(&self) -> BTreeMap<String, String> {
        self.bundles.iter().map(|(name, bundle)| (name.clone(), bundle.revision.clone())).collect()
    }

    /// The value of the document that a path of the data API names.
    pub(super) fn ask(
        &self,
        path: &str,
        input: Option<&Value>,
        errors: BuiltinErrors,
        deadline: Duration,
    ) -> Result<Answered, Problem> {
        let started = Instant::now();
        let found = self.take(path, errors);
        let was_ready = found.is_some();
        let mut ready = match found {
            Some(ready) => ready,
            None => self.prepare(path, errors)?,
        };
        let prepared_in = started.elapsed();
        let request =
            Request { input, with: &[], limits: Limits { time: Some(deadline), ..Limits::default() } };
        let mut evaluate = || guarded(&mut *ready.document.prepared, &request);
        // What may take long must not keep other connections of this thread waiting.
        let evaluation = if ready.took.is_some_and(|took| took < SHORT) {
            evaluate()
        } else {
            tokio::task::block_in_place(evaluate)
        };
        let evaluated_in = started.elapsed().saturating_sub(prepared_in);
        // One that broke may be broken.
        let Evaluation { outcome, prints, .. } = evaluation.ok_or_else(Problem::broken_evaluation)?;
        ready.took = Some(evaluated_in);
        let text = Arc::clone(&ready.document.text);
        self.give_back(path, errors, ready);
        let value = match outcome {
            Outcome::Defined(results) => {
                let first = results.into_iter().next();
                first.and_then(|result| result.expressions.into_iter().next()).map(|first| first.value)
            }
            Outcome::Undefined => None,
            Outcome::Error(error) => return Err(Problem::evaluation(&error)),
        };
        Ok(Answered { value, prints, text, was_ready, prepared_in, evaluated_in })
    }

    /// Makes what a path names ready.
    fn prepare(&self, path: &str, errors: BuiltinErrors) -> Result<Ready, Problem> {
        let steps = target::steps(path)
            .map_err(|message| Problem::internal(format!("invalid_parameter: invalid path: {message}")))?;
        let document = self.policy(errors).document(steps);
        let document =
            document.map_err(|unfit| Problem::internal(in_words(&unfit.diagnostics, &unfit.sources)))?;
        Ok(Ready { document, took: None })
    }

    fn take(&self, path: &str, errors: BuiltinErrors) -> Option<Ready> {
        let mut own = self.shelf().lock().unwrap_or_else(PoisonError::into_inner);
        own.of(errors).get_mut(path)?.pop()
    }

    fn give_back(&self, path: &str, errors: BuiltinErrors, ready: Ready) {
        let mut own = self.shelf().lock().unwrap_or_else(PoisonError::into_inner);
        let all = own.of(errors);
        match all.get_mut(path) {
            Some(list) if list.len() < MOST_OF_ONE => list.push(ready),
            Some(_) => {}
            None => {
                // Clients can name as many paths as they like.
                if all.len() >= MOST_PATHS {
                    all.clear();
                }
                all.insert(path.into(), vec![ready]);
            }
        }
    }

    /// The shelf of this thread, so that threads seldom wait for each other.
    fn shelf(&self) -> &Mutex<Shelf> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed);
        }
        let own = OWN.with(|own| *own);
        // There is at least one.
        self.ready.get(own % SHELVES).unwrap_or_else(|| unused_shelf())
    }
}

fn unused_shelf() -> &'static Mutex<Shelf> {
    static UNUSED: OnceLock<Mutex<Shelf>> = OnceLock::new();
    UNUSED.get_or_init(Mutex::default)
}

impl Shelf {
    fn of(&mut self, errors: BuiltinErrors) -> &mut HashMap<Box<str>, Vec<Ready>> {
        match errors {
            BuiltinErrors::Undefined => &mut self.lenient,
            BuiltinErrors::Strict => &mut self.strict,
        }
    }
}

/// Evaluates; nothing if that panics, which is a bug of ours and must not end the connection without a word.
pub(super) fn guarded(prepared: &mut dyn Prepared, request: &Request<'_>) -> Option<Evaluation> {
    catch_unwind(AssertUnwindSafe(|| prepared.evaluate(request))).ok()
}

/// The bundles that the data tells of, where OPA keeps what it knows of them.
fn active_bundles(data: &Value) -> BTreeMap<String, ActiveBundle> {
    let all = data.lookup(&["system", "bundles"]).and_then(Value::as_object);
    let one = |(name, state): (&Value, &Value)| {
        let manifest = state.lookup(&["manifest"])?;
        let revision = manifest.lookup(&["revision"]).and_then(Value::as_str).unwrap_or_default().to_owned();
        let roots = manifest
            .lookup(&["roots"])
            .and_then(Value::as_array)
            .map(|roots| roots.iter().filter_map(Value::as_str).map(str::to_owned).collect());
        Some((name.as_str()?.to_owned(), ActiveBundle { revision, roots }))
    };
    all.into_iter().flat_map(|all| all.iter()).filter_map(one).collect()
}

/// Over how many shelves threads are spread.
const SHELVES: usize = 16;

/// How many documents of one path are kept ready on a shelf.
const MOST_OF_ONE: usize = 16;

/// How many paths are kept ready on a shelf.
const MOST_PATHS: usize = 256;

/// What takes longer gets a thread of its own.
const SHORT: Duration = Duration::from_micros(500);
