//! Publishing to an object store: S3 and what is compatible with it, Google Cloud Storage, Azure Blob Storage.
//!
//! The layout is that of a directory. A store has no locks, so each step that matters is conditional: the index is replaced
//! only if it is still the one that was read, and the current bundle only if it is still the one that was seen *before* the
//! index said that this revision is the newest. Of several publishers each revision is kept, and the last one in the index
//! becomes the current one.

mod client;

use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Error, GetResult, ObjectStore, ObjectStoreExt as _, PutMode, PutOptions, UpdateVersion};

use super::artefact::{Artefact, Digest};
use super::destination::Place;
use super::index::{self, CURRENT, INDEX, Index, REVISIONS};
use super::retry::{Failure, Patience};
use super::runtime::Runtime;
use super::{Conflict, Mode, Options, Outcome, PublishError, Receipt};
use crate::io::Io;
use crate::progress::Progress;

/// Publishes to a place in a store.
///
/// # Errors
/// Why it could not be done.
pub(super) fn publish(
    place: &Place,
    artefact: &Artefact,
    options: &Options,
    io: &mut Io,
) -> Result<Receipt, PublishError> {
    let runtime = Runtime::new()?;
    let store = Store { objects: client::connect(place, options)?, place };
    let outcome = match options.mode {
        Mode::DryRun => runtime.wait(store.dry_run(artefact, options)).map_err(final_error)?,
        Mode::Publish => store.publish(artefact, options, &runtime, io)?,
    };
    Ok(Receipt { outcome, place: store.url(CURRENT), digest: artefact.digest.to_string() })
}

struct Store<'a> {
    objects: Arc<dyn ObjectStore>,
    place: &'a Place,
}

/// A version of an object, and what it holds.
struct Object {
    version: UpdateVersion,
    content: Bytes,
}

/// What the current object is.
enum Current {
    /// The bundle that is published.
    This,
    /// Something else, or nothing: what a conditional put has to expect.
    Other(PutMode),
}

