//! `decision_logs`: what is told of decisions, and to whom.

use std::time::Duration;

use super::bundles::{delays, named};
use super::section::{Problems, Section};
use super::services::Service;

/// A decision log as OPA writes it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DecisionLogs {
    /// The service that events are sent to.
    pub(crate) service: Option<String>,
    /// The path below the URL of the service.
    pub(crate) resource: String,
    /// Whether events are written into the server's log.
    pub(crate) console: bool,
    /// The document that says what is taken out of events, by its keys below `data`.
    pub(crate) mask_decision: Vec<String>,
    /// The document that says which events are not written.
    pub(crate) drop_decision: Vec<String>,
    /// The headers of requests that events have.
    pub(crate) headers: Vec<String>,
    pub(crate) reporting: Reporting,
}

/// How events are sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reporting {
    pub(crate) buffer: Buffer,
    /// How large a request may be, after compression.
    pub(crate) upload_size_limit_bytes: u64,
    pub(crate) min_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_decisions_per_second: Option<f64>,
    pub(crate) trigger: Trigger,
}

/// What limits the events that wait to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffer {
    /// Their bytes, if they are limited.
    Size(Option<u64>),
    /// Their number.
    Events(u64),
}

/// When events are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// After the delay.
    Periodic,
    /// When there are enough for a request, or after the delay.
    Immediate,
}

pub(super) fn read(
    top: &mut Section<'_>,
    services: &[Service],
    problems: &mut Problems<'_>,
) -> Option<DecisionLogs> {
    let mut section = top.section("decision_logs", problems)?;
    section.refuse("plugin", problems, "leave it out: OPA's plugins are Go code");
    section.ignore("nd_builtin_cache", problems);
    let console = section.bool("console", problems);
    let service = section.word("service", problems);
    // Where nobody says where events go, they go to the first service, unless they go to the log.
    let service = if service.is_some() || (!console && !services.is_empty()) {
        named(&section, service, services, problems)
    } else {
        None
    };
    let partition = section.word("partition_name", problems);
    let resource = section.text("resource", problems).unwrap_or_else(|| "/logs".to_owned());
    let resource = partition.map_or(resource, |partition| format!("/logs/{partition}"));
    let logs = DecisionLogs {
        service,
        resource: resource.trim_matches('/').to_owned(),
        console,
        mask_decision: section.decision("mask_decision", "/system/log/mask", problems),
        drop_decision: section.decision("drop_decision", "/system/log/drop", problems),
        headers: headers(&mut section, problems),
        reporting: reporting(&mut section, problems),
    };
    section.end(problems);
    Some(logs)
}

fn headers(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    let Some(mut context) = section.section("request_context", problems) else { return Vec::new() };
    let mut headers = Vec::new();
    if let Some(mut http) = context.section("http", problems) {
        headers = http.list("headers", problems);
        http.end(problems);
    }
    context.end(problems);
    headers
}

fn reporting(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Reporting {
    let mut reporting = Reporting {
        buffer: Buffer::Size(None),
        upload_size_limit_bytes: 32_768,
        min_delay: Duration::from_mins(5),
        max_delay: Duration::from_mins(10),
        max_decisions_per_second: None,
        trigger: Trigger::Periodic,
    };
    let Some(mut section) = section.section("reporting", problems) else { return reporting };
    if let Some((min, max)) = delays(&mut section, problems) {
        (reporting.min_delay, reporting.max_delay) = (min, max);
    }
    if let Some((limit, span)) = section.integer("upload_size_limit_bytes", problems) {
        let bounded = limit.clamp(LEAST_UPLOAD, MOST_UPLOAD);
        if bounded != limit {
            problems.warning(span, format!("`upload_size_limit_bytes` is taken for {bounded}"), None);
        }
        reporting.upload_size_limit_bytes = u64::try_from(bounded).unwrap_or_default();
    }
    reporting.buffer = buffer(&mut section, problems);
    if let Some((rate, span)) = section.number("max_decisions_per_second", problems) {
        if section.get("buffer_size_limit_bytes").is_some() {
            problems.error(span, "there is either `buffer_size_limit_bytes` or `max_decisions_per_second`");
        }
        if rate > 0.0 {
            reporting.max_decisions_per_second = Some(rate);
        } else {
            problems.error(span, "`max_decisions_per_second` must be higher than 0");
        }
    }
    match section.word("trigger", problems).as_deref() {
        None | Some("periodic") => {}
        Some("immediate") => reporting.trigger = Trigger::Immediate,
        Some(other) => {
            let message = format!("the trigger `{other}` is not supported");
            let help = "there are `periodic` and `immediate`";
            problems.error_with_help(section.key_span("trigger"), message, help);
        }
    }
    section.end(problems);
    reporting
}

fn buffer(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Buffer {
    let kind = section.word("buffer_type", problems);
    let bytes = section.integer("buffer_size_limit_bytes", problems);
    let events = section.integer("buffer_size_limit_events", problems);
    let mut limit = |name: &str, limit: Option<(i64, _)>| {
        let (limit, span) = limit?;
        let limit = u64::try_from(limit).ok().filter(|limit| *limit > 0);
        if limit.is_none() {
            problems.error(span, format!("`{name}` must be higher than 0"));
        }
        limit
    };
    let in_bytes = limit("buffer_size_limit_bytes", bytes);
    let in_events = limit("buffer_size_limit_events", events);
    match kind.as_deref() {
        None | Some("size") => {
            if let Some((_, span)) = events {
                problems.error(span, "`buffer_size_limit_events` goes with the `buffer_type` `event`");
            }
            Buffer::Size(in_bytes)
        }
        Some("event") => {
            if let Some((_, span)) = bytes {
                problems.error(span, "`buffer_size_limit_bytes` goes with the `buffer_type` `size`");
            }
            Buffer::Events(in_events.unwrap_or(USUAL_EVENTS))
        }
        Some(other) => {
            let message = format!("`{other}` is no `buffer_type`");
            problems.error_with_help(
                section.key_span("buffer_type"),
                message,
                "there are `size` and `event`",
            );
            Buffer::Size(in_bytes)
        }
    }
}

// OPA's.
const LEAST_UPLOAD: i64 = 90;
const MOST_UPLOAD: i64 = 4_294_967_296;
const USUAL_EVENTS: u64 = 10_000;
