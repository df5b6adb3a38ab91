//! Takes up what is new in the folder: reads it, has it checked, and serves it only then.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::body::Bytes;

use super::super::digest::Digest;
use super::super::journal::{Journal, Level};
use super::super::metrics::Metrics;
use super::catalog::{Catalog, Delta, ETag, Revision};
use super::check::{Check, Kind};
use super::index::Index;
use super::layout::{self, Extent, Place};
use super::stamp::Stamp;

/// Keeps the catalogue in step with the folder.
#[derive(Debug)]
pub(super) struct Intake {
    pub(super) folder: PathBuf,
    /// How large a file may be.
    pub(super) most_bytes: u64,
    pub(super) check: Arc<dyn Check>,
    pub(super) catalog: Arc<Catalog>,
    pub(super) metrics: Metrics,
    pub(super) journal: Journal,
    /// What is remembered of each bundle.
    pub(super) known: BTreeMap<Arc<str>, Known>,
    /// What was complained of already.
    pub(super) complaints: BTreeSet<String>,
}

/// What is remembered of a bundle.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The files when they were last looked at. None if they may have changed since without a trace.
    stamp: Option<Stamp>,
    /// What was refused, so that it is said once.
    refused: BTreeSet<String>,
    /// The entity tags of revisions, the oldest first.
    history: Vec<(Arc<str>, Arc<str>)>,
}

/// When to look again, though nothing may have been noticed by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Again {
    /// When it is time to look at everything.
    Later,
    /// After this time: a file is so new that it may still be written.
    After(Duration),
}

/// What lies in the folder for a bundle, read and not checked yet.
struct Offer {
    snapshot: Bytes,
    digest: Digest,
    /// What an index says its revision is.
    revision: Option<Arc<str>>,
    deltas: Vec<Changes>,
    /// Revisions and their entity tags, by an index.
    previous: Vec<(Arc<str>, Arc<str>)>,
}

/// What came of looking at an offer.
struct Judged {
    /// What is to be served. None if it is what is served already.
    revision: Option<Revision>,
    /// What is wrong with its deltas.
    complaints: Vec<String>,
}

/// Changes to an earlier revision.
struct Changes {
    /// What an index says they start from.
    from: Option<Arc<str>>,
    /// The file, or why it can't be read.
    bytes: Result<Bytes, String>,
}

impl Intake {
    /// Looks through the folder.
    ///
    /// # Errors
    /// When the folder can't be read; then everything stays as it is.
    pub(super) fn look(&mut self) -> Result<Again, String> {
        let survey = layout::survey(&self.folder)?;
        for complaint in survey.complaints.difference(&self.complaints) {
            self.journal.event(Level::Warning, "a file is not served", &[("reason", complaint)]);
        }
        self.complaints = survey.complaints;
        if survey.extent == Extent::Whole {
            let gone: Vec<Arc<str>> =
                self.known.keys().filter(|name| !survey.places.contains_key(&***name)).cloned().collect();
            for name in gone {
                self.known.remove(&name);
                self.catalog.remove(&name);
                self.metrics.forget(&name);
                self.journal.event(Level::Warning, "a bundle is gone", &[("bundle", &name)]);
            }
        }
        let mut again = Again::Later;
        for (name, place) in survey.places {
            let name: Arc<str> = name.into();
            let mut known = self.known.remove(&name).unwrap_or_default();
            let own = self.take(&name, &place, &mut known);
            self.known.insert(name, known);
            again = match (again, own) {
                (Again::After(left), Again::After(right)) => Again::After(left.min(right)),
                (Again::Later, other) | (other, Again::Later) => other,
            };
        }
        Ok(again)
    }

