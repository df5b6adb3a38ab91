//! Documents: decisions that are asked for, and base documents that are written.

use std::time::{Duration, Instant};

use axum::http::{StatusCode, header};
use portcullis::rest::body::{self, Form};
use portcullis::rest::target;
use portcullis::value::Value;

use super::explanation::{self, Explain};
use super::timing::Timing;
use super::{Api, Asked, layout};
use crate::engine::BuiltinErrors;
use crate::report::json_document::Json;
use crate::serve::decisions::OPA_VERSION;
use crate::serve::decisions::compress::Packing;
use crate::serve::decisions::recorder::{Pending, Subject};
use crate::serve::decisions::snapshot::{Answered, Snapshot};
use crate::serve::decisions::state::{Replacing, Step, Written};
use crate::serve::decisions::wire::{Answer, Problem};

/// What a decision is asked with.
#[derive(Debug)]
struct Question<'a> {
    path: &'a str,
    input: Option<Value>,
    /// Whether the answer says that there was no input.
    warns: bool,
    parameters: &'a target::Parameters,
    started: Instant,
    read_in: Duration,
    pending: Option<Pending>,
}

impl Api {
    pub(super) fn get_data(&self, path: &str, asked: &Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let parameters = &asked.parameters;
        let input = parameters.last("input").map(body::input_parameter).transpose().map_err(|error| {
            Problem::invalid(format!("parameter contains malformed input document: {error}"))
        })?;
        let read_in = started.elapsed();
        let pending = self.recorder.begin(asked.client, asked.number, &asked.parts.headers);
        self.decide(Question { path, input, warns: false, parameters, started, read_in, pending })
    }

    pub(super) async fn post_data(&self, path: &str, asked: Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let form = Form::of(asked.header(&header::CONTENT_TYPE));
        let parameters = asked.parameters.clone();
        let pending = self.recorder.begin(asked.client, asked.number, &asked.parts.headers);
        let bytes = asked.body(Packing::Gzip, self.bodies).await?;
        let input = body::input(&bytes, form)
            .map_err(|error| Problem::invalid(format!("body contains malformed input document: {error}")))?;
        let (warns, read_in) = (input.is_none(), started.elapsed());
        self.decide(Question { path, input, warns, parameters: &parameters, started, read_in, pending })
    }

    /// Answers with the bare value.
    pub(super) async fn post_data_v0(&self, path: &str, asked: Asked) -> Result<Answer, Problem> {
        let form = Form::of(asked.header(&header::CONTENT_TYPE));
        let layout = asked.layout();
        let started = Instant::now();
        let pending = self.recorder.begin(asked.client, asked.number, &asked.parts.headers);
        let bytes = asked.body(Packing::Gzip, self.bodies).await;
        let unreadable = |reason: &dyn std::fmt::Display| {
            Problem::invalid(format!("unexpected parse error for input: {reason}"))
        };
        let bytes = bytes.map_err(|problem| match problem.status {
            StatusCode::BAD_REQUEST => unreadable(&problem.message),
            _ => problem,
        })?;
        let input = body::bare_input(&bytes, form)
            .map_err(|error| unreadable(&format_args!("body contains malformed input document: {error}")))?;
        let snapshot = self.state.current();
        let asked = snapshot.ask(path, Some(&input), BuiltinErrors::Undefined, self.deadline);
        let measured = asked.as_ref().map(Took::of).ok();
        let answered = asked.and_then(|answered| {
            self.tell_prints(&answered);
            let problem = answered.value.is_none().then(|| undefined(&snapshot, path, &answered));
            problem.map_or(Ok(answered), Err)
        });
        self.count(path, answered.as_ref().ok().and_then(|answered| answered.value.as_ref()));
        if let Some(pending) = pending {
            let result = answered.as_ref().map(|answered| answered.value.clone());
            let by = (&*snapshot, self.deadline);
            let metrics = timing(measured, None, started).pairs();
            self.recorder.end(pending, Subject::Path(path), Some(&input), result, metrics, by);
        }
        let value = answered?.value.unwrap_or(Value::Null);
        Ok(Answer::document(&Json::Value(&value), layout))
    }

    fn decide(&self, question: Question<'_>) -> Result<Answer, Problem> {
        let Question { path, input, warns, parameters, started, read_in, pending } = question;
        let strict = parameters.is_on("strict-builtin-errors");
        let errors = if strict { BuiltinErrors::Strict } else { BuiltinErrors::Undefined };
        let snapshot = self.state.current();
        let answered = snapshot.ask(path, input.as_ref(), errors, self.deadline);
        self.count(path, answered.as_ref().ok().and_then(|answered| answered.value.as_ref()));
        let measured = answered.as_ref().map(Took::of).ok();
        let timing = || timing(measured, Some(read_in), started);
        let id = pending.as_ref().map(|pending| pending.id.clone());
        if let Some(pending) = pending {
            let result = answered.as_ref().map(|answered| answered.value.clone());
            let metrics = timing().pairs();
            let by = (&*snapshot, self.deadline);
            self.recorder.end(pending, Subject::Path(path), input.as_ref(), result, metrics, by);
        }
        let answered = answered?;
        self.tell_prints(&answered);

        let layout = layout(parameters);
        let revisions = parameters.is_on("provenance").then(|| snapshot.revisions());
        let explained = match Explain::of(parameters) {
            Some(explain) if answered.value.is_some() || explain == Explain::Full => {
                explanation::of_document(
                    &snapshot,
                    &answered.text,
                    input.as_ref(),
                    errors,
                    explain,
                    self.deadline,
                )
            }
            Some(_) | None => None,
        };
        let mut fields = Vec::new();
        fields.extend(id.as_ref().map(|id| ("decision_id", Json::Text(id))));
        fields.extend(revisions.as_ref().map(|revisions| ("provenance", provenance(revisions))));
        fields.extend(explained.as_ref().map(|steps| ("explanation", explanation::json(steps, layout))));
        if parameters.is_on("metrics") || parameters.is_on("instrument") {
            fields.push(("metrics", timing().json()));
        }
        fields.extend(answered.value.as_ref().map(|value| ("result", Json::Value(value))));
        if warns {
            let warning =
                [("code", "api_usage_warning"), ("message", "'input' key missing from the request")];
            let warning = warning.into_iter().map(|(name, text)| (name, Json::Text(text))).collect();
            fields.push(("warning", Json::Object(warning)));
        }
        Ok(Answer::document(&Json::Object(fields), layout))
    }

