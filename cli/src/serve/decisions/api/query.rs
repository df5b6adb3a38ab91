//! Queries in Rego that clients bring along.

use std::sync::Arc;
use std::time::Instant;

use portcullis::diagnostic::{Code, Diagnostic};
use portcullis::eval::named_functions;
use portcullis::policy::{Limits, ModuleQuery, Outcome, Policy as _, Query, QueryResult, Request};
use portcullis::rest::body;
use portcullis::rest::target::Parameters;
use portcullis::source::{Source, Sources};
use portcullis::syntax::{self, ParseOptions};
use portcullis::value::Value;

use super::explanation::{self, Explain};
use super::timing::Timing;
use super::{Api, Asked, layout};
use crate::report::json_document::Json;
use crate::serve::decisions::compress::Packing;
use crate::serve::decisions::recorder::{Pending, Subject};
use crate::serve::decisions::snapshot::{Snapshot, guarded};
use crate::serve::decisions::wire::{self, Answer, Problem};

impl Api {
    pub(super) fn get_query(&self, asked: &Asked) -> Result<Answer, Problem> {
        let query = asked.parameters.last("q").ok_or_else(|| Problem::invalid("missing parameter 'q'"))?;
        let pending = self.recorder.begin(asked.client, asked.number, &asked.parts.headers);
        self.answer_query(query, None, &asked.parameters, None, pending)
    }

    pub(super) async fn post_query(&self, asked: Asked) -> Result<Answer, Problem> {
        let started = Instant::now();
        let parameters = asked.parameters.clone();
        let pending = self.recorder.begin(asked.client, asked.number, &asked.parts.headers);
        let bytes = asked.body(Packing::Gzip, self.bodies).await?;
        let posted = body::query(&bytes).map_err(|error| {
            Problem::invalid(format!("error(s) occurred while decoding request: {error}"))
        })?;
        self.answer_query(&posted.query, posted.input.as_ref(), &parameters, Some(started), pending)
    }

    fn answer_query(
        &self,
        text: &str,
        input: Option<&Value>,
        parameters: &Parameters,
        started: Option<Instant>,
        pending: Option<Pending>,
    ) -> Result<Answer, Problem> {
        let snapshot = self.state.current();
        let compiling = Instant::now();
        self.check_query(&snapshot, text)?;
        let query = Query::InModule(ModuleQuery {
            text: text.into(),
            package: None,
            imports: Vec::new(),
            version: self.state.version(),
        });
        let prepared = snapshot.policy.prepare(&query);
        let mut prepared = prepared.map_err(|diagnostics| {
            Problem::in_rego(
                wire::INVALID_PARAMETER,
                wire::COMPILING_QUERY,
                &diagnostics,
                &sources(&snapshot, text),
            )
        })?;
        let compiled_in = compiling.elapsed();
        let evaluating = Instant::now();
        let limits = Limits { time: Some(self.deadline), ..Limits::default() };
        let request = Request { input, with: &[], limits };
        let explain = Explain::of(parameters);
        let (evaluation, steps) = tokio::task::block_in_place(|| match explain {
            Some(explain) => match prepared.explain(&request, explain.watch()) {
                Some(explained) => (Some(explained.evaluation), Some(explain.steps(explained.trace))),
                None => (None, None),
            },
            None => (guarded(&mut *prepared, &request), None),
        });
        let evaluated_in = evaluating.elapsed();
        let evaluation = evaluation.ok_or_else(Problem::broken_evaluation)?;
        self.tell_lines(&evaluation.prints);
        let results = match evaluation.outcome {
            Outcome::Defined(results) => Ok(results),
            Outcome::Undefined => Ok(Vec::new()),
            Outcome::Error(error) => Err(Problem::evaluation(&error)),
        };
        let timing = || {
            let mut timing = Timing::default();
            timing.timer("timer_rego_query_compile_ns", compiled_in);
            timing.timer("timer_rego_query_eval_ns", evaluated_in);
            if let Some(started) = started {
                timing.timer("timer_server_handler_ns", started.elapsed());
            }
            timing
        };
        if let Some(pending) = pending {
            let all = |results: &Vec<QueryResult>| Value::Array(results.iter().map(bound).collect());
            let result = results.as_ref().map(|results| Some(all(results)));
            let by = (&*snapshot, self.deadline);
            self.recorder.end(pending, Subject::Query(text), input, result, timing().pairs(), by);
        }
        let results = results?;
        let layout = layout(parameters);
        let mut fields = Vec::new();
        fields.extend(steps.as_ref().map(|steps| ("explanation", explanation::json(steps, layout))));
        if parameters.is_on("metrics") || parameters.is_on("instrument") {
            fields.push(("metrics", timing().json()));
        }
        if !results.is_empty() {
            fields.push(("result", Json::Array(results.iter().map(bindings).collect())));
        }
        Ok(Answer::document(&Json::Object(fields), layout))
    }

    /// Refuses what is no query, and what a policy may do but no client.
    fn check_query(&self, snapshot: &Snapshot, text: &str) -> Result<(), Problem> {
        let sources = sources(snapshot, text);
        let Some((id, _)) = sources.iter().last() else { return Ok(()) };
        let options = ParseOptions::new(self.state.version());
        let body = match syntax::parse_query(id, text, &options) {
            Ok(body) => body,
            Err(diagnostics) => return Err(unread(diagnostics, &sources)),
        };
        let forbidden = named_functions(&body, &FORBIDDEN);
        if forbidden.is_empty() {
            return Ok(());
        }
        let refuse = |(name, span): (Arc<str>, _)| {
            let message = format!("unsafe built-in function calls in expression: {name}");
            Diagnostic::error(Code::Type, message, span)
        };
        let diagnostics: Vec<Diagnostic> = forbidden.into_iter().map(refuse).collect();
        Err(Problem::in_rego(wire::INVALID_PARAMETER, wire::COMPILING_QUERY, &diagnostics, &sources))
    }
}

/// What is wrong with a text that is no query. OPA takes what is Rego and no query for an error of its own.
fn unread(mut diagnostics: Vec<Diagnostic>, sources: &Sources) -> Problem {
    if let [only] = diagnostics.as_slice() {
        match &*only.message {
            "expected body but found nothing" => return Problem::internal("cannot evaluate empty query"),
            "expected body but got package" => {
                return Problem::internal("expected body but got *ast.Package");
            }
            "expected body but got import" => return Problem::internal("expected body but got *ast.Import"),
            _ => {}
        }
    }
    // What was found by going on after an error is left out.
    if diagnostics.len() > 1 {
        diagnostics.retain(|diagnostic| diagnostic.message != "illegal token");
    }
    Problem::in_rego(wire::INVALID_PARAMETER, wire::PARSING_QUERY, &diagnostics, sources)
}

/// The sources of the policy, and the query as the last.
fn sources(snapshot: &Snapshot, text: &str) -> Sources {
    let mut sources = snapshot.policy.sources().clone();
    sources.add(Source::new("", text));
    sources
}

fn bindings(result: &QueryResult) -> Json<'_> {
    let shown = result.bindings.iter().filter(|(name, _)| !name.starts_with('$'));
    Json::Object(shown.map(|(name, value)| (&**name, Json::Value(value))).collect())
}

/// The same as a value.
fn bound(result: &QueryResult) -> Value {
    let shown = result.bindings.iter().filter(|(name, _)| !name.starts_with('$'));
    Value::Object(shown.map(|(name, value)| (Value::String(Arc::clone(name)), value.clone())).collect())
}

/// What clients must not make the server do.
const FORBIDDEN: [&str; 1] = ["http.send"];
