//! `server` and `status`: limits of requests and answers, and who is told how it goes.

use portcullis::document::{Node, NodeKind};

use super::bundles::named;
use super::section::{Problems, Section};
use super::services::Service;

/// Limits of requests and answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Server {
    /// How many bytes the body of a request may have.
    pub(crate) max_length: u64,
    /// How many bytes it may unpack to.
    pub(crate) gzip_max_length: u64,
    /// From how many bytes on answers are compressed.
    pub(crate) gzip_min_length: u64,
    /// How well they are compressed, from 0 to 9.
    pub(crate) gzip_level: u32,
    /// The upper bounds, in seconds, of what durations of requests are counted by; OPA's if there are none.
    pub(crate) duration_buckets: Vec<f64>,
}

/// Who is told how it goes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatusSettings {
    pub(crate) service: Option<String>,
    /// The path below the URL of the service.
    pub(crate) resource: String,
    pub(crate) console: bool,
    pub(crate) prometheus: bool,
    /// The upper bounds, in nanoseconds, of what durations of bringing up bundles are counted by; OPA's if there are none.
    pub(crate) load_buckets: Vec<f64>,
}

pub(super) fn read(top: &mut Section<'_>, problems: &mut Problems<'_>) -> Server {
    let mut server = Server {
        max_length: 256 << 20,
        gzip_max_length: 512 << 20,
        gzip_min_length: 1024,
        gzip_level: 9,
        duration_buckets: Vec::new(),
    };
    let Some(mut section) = top.section("server", problems) else { return server };
    section.refuse("logger_plugin", problems, "leave it out: OPA's plugins are Go code");
    if let Some(mut decoding) = section.section("decoding", problems) {
        server.max_length = positive(&mut decoding, "max_length", server.max_length, problems);
        if let Some(mut gzip) = decoding.section("gzip", problems) {
            server.gzip_max_length = positive(&mut gzip, "max_length", server.gzip_max_length, problems);
            gzip.end(problems);
        }
        decoding.end(problems);
    }
    if let Some(mut encoding) = section.section("encoding", problems) {
        if let Some(mut gzip) = encoding.section("gzip", problems) {
            server.gzip_min_length = positive(&mut gzip, "min_length", server.gzip_min_length, problems);
            if let Some((level, span)) = gzip.integer("compression_level", problems) {
                // OPA takes Go's names for no, the best, the fastest and the usual compression.
                match u32::try_from(level) {
                    Ok(level @ (0 | 1 | 9)) => server.gzip_level = level,
                    _ if level == -1 || level == -2 => server.gzip_level = 6,
                    _ => problems.error(span, "`compression_level` is one of 0, 1, 9, -1 and -2"),
                }
            }
            gzip.end(problems);
        }
        encoding.end(problems);
    }
    if let Some(mut metrics) = section.section("metrics", problems) {
        if let Some(mut prom) = metrics.section("prom", problems) {
            if let Some(mut durations) = prom.section("http_request_duration_seconds", problems) {
                server.duration_buckets = buckets(&mut durations, problems);
                durations.end(problems);
            }
            prom.end(problems);
        }
        metrics.end(problems);
    }
    section.end(problems);
    server
}

fn buckets(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<f64> {
    let Some(node) = section.get("buckets") else { return Vec::new() };
    let number = |node: &Node| match &node.kind {
        NodeKind::Number(number) => Some(number.to_f64()),
        NodeKind::Null
        | NodeKind::Bool(_)
        | NodeKind::String(_)
        | NodeKind::Array(_)
        | NodeKind::Object(_) => None,
    };
    let nodes = if let NodeKind::Array(nodes) = &node.kind { Some(nodes) } else { None };
    let bounds = nodes.and_then(|nodes| nodes.iter().map(number).collect::<Option<Vec<f64>>>());
    let bounds = bounds.filter(|bounds| bounds.is_sorted_by(|left, right| left < right));
    if bounds.is_none() {
        problems.error(node.span, "`buckets` is an array of numbers, each larger than the one before");
    }
    bounds.unwrap_or_default()
}

fn positive(section: &mut Section<'_>, key: &'static str, usual: u64, problems: &mut Problems<'_>) -> u64 {
    let Some((number, span)) = section.integer(key, problems) else { return usual };
    if let Ok(number @ 1..) = u64::try_from(number) {
        return number;
    }
    problems.error(span, format!("`{key}` must be higher than 0"));
    usual
}

pub(super) fn read_status(
    top: &mut Section<'_>,
    services: &[Service],
    problems: &mut Problems<'_>,
) -> Option<StatusSettings> {
    let mut section = top.section("status", problems)?;
    section.refuse("plugin", problems, "leave it out: OPA's plugins are Go code");
    let (console, prometheus) = (section.bool("console", problems), section.bool("prometheus", problems));
    let load_buckets = load_buckets(&mut section, problems);
    if let Some(trigger) = section.word("trigger", problems)
        && trigger != "periodic"
    {
        let message = format!("the trigger `{trigger}` is not supported");
        problems.error_with_help(section.key_span("trigger"), message, "there is `periodic`");
    }
    let service = section.word("service", problems);
    let service = if service.is_some() || (!console && !prometheus && !services.is_empty()) {
        named(&section, service, services, problems)
    } else {
        None
    };
    let partition = section.word("partition_name", problems);
    let resource = partition.map_or("status".to_owned(), |partition| format!("status/{partition}"));
    section.end(problems);
    // As in OPA, there is nothing to do if nobody is to be told.
    (service.is_some() || console || prometheus).then_some(StatusSettings {
        service,
        resource,
        console,
        prometheus,
        load_buckets,
    })
}

fn load_buckets(status: &mut Section<'_>, problems: &mut Problems<'_>) -> Vec<f64> {
    let Some(mut config) = status.section("prometheus_config", problems) else { return Vec::new() };
    let mut bounds = Vec::new();
    if let Some(mut collectors) = config.section("collectors", problems) {
        if let Some(mut durations) = collectors.section("bundle_loading_duration_ns", problems) {
            bounds = buckets(&mut durations, problems);
            durations.end(problems);
        }
        collectors.end(problems);
    }
    config.end(problems);
    bounds
}