    pub(super) async fn put_data(&self, path: &str, asked: Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let keeps = asked.header(&header::IF_NONE_MATCH) == "*";
        let replacing = if keeps { Replacing::Refused } else { Replacing::Allowed };
        let parameters = asked.parameters.clone();
        let bytes = asked.body(Packing::None, self.bodies).await?;
        let value = body::document(&bytes).map_err(|error| Problem::invalid(error.to_string()))?;
        let read_in = started.elapsed();
        let keys = target::keys(path).ok_or_else(|| bad_path(path))?;
        match tokio::task::block_in_place(|| self.state.put_data(&keys, value, replacing))? {
            Written::Done => Ok(written(&parameters, started, Some(read_in))),
            Written::Kept => Ok(Answer::empty(StatusCode::NOT_MODIFIED)),
        }
    }

    pub(super) async fn patch_data(&self, path: &str, asked: Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let parameters = asked.parameters.clone();
        let bytes = asked.body(Packing::None, self.bodies).await?;
        let entries = body::patch(&bytes).map_err(|error| Problem::invalid(error.to_string()))?;
        let read_in = started.elapsed();
        let mut steps = Vec::with_capacity(entries.len());
        for entry in entries {
            let operation = entry.operation();
            let operation =
                operation.ok_or_else(|| Problem::invalid(format!("bad patch operation: {}", entry.op)))?;
            let keys = entry.keys(path);
            let keys = keys.ok_or_else(|| Problem::invalid(format!("bad patch path: {}", entry.path)))?;
            steps.push(Step { operation, path: keys, value: entry.value });
        }
        tokio::task::block_in_place(|| self.state.patch_data(steps))?;
        Ok(written(&parameters, started, Some(read_in)))
    }

    pub(super) fn delete_data(&self, path: &str, asked: &Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let keys = target::keys(path).ok_or_else(|| bad_path(path))?;
        tokio::task::block_in_place(|| self.state.delete_data(&keys))?;
        Ok(written(&asked.parameters, started, None))
    }
}

/// How long an evaluation took.
#[derive(Debug, Clone, Copy)]
struct Took {
    was_ready: bool,
    prepared_in: Duration,
    evaluated_in: Duration,
}

impl Took {
    fn of(answered: &Answered) -> Self {
        let Answered { was_ready, prepared_in, evaluated_in, .. } = *answered;
        Self { was_ready, prepared_in, evaluated_in }
    }
}

/// How long the parts of a decision took, as far as it came.
fn timing(took: Option<Took>, read_in: Option<Duration>, started: Instant) -> Timing {
    let mut timing = Timing::default();
    if let Some(read_in) = read_in {
        timing.timer("timer_rego_input_parse_ns", read_in);
    }
    if let Some(took) = took {
        timing.counter("counter_server_query_cache_hit", u64::from(took.was_ready));
        if !took.was_ready {
            timing.timer("timer_rego_query_compile_ns", took.prepared_in);
        }
        timing.timer("timer_rego_query_eval_ns", took.evaluated_in);
    }
    timing.timer("timer_server_handler_ns", started.elapsed());
    timing
}

fn provenance(revisions: &std::collections::BTreeMap<String, String>) -> Json<'_> {
    let mut fields = vec![
        ("version", Json::Text(OPA_VERSION)),
        ("build_commit", Json::Text("")),
        ("build_timestamp", Json::Text("")),
        ("build_hostname", Json::Text("")),
    ];
    if !revisions.is_empty() {
        let one = |(name, revision)| {
            let (name, revision): (&String, &String) = (name, revision);
            (&**name, Json::Object(vec![("revision", Json::Text(revision))]))
        };
        fields.push(("bundles", Json::Object(revisions.iter().map(one).collect())));
    }
    Json::Object(fields)
}

/// The first version of the API has no answer for what is undefined.
fn undefined(snapshot: &Snapshot, path: &str, answered: &Answered) -> Problem {
    let steps = target::steps(path).unwrap_or_default();
    let has_rules = snapshot.policy.has_rules_at(&steps);
    let what = if has_rules { "document undefined" } else { "document missing" };
    Problem::new(StatusCode::NOT_FOUND, "undefined_document", format!("{what}: {}", answered.text))
}

/// What is answered once something is written.
fn written(parameters: &target::Parameters, started: Instant, read_in: Option<Duration>) -> Answer {
    if !parameters.is_on("metrics") {
        return Answer::empty(StatusCode::NO_CONTENT);
    }
    let mut timing = Timing::default();
    if let Some(read_in) = read_in {
        timing.timer("timer_rego_input_parse_ns", read_in);
    }
    timing.timer("timer_server_handler_ns", started.elapsed());
    let fields = vec![("metrics", timing.json())];
    Answer::document(&Json::Object(fields), crate::serve::decisions::wire::Layout::Compact)
}

fn bad_path(path: &str) -> Problem {
    Problem::invalid(format!("bad path: {path}"))
}
