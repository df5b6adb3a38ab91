//! `bundles`, and the older `bundle`: what is fetched, from where, how often, and who has to have signed it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use portcullis::bundle::{FilePattern, Unsigned, Verification};
use portcullis::document::NodeKind;

use super::keys::TrustedKeys;
use super::section::{Problems, Section};
use super::services::Service;

/// A bundle that is kept up to date.
#[derive(Debug, Clone)]
pub(crate) struct BundleSource {
    pub(crate) place: Place,
    pub(crate) polling: Polling,
    /// Whether the last revision is kept on the disk, for a start without the service.
    pub(crate) persist: bool,
    /// How large a file in it may be, and the whole.
    pub(crate) size_limit_bytes: u64,
    pub(crate) signing: Signing,
}

/// Where a bundle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Below the URL of the service of this name.
    Service { service: String, resource: String },
    /// In this archive or folder.
    File(PathBuf),
}

/// How often a bundle is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Polling {
    pub(crate) min_delay: Duration,
    pub(crate) max_delay: Duration,
    /// How long the service may wait for a change.
    pub(crate) long_polling_timeout: Option<Duration>,
}

/// What signatures have to show.
#[derive(Debug, Clone)]
pub(crate) struct Signing {
    /// The time of verification is still to be set.
    pub(crate) verification: Verification,
}

pub(super) fn read(
    top: &mut Section<'_>,
    services: &[Service],
    keys: &TrustedKeys,
    problems: &mut Problems<'_>,
) -> BTreeMap<String, BundleSource> {
    let mut bundles = BTreeMap::new();
    if let Some(all) = top.section("bundles", problems) {
        for entry in all.entries() {
            let name = entry.key.to_string();
            if matches!(entry.value.kind, NodeKind::Null) {
                continue;
            }
            if !is_name(&name) {
                problems.error(entry.key_span, format!("`{name}` can't be the name of a bundle"));
            }
            let Some(mut section) = Section::of(&entry.value, all.path(&name), problems) else { continue };
            let resource = section.word("resource", problems).unwrap_or_else(|| format!("bundles/{name}"));
            let persist = section.bool("persist", problems);
            let bundle = bundle(&mut section, &resource, persist, services, keys, problems);
            section.end(problems);
            bundles.extend(bundle.map(|bundle| (name, bundle)));
        }
    }
    if let Some(mut section) = top.section("bundle", problems) {
        if !bundles.is_empty() {
            problems.error(section.span, "there are both `bundle` and `bundles`; write it among the latter");
        }
        let name = section.word("name", problems);
        let prefix = section.text("prefix", problems).unwrap_or_else(|| "bundles".to_owned());
        match name {
            None => problems.error(section.span, "`bundle` has no `name`"),
            Some(name) => {
                let resource = format!("{}/{name}", prefix.trim_matches('/'));
                let resource = resource.trim_start_matches('/').to_owned();
                for key in ["resource", "signing", "persist", "size_limit_bytes"] {
                    section.ignore(key, problems);
                }
                let bundle = bundle(&mut section, &resource, false, services, keys, problems);
                bundles.extend(bundle.map(|bundle| (name, bundle)));
            }
        }
        section.end(problems);
    }
    bundles
}

/// Names become parts of paths.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
        && !name.contains('\0')
}

fn bundle(
    section: &mut Section<'_>,
    resource: &str,
    persist: bool,
    services: &[Service],
    keys: &TrustedKeys,
    problems: &mut Problems<'_>,
) -> Option<BundleSource> {
    let service = section.word("service", problems);
    let place = match resource.strip_prefix("file://") {
        Some(path) => Some(Place::File(PathBuf::from(decoded(path)))),
        None => named(section, service, services, problems)
            .map(|service| Place::Service { service, resource: resource.trim_matches('/').to_owned() }),
    };
    if let Some(trigger) = section.word("trigger", problems)
        && trigger != "periodic"
    {
        let message = format!("the trigger `{trigger}` is not supported");
        problems.error_with_help(section.key_span("trigger"), message, "there is `periodic`");
    }
    let polling = polling(section, problems);
    let size = match section.integer("size_limit_bytes", problems) {
        Some((size @ 1.., _)) => u64::try_from(size).unwrap_or(USUAL_SIZE),
        _ => USUAL_SIZE,
    };
    let signing = signing(section, keys, problems);
    Some(BundleSource { place: place?, polling, persist, size_limit_bytes: size, signing })
}

