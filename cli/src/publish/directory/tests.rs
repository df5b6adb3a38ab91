//! Publishing that is stopped: between steps, in the middle of one, by a loss of power.

mod fragile;

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::path::Path;

use self::fragile::{Crash, FragileDisk};
use super::super::{Access, PlainHttp};
use super::*;

const FOLDER: &str = "srv/authz";

fn artefact(content: &str, revision: &str) -> Artefact {
    Artefact::new(content.as_bytes().to_vec(), Some(revision.to_owned()))
}

pub(super) fn options(keep: usize) -> Options {
    Options {
        keep: NonZeroUsize::new(keep).unwrap(),
        mode: Mode::Publish,
        conflict: Conflict::Refuse,
        retries: 0,
        plain_http: PlainHttp::Loopback,
        access: Access::default(),
        settings: Vec::new(),
        created: None,
        now: "2026-01-02T03:04:05Z".to_owned(),
    }
}

fn publish(disk: &FragileDisk, artefact: &Artefact, keep: usize) -> Result<Outcome, PublishError> {
    let folder = Folder { disk, path: FOLDER.into() };
    folder.make_folders()?;
    folder.publish(artefact, &options(keep))
}

/// What lies in the folder.
fn files(disk: &FragileDisk) -> BTreeSet<String> {
    let names = |folder: &str| disk.names(Path::new(folder)).unwrap();
    let revisions = names("srv/authz/revisions").into_iter().map(|name| format!("revisions/{name}"));
    names(FOLDER).into_iter().chain(revisions).filter(|name| name != "revisions").collect()
}

/// What should lie there: the revisions with the last one as the current.
fn expected(kept: &[&Artefact]) -> BTreeSet<String> {
    let files = kept.iter().map(|artefact| index::file_of(&artefact.digest));
    files.chain([CURRENT.to_owned(), INDEX.to_owned()]).collect()
}

fn served(disk: &FragileDisk) -> Option<Vec<u8>> {
    disk.read(&Path::new(FOLDER).join(CURRENT)).unwrap()
}

/// What an index promises is there, and whole.
fn check_index(disk: &FragileDisk) -> Option<Index> {
    let index = Index::parse(&disk.read(&Path::new(FOLDER).join(INDEX)).unwrap()?).unwrap();
    for entry in &index.revisions {
        let digest = Digest::parse(&entry.digest).unwrap();
        let content = disk.read(&Path::new(FOLDER).join(index::file_of(&digest))).unwrap();
        assert_eq!(content.map(|content| Digest::of(&content)), Some(digest), "{entry:?}");
    }
    Some(index)
}

/// Publishes `bundles`, then stops publishing `next` after each step in each way, and looks at what is left.
fn stop_everywhere(bundles: &[&Artefact], next: &Artefact, keep: usize) -> usize {
    let mut runs = 0;
    for crash in Crash::ALL {
        for steps in 0.. {
            let disk = FragileDisk::default();
            for bundle in bundles {
                publish(&disk, bundle, keep).unwrap();
            }
            let (before, listed) = (served(&disk), check_index(&disk));
            disk.fail_after(steps);
            let finished = publish(&disk, next, keep).is_ok();
            disk.crash(crash);
            runs += 1;

            let after = served(&disk);
            let is_new = after.as_deref() == Some(&*next.bytes);
            assert!(is_new || after == before, "{crash:?} after {steps}: {after:?}");
            assert!(is_new || !finished, "{crash:?} after {steps}: it said that it was published");
            let index = check_index(&disk);
            assert!(index.is_some() || listed.is_none(), "{crash:?} after {steps}: the index is gone");

            // The next publisher has no trouble, and nothing is left that should not be.
            publish(&disk, next, keep).unwrap();
            assert_eq!(served(&disk).as_deref(), Some(&*next.bytes));
            assert!(check_index(&disk).unwrap().ends_with(&next.digest));
            let mut all: Vec<&Artefact> = bundles.to_vec();
            all.retain(|bundle| bundle.digest != next.digest);
            all.push(next);
            let kept = all.split_off(all.len().saturating_sub(keep));
            assert_eq!(files(&disk), expected(&kept), "{crash:?} after {steps}");
            if finished {
                break;
            }
        }
    }
    runs
}

#[test]
fn whoever_stops_at_any_step_leaves_the_previous_bundle_or_the_new_one() {
    let (a, b, c, d) =
        (artefact("aaaa", "1"), artefact("bbbb", "2"), artefact("cccc", "3"), artefact("dddd", "4"));
    let mut runs = stop_everywhere(&[], &a, 10);
    runs += stop_everywhere(&[&a, &b], &c, 10);
    // Old ones are deleted.
    runs += stop_everywhere(&[&a, &b, &c], &d, 2);
    runs += stop_everywhere(&[&a, &b], &c, 1);
    // Going back.
    runs += stop_everywhere(&[&a, &b, &c], &a, 3);
    // Again the same.
    runs += stop_everywhere(&[&a, &b], &b, 1);
    assert!(runs > 200, "only {runs} ways to stop were tried");
}