impl Store<'_> {
    async fn dry_run(&self, artefact: &Artefact, options: &Options) -> Result<Outcome, Failure> {
        let (index, _) = self.index().await?;
        check(&index, artefact, options)?;
        let is_there =
            index.ends_with(&artefact.digest) && matches!(self.current(artefact).await?, Current::This);
        Ok(if is_there { Outcome::AlreadyThere } else { Outcome::WouldPublish })
    }

    fn publish(
        &self,
        artefact: &Artefact,
        options: &Options,
        runtime: &Runtime,
        io: &mut Io,
    ) -> Result<Outcome, PublishError> {
        // Requests are repeated by the client of the store; here, only what others came first with.
        let patience = Patience::new(0);
        let (index, _) = runtime.wait(self.index()).map_err(final_error)?;
        check(&index, artefact, options)?;
        let mut progress = Progress::of_bytes(artefact.size(), io.err_is_terminal);
        let uploaded = runtime.wait(self.keep(artefact, &mut progress));
        progress.finish();
        uploaded.map_err(final_error)?;
        let listed = patience.run(io, |_| runtime.wait(self.list(artefact, options)))?;
        // An old revision that is published again may have been deleted in between, by somebody who still found it too old.
        runtime.wait(self.keep(artefact, &mut progress)).map_err(final_error)?;
        let outcome = patience.run(io, |_| runtime.wait(self.switch(artefact)))?;
        let outcome = match (outcome, listed) {
            // It was the newest before, and nothing had to be done.
            (Outcome::AlreadyThere, Listed::Before) => Outcome::AlreadyThere,
            (Outcome::AlreadyThere | Outcome::Published, _) => Outcome::Published,
            (other, _) => other,
        };
        // The bundle is published; what is too much can also go next time.
        if let Err(failure) = patience.run(io, |_| runtime.wait(self.forget_old(options))) {
            io.warning(format_args!("old revisions could not be deleted: {failure}"));
        }
        Ok(outcome)
    }

    /// Uploads the revision, unless it is there.
    async fn keep(&self, artefact: &Artefact, progress: &mut Progress) -> Result<(), Failure> {
        let file = index::file_of(&artefact.digest);
        let path = self.path(&file);
        match self.objects.head(&path).await {
            // Its name says what it is, and a store does not show an upload before it is whole.
            Ok(found) if found.size == artefact.size() => return Ok(()),
            Ok(_) | Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(self.failure(&file, error)),
        }
        if artefact.bytes.len() <= PART {
            let put = self.objects.put(&path, artefact.bytes.clone().into()).await;
            progress.advance(artefact.size());
            return put.map(|_| ()).map_err(|error| self.failure(&file, error));
        }
        let mut upload =
            self.objects.put_multipart(&path).await.map_err(|error| self.failure(&file, error))?;
        let mut rest = artefact.bytes.clone();
        let mut sent = Ok(());
        while !rest.is_empty() && sent.is_ok() {
            let part = rest.split_to(PART.min(rest.len()));
            let length = u64::try_from(part.len()).unwrap_or_default();
            sent = upload.put_part(part.into()).await;
            progress.advance(length);
        }
        let done = match sent {
            Ok(()) => upload.complete().await.map(|_| ()),
            Err(error) => Err(error),
        };
        if done.is_err() {
            // Parts of an upload that is never completed cost money. When this fails too, the store's rules clean up.
            let _ = upload.abort().await;
        }
        done.map_err(|error| self.failure(&file, error))
    }

    /// Makes the revision the newest in the index.
    async fn list(&self, artefact: &Artefact, options: &Options) -> Result<Listed, Failure> {
        let (index, mode) = self.index().await?;
        check(&index, artefact, options)?;
        if index.ends_with(&artefact.digest) {
            return Ok(Listed::Before);
        }
        let bytes = index.with(artefact, &options.now).to_bytes()?;
        self.put_if(INDEX, bytes.into(), mode).await?;
        Ok(Listed::Now)
    }

    /// Makes the revision the current one, if it is still the newest.
    async fn switch(&self, artefact: &Artefact) -> Result<Outcome, Failure> {
        // In this order: whoever lists a revision after this look at the index will see the object that is put now, or
        // will have replaced it so that this put fails.
        let current = self.current(artefact).await?;
        let (index, _) = self.index().await?;
        if !index.ends_with(&artefact.digest) {
            return Ok(Outcome::Superseded);
        }
        let Current::Other(mode) = current else { return Ok(Outcome::AlreadyThere) };
        self.put_if(CURRENT, artefact.bytes.clone(), mode).await?;
        Ok(Outcome::Published)
    }

    /// Takes out of the index what is more than should be kept, then deletes what no index names.
    async fn forget_old(&self, options: &Options) -> Result<(), Failure> {
        let (index, mode) = self.index().await?;
        let trimmed = index.trimmed(options.keep);
        if trimmed != index {
            self.put_if(INDEX, trimmed.to_bytes()?.into(), mode).await?;
        }
        let dropped = index.revisions.iter().filter_map(|entry| Digest::parse(&entry.digest));
        for digest in dropped {
            let file = index::file_of(&digest);
            if !trimmed.names(&file) {
                self.delete(&self.path(&file)).await?;
            }
        }
        self.delete_forgotten().await
    }

    /// Deletes revisions that a publisher uploaded that was killed before it listed them. One that is about to list its own
    /// looks the same, so only those go that are a day older than the index, by the clock of the store.
    async fn delete_forgotten(&self) -> Result<(), Failure> {
        let (index, _) = self.index().await?;
        let path = self.path(INDEX);
        let written =
            self.objects.head(&path).await.map_err(|error| self.failure(INDEX, error))?.last_modified;
        let folder = self.path(REVISIONS);
        let listed = self.objects.list_with_delimiter(Some(&folder)).await;
        for found in listed.map_err(|error| self.failure(REVISIONS, error))?.objects {
            let name = found.location.filename().unwrap_or_default();
            let is_old = (written - found.last_modified).num_hours() >= FORGOTTEN_HOURS;
            if is_old && index::is_revision(name) && !index.names(&format!("{REVISIONS}/{name}")) {
                self.delete(&found.location).await?;
            }
        }
        Ok(())
    }

    async fn delete(&self, path: &Path) -> Result<(), Failure> {
        match self.objects.delete(path).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.failure(path.filename().unwrap_or_default(), error)),
        }
    }

    /// The index, and what replacing it has to expect.
    async fn index(&self) -> Result<(Index, PutMode), Failure> {
        Ok(match self.get(INDEX).await? {
            Some(object) => (Index::parse(&object.content)?, PutMode::Update(object.version)),
            None => (Index::default(), PutMode::Create),
        })
    }

    async fn current(&self, artefact: &Artefact) -> Result<Current, Failure> {
        let path = self.path(CURRENT);
        let found = match self.objects.head(&path).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(Current::Other(PutMode::Create)),
            Err(error) => return Err(self.failure(CURRENT, error)),
        };
        let version = UpdateVersion { e_tag: found.e_tag, version: found.version };
        // What has another length is another bundle, and not worth a download.
        if found.size == artefact.size()
            && let Some(object) = self.get(CURRENT).await?
            && Digest::of(&object.content) == artefact.digest
        {
            return Ok(Current::This);
        }
        Ok(Current::Other(PutMode::Update(version)))
    }

    async fn get(&self, file: &str) -> Result<Option<Object>, Failure> {
        let read = async |found: GetResult| {
            let version =
                UpdateVersion { e_tag: found.meta.e_tag.clone(), version: found.meta.version.clone() };
            Ok(Object { version, content: found.bytes().await? })
        };
        let found = match self.objects.get(&self.path(file)).await {
            Ok(found) => read(found).await,
            Err(error) => Err(error),
        };
        match found {
            Ok(object) => Ok(Some(object)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.failure(file, error)),
        }
    }

    async fn put_if(&self, file: &str, content: Bytes, mode: PutMode) -> Result<(), Failure> {
        let options = PutOptions { mode, ..PutOptions::default() };
        let put = self.objects.put_opts(&self.path(file), content.into(), options).await;
        put.map(|_| ()).map_err(|error| self.failure(file, error))
    }

    fn path(&self, file: &str) -> Path {
        Path::from(format!("{}/{file}", self.place.prefix))
    }

    fn url(&self, file: &str) -> String {
        let Place { provider, bucket, prefix } = self.place;
        format!("{}://{bucket}/{prefix}/{file}", provider.scheme())
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the errors of another crate: what is not told apart is told as it is"
    )]
    fn failure(&self, file: &str, error: Error) -> Failure {
        let told = |reason: &str| PublishError::new(format!("`{}` {reason}", self.url(file)));
        match error {
            Error::Precondition { .. } | Error::AlreadyExists { .. } | Error::NotModified { .. } => {
                Failure::Overtaken(
                    told("changes all the time")
                        .with_help("somebody else publishes to the same place; try again"),
                )
            }
            Error::PermissionDenied { source, .. } | Error::Unauthenticated { source, .. } => {
                Failure::Lasting(told(&format!("is not ours to change: {}", root(&*source))).with_help(
                    "credentials come from the environment or --option, as docs/publishing.md says",
                ))
            }
            Error::NotFound { .. } => {
                Failure::Lasting(told("can't be written: there is no such bucket or container"))
            }
            other => Failure::Lasting(told(&format!("can't be read or written: {}", root(&other)))),
        }
    }
}

/// Whether the index had to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// The revision was the newest before.
    Before,
    /// It is now.
    Now,
}

fn check(index: &Index, artefact: &Artefact, options: &Options) -> Result<(), PublishError> {
    match options.conflict {
        Conflict::Refuse => index.refuse_other_content(artefact),
        Conflict::Replace => Ok(()),
    }
}

fn final_error(failure: Failure) -> PublishError {
    match failure {
        Failure::Lasting(error) | Failure::Overtaken(error) | Failure::Passing { error, .. } => error,
    }
}

/// What lies at the bottom of an error; what is above repeats it in other words.
fn root(error: &(dyn std::error::Error + 'static)) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let text = root.to_string();
    text.chars().take(SHOWN).collect()
}

/// How much goes into one request: S3 takes no less than 5 MiB, and no more than 10,000 parts.
const PART: usize = 8 * 1024 * 1024;
const FORGOTTEN_HOURS: i64 = 24;
/// Stores answer with whole documents.
const SHOWN: usize = 300;