    /// Takes up a bundle if its files changed.
    fn take(&self, name: &Arc<str>, place: &Place, known: &mut Known) -> Again {
        // Also a bundle that was never good is one of those that there are.
        self.catalog.ensure(name);
        let before = place.stamp();
        if known.stamp.is_some() && known.stamp == before {
            return Again::Later;
        }
        let outcome = self.read(place).and_then(|offer| self.judge(name, offer, known));
        let after = place.stamp();
        let is_going = after.is_none() && matches!(place, Place::Files { .. });
        if before != after || is_going {
            return Again::After(SOON);
        }
        let is_fresh = after.as_ref().is_some_and(|stamp| stamp.is_younger_than(SETTLED, SystemTime::now()));
        match outcome {
            Ok(Judged { revision, complaints }) => {
                if let Some(revision) = revision {
                    self.put(name, revision, known);
                }
                // Without its delta the bundle is as good; one that is being written is looked at again.
                let complaints = complaints.iter().filter(|_| !is_fresh);
                complaints.for_each(|reason| self.refuse(name, reason, known));
            }
            // Most likely it is being written.
            Err(_) if is_fresh => return Again::After(SOON),
            Err(reason) => self.refuse(name, &reason, known),
        }
        // Within the grain of the clock a file may change without a trace.
        known.stamp = if is_fresh { None } else { after };
        if is_fresh { Again::After(SETTLED) } else { Again::Later }
    }

    /// What is to be served of an offer from now on.
    fn judge(&self, name: &Arc<str>, offer: Offer, known: &mut Known) -> Result<Judged, String> {
        let served = self.catalog.ensure(name).current().filter(|served| served.etag.digest == offer.digest);
        let (etag, revision) = if let Some(served) = &served {
            (served.etag.clone(), served.name.clone())
        } else {
            let accepted = self.check.check(name, Kind::Snapshot, &offer.snapshot)?;
            if offer.revision.is_some() && offer.revision != accepted.revision {
                let [found, told] =
                    [&accepted.revision, &offer.revision].map(|name| name.as_deref().unwrap_or(""));
                return Err(format!("its revision is `{found}`, and by the index `{told}`"));
            }
            (ETag::of(offer.digest), accepted.revision)
        };
        known.remember(offer.previous);
        let mut deltas = Vec::new();
        let mut complaints = Vec::new();
        for Changes { from, bytes } in offer.deltas {
            let checked = bytes.and_then(|bytes| Ok((self.check.check(name, Kind::Delta, &bytes)?, bytes)));
            match checked {
                // A delta to another revision is as good as none.
                Ok((accepted, bytes)) if accepted.revision.is_some() && accepted.revision == revision => {
                    let from = from.or(accepted.from).and_then(|from| known.etag(&from));
                    deltas.extend(from.map(|from| Delta { from, bytes }));
                }
                Ok(_) => {}
                Err(reason) => complaints.push(format!("its delta: {reason}")),
            }
        }
        let since = match &served {
            Some(served) if served.has_deltas(&deltas) => return Ok(Judged { revision: None, complaints }),
            Some(served) => served.since,
            None => Instant::now(),
        };
        let revision = Revision { name: revision, snapshot: offer.snapshot, etag, deltas, since };
        Ok(Judged { revision: Some(revision), complaints })
    }

    fn put(&self, name: &Arc<str>, revision: Revision, known: &mut Known) {
        if let Some(revision_name) = &revision.name {
            known.remember([(Arc::clone(revision_name), Arc::clone(revision.etag.opaque()))]);
        }
        known.refused.clear();
        let fields = [
            ("bundle", &**name),
            ("revision", revision.name.as_deref().unwrap_or_default()),
            ("etag", revision.etag.opaque()),
            ("bytes", &*revision.snapshot.len().to_string()),
            ("deltas", &*revision.deltas.len().to_string()),
        ];
        self.journal.event(Level::Info, "a bundle is served", &fields);
        self.metrics.activated(name);
        self.catalog.ensure(name).put(revision);
    }

    /// Says once why something is not served.
    fn refuse(&self, name: &Arc<str>, reason: &str, known: &mut Known) {
        if known.refused.len() >= MOST_REFUSED {
            known.refused.clear();
        }
        if !known.refused.insert(reason.to_owned()) {
            return;
        }
        self.metrics.failed(name);
        let served = self.catalog.ensure(name).current();
        let served = served.as_ref().map_or("nothing", |served| served.etag.opaque());
        let fields = [("bundle", &**name), ("reason", reason), ("still_served", served)];
        self.journal.event(Level::Error, "a bundle is refused", &fields);
    }