#[test]
fn the_tests_would_see_a_publisher_that_forgets_to_sync() {
    // What was renamed without a sync is empty after a loss of power.
    let disk = FragileDisk::default();
    let path = Path::new("srv/file");
    disk.make_folders(Path::new("srv")).unwrap();
    disk.write_new(Path::new("srv/new"), b"content").unwrap();
    disk.rename(Path::new("srv/new"), path).unwrap();
    disk.sync_folder(Path::new("srv")).unwrap();
    disk.crash(Crash::PowerLossOfContent);
    assert_eq!(disk.read(path).unwrap().as_deref(), Some(&b""[..]));
    // And a rename without a sync of the folder did not happen.
    let disk = FragileDisk::default();
    disk.make_folders(Path::new("srv")).unwrap();
    disk.write_new(Path::new("srv/new"), b"content").unwrap();
    disk.sync(Path::new("srv/new")).unwrap();
    disk.rename(Path::new("srv/new"), path).unwrap();
    disk.crash(Crash::PowerLossOfNames);
    assert_eq!(disk.read(path).unwrap(), None);
}

#[test]
fn the_same_bundle_again_changes_nothing() {
    let disk = FragileDisk::default();
    let (a, b) = (artefact("a", "1"), artefact("b", "2"));
    assert_eq!(publish(&disk, &a, 10), Ok(Outcome::Published));
    let steps = disk.steps();
    assert_eq!(publish(&disk, &a, 10), Ok(Outcome::AlreadyThere));
    assert_eq!(disk.steps(), steps, "something was written");
    assert_eq!(publish(&disk, &b, 10), Ok(Outcome::Published));
    // An older one is not there in that sense: it becomes the current one.
    assert_eq!(publish(&disk, &a, 10), Ok(Outcome::Published));
    assert_eq!(served(&disk).as_deref(), Some(&b"a"[..]));
}

#[test]
fn a_revision_with_other_content_is_refused_unless_forced() {
    let disk = FragileDisk::default();
    publish(&disk, &artefact("a", "1"), 10).unwrap();
    let other = artefact("b", "1");
    let error = publish(&disk, &other, 10).unwrap_err();
    assert!(error.to_string().starts_with("revision `1` is published already with other content"), "{error}");
    assert_eq!(served(&disk).as_deref(), Some(&b"a"[..]));
    let folder = Folder { disk: &disk, path: FOLDER.into() };
    let forced = Options { conflict: Conflict::Replace, ..options(10) };
    assert_eq!(folder.publish(&other, &forced), Ok(Outcome::Published));
    assert_eq!(served(&disk).as_deref(), Some(&b"b"[..]));
}

#[test]
fn a_revision_that_was_damaged_is_written_again() {
    let disk = FragileDisk::default();
    let a = artefact("a", "1");
    publish(&disk, &a, 10).unwrap();
    let kept = Path::new(FOLDER).join(index::file_of(&a.digest));
    disk.remove(&kept).unwrap();
    disk.write_new(&kept, b"damaged").unwrap();
    publish(&disk, &a, 10).unwrap();
    assert_eq!(disk.read(&kept).unwrap().as_deref(), Some(&b"a"[..]));
}

#[test]
fn what_others_keep_in_the_folder_stays() {
    let disk = FragileDisk::default();
    publish(&disk, &artefact("a", "1"), 1).unwrap();
    for name in ["README", "revisions/notes.tar.gz", "revisions/.keep"] {
        disk.write_new(&Path::new(FOLDER).join(name), b"mine").unwrap();
    }
    publish(&disk, &artefact("b", "2"), 1).unwrap();
    let files = files(&disk);
    for name in ["README", "revisions/notes.tar.gz", "revisions/.keep"] {
        assert!(files.contains(name), "{files:?}");
    }
}

#[test]
fn a_lock_that_somebody_holds_is_waited_for_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let (mut io, err) = Io::to_memory();
    let held = lock(folder.path(), Duration::ZERO, &mut io).unwrap();
    let error = lock(folder.path(), Duration::from_millis(50), &mut io).unwrap_err();
    assert!(error.to_string().starts_with("somebody else publishes to `"), "{error}");
    assert_eq!(err.text().matches("waiting until they are done").count(), 1);
    drop(held);
    lock(folder.path(), Duration::ZERO, &mut io).unwrap();
}

#[test]
fn a_real_disk_gets_the_same_files() {
    let tree = tempfile::tempdir().unwrap();
    let folder = tree.path().join("deep/authz");
    let (mut io, _) = Io::to_memory();
    let (a, b) = (artefact("a", "1"), artefact("b", "2"));
    let dry = Options { mode: Mode::DryRun, ..options(10) };
    assert_eq!(super::publish(&folder, &a, &dry, &mut io).unwrap().outcome, Outcome::WouldPublish);
    assert!(!tree.path().join("deep").exists());
    for bundle in [&a, &b] {
        let receipt = super::publish(&folder, bundle, &options(10), &mut io).unwrap();
        assert_eq!(receipt.outcome, Outcome::Published);
    }
    assert_eq!(super::publish(&folder, &b, &dry, &mut io).unwrap().outcome, Outcome::AlreadyThere);
    let mut names = RealDisk.names(&folder).unwrap();
    names.extend(
        RealDisk.names(&folder.join(REVISIONS)).unwrap().iter().map(|name| format!("revisions/{name}")),
    );
    let mut expected: BTreeSet<String> = expected(&[&a, &b]);
    expected.extend([LOCK.to_owned(), REVISIONS.to_owned()]);
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), expected);
    assert_eq!(fs_err::read(folder.join(CURRENT)).unwrap(), b"b");
}