/// The service of this name, or the first one.
pub(super) fn named(
    section: &Section<'_>,
    name: Option<String>,
    services: &[Service],
    problems: &mut Problems<'_>,
) -> Option<String> {
    let name = match (name, services.first()) {
        (None, Some(first)) => return Some(first.name.clone()),
        (None, None) => {
            problems.error(section.span, "there are no `services` that it could come from or go to");
            return None;
        }
        (Some(name), _) => name,
    };
    if services.iter().any(|service| service.name == name) {
        return Some(name);
    }
    let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
    let message = format!("there is no service called `{name}`");
    let span = section.key_span("service");
    match portcullis::suggest::nearest(&name, &names) {
        Some(near) => problems.error_with_help(span, message, format!("did you mean `{near}`?")),
        None => problems.error(span, message),
    }
    None
}

fn polling(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Polling {
    let mut polling = Polling {
        min_delay: Duration::from_mins(1),
        max_delay: Duration::from_mins(2),
        long_polling_timeout: None,
    };
    let Some(mut section) = section.section("polling", problems) else { return polling };
    if let Some((min, max)) = delays(&mut section, problems) {
        (polling.min_delay, polling.max_delay) = (min, max);
    }
    if let Some((seconds, span)) = section.integer("long_polling_timeout_seconds", problems) {
        match u64::try_from(seconds) {
            Ok(seconds @ 1..) => polling.long_polling_timeout = Some(Duration::from_secs(seconds)),
            _ => problems.error(span, "`long_polling_timeout_seconds` must be at least 1"),
        }
    }
    section.ignore("superseded_etag_ttl_seconds", problems);
    section.end(problems);
    polling
}

/// `min_delay_seconds` and `max_delay_seconds`, which belong together.
pub(super) fn delays(section: &mut Section<'_>, problems: &mut Problems<'_>) -> Option<(Duration, Duration)> {
    let min = section.integer("min_delay_seconds", problems);
    let max = section.integer("max_delay_seconds", problems);
    let ((min, min_span), (max, max_span)) = match (min, max) {
        (Some(min), Some(max)) => (min, max),
        (None, None) => return None,
        (Some(_), None) => {
            problems.error(section.span, "`min_delay_seconds` is given, and `max_delay_seconds` is missing");
            return None;
        }
        (None, Some(_)) => {
            problems.error(section.span, "`max_delay_seconds` is given, and `min_delay_seconds` is missing");
            return None;
        }
    };
    if max < min {
        problems.error(max_span, "`max_delay_seconds` is less than `min_delay_seconds`");
    }
    let Ok(least) = u64::try_from(min) else {
        problems.error(min_span, "`min_delay_seconds` is less than nothing");
        return None;
    };
    let most = u64::try_from(max).unwrap_or(least).max(least);
    // A hundred years do.
    let seconds = |seconds: u64| Duration::from_secs(seconds.min(3_155_760_000));
    Some((seconds(least), seconds(most)))
}

fn signing(section: &mut Section<'_>, keys: &TrustedKeys, problems: &mut Problems<'_>) -> Signing {
    let mut verification = Verification {
        keys: keys.0.values().cloned().collect(),
        unsigned: Unsigned::Allow,
        ..Verification::default()
    };
    let Some(mut section) = section.section("signing", problems) else { return Signing { verification } };
    verification.unsigned = Unsigned::Refuse;
    verification.key_id = section.word("keyid", problems);
    verification.scope = section.word("scope", problems);
    for pattern in section.list("exclude_files", problems) {
        match FilePattern::parse(&pattern) {
            Ok(pattern) => verification.exclude_files.push(pattern),
            Err(error) => {
                problems.error(section.key_span("exclude_files"), error.to_string());
            }
        }
    }
    let span = section.key_span("keyid");
    match &verification.key_id {
        Some(id) if !keys.0.contains_key(id) => {
            problems.error(span, format!("there is no key `{id}` in `keys`"));
        }
        None if keys.0.is_empty() => {
            problems
                .error(section.span, "signatures are asked for, and there are no `keys` to verify them with");
        }
        _ => {}
    }
    section.end(problems);
    Signing { verification }
}

/// A path of a URL. What is no percent-encoding stays as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.split_at_checked(2).filter(|_| *first == b'%');
        let byte =
            digits.and_then(|(digits, _)| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        if let (Some(byte), Some((_, after))) = (byte, digits) {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

/// OPA's: 1 GiB.
const USUAL_SIZE: u64 = 1 << 30;