    fn read(&self, place: &Place) -> Result<Offer, String> {
        match place {
            Place::Files { snapshot, delta } => {
                let snapshot = self.bytes(snapshot)?;
                let delta = delta.as_deref().map(|delta| self.bytes(delta));
                let digest = Digest::of(&snapshot);
                let deltas = delta.into_iter().map(|bytes| Changes { from: None, bytes }).collect();
                Ok(Offer { snapshot, digest, revision: None, deltas, previous: Vec::new() })
            }
            Place::Indexed(folder) => {
                let index = Index::read(folder)?;
                let mut contents = Vec::new();
                for (path, digest) in index.files(folder)? {
                    self.stays_inside(&path)?;
                    let bytes = self.bytes(&path)?;
                    if Digest::of(&bytes) != digest {
                        return Err(format!("`{}` has another digest than the index says", path.display()));
                    }
                    contents.push((bytes, digest));
                }
                let mut contents = contents.into_iter();
                let (snapshot, digest) = contents.next().ok_or("the index names no file")?;
                let (revision, previous) = (index.current()?.revision.clone(), index.previous());
                let deltas = index.deltas.into_iter().zip(contents);
                Ok(Offer {
                    snapshot,
                    digest,
                    revision: revision.filter(|revision| !revision.is_empty()),
                    deltas: deltas
                        .map(|(delta, (bytes, _))| Changes { from: Some(delta.from), bytes: Ok(bytes) })
                        .collect(),
                    previous,
                })
            }
        }
    }

    fn stays_inside(&self, path: &Path) -> Result<(), String> {
        let real = |path: &Path| fs_err::canonicalize(path).map_err(|error| error.to_string());
        if real(path)?.starts_with(real(&self.folder)?) {
            return Ok(());
        }
        Err(format!("`{}` leads out of the folder", path.display()))
    }

    fn bytes(&self, path: &Path) -> Result<Bytes, String> {
        let file = fs_err::File::open(path).map_err(|error| error.to_string())?;
        let mut bytes = Vec::new();
        let read = file.take(self.most_bytes.saturating_add(1)).read_to_end(&mut bytes);
        let read = read.map_err(|error| error.to_string())?;
        if u64::try_from(read).map_or(true, |read| read > self.most_bytes) {
            return Err(format!("`{}` has more than {} bytes", path.display(), self.most_bytes));
        }
        Ok(bytes.into())
    }
}

impl Known {
    fn remember(&mut self, revisions: impl IntoIterator<Item = (Arc<str>, Arc<str>)>) {
        for revision in revisions {
            self.history.retain(|(name, _)| *name != revision.0);
            self.history.push(revision);
        }
        let surplus = self.history.len().saturating_sub(MOST_HISTORY);
        self.history.drain(..surplus);
    }

    /// The entity tag of what a delta starts from, which it names by its tag or by its revision.
    fn etag(&self, from: &str) -> Option<Arc<str>> {
        if let Some(digest) = Digest::from_hex(from) {
            return Some(digest.hex().into());
        }
        self.history.iter().find(|(name, _)| **name == *from).map(|(_, etag)| Arc::clone(etag))
    }
}

impl Revision {
    fn has_deltas(&self, deltas: &[Delta]) -> bool {
        let same = |(own, other): (&Delta, &Delta)| own.from == other.from && own.bytes == other.bytes;
        self.deltas.len() == deltas.len() && self.deltas.iter().zip(deltas).all(same)
    }
}

impl Place {
    /// The state of its files. None if one can't be looked at.
    fn stamp(&self) -> Option<Stamp> {
        match self {
            Self::Files { snapshot, delta } => {
                Stamp::of([snapshot.as_path()].into_iter().chain(delta.as_deref()))
            }
            Self::Indexed(folder) => {
                let own = folder.join(layout::INDEX);
                let files = Index::read(folder).and_then(|index| index.files(folder)).unwrap_or_default();
                Stamp::of([own.as_path()].into_iter().chain(files.iter().map(|(path, _)| path.as_path())))
            }
        }
    }
}

/// For how long a file has to be left alone before it counts as written.
const SETTLED: Duration = Duration::from_secs(1);

/// When a file that is being written is looked at again.
const SOON: Duration = Duration::from_millis(300);

const MOST_HISTORY: usize = 64;
const MOST_REFUSED: usize = 64;
