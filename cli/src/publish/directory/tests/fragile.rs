//! A disk in memory that fails after so many steps, and forgets what was not synced when power is lost.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::super::disk::Disk;

/// How a process or machine ends.
#[derive(Debug, Clone, Copy)]
pub(super) enum Crash {
    /// The process is killed: what it did is done.
    Kill,
    /// Names that were not synced are as before; so is content.
    PowerLossOfNames,
    /// Names are as they were changed, but content that was not synced is gone: as some file systems do it.
    PowerLossOfContent,
}

impl Crash {
    pub(super) const ALL: [Self; 3] = [Self::Kill, Self::PowerLossOfNames, Self::PowerLossOfContent];
}

/// The disk. Each change is a step; writing is two, since it may end in the middle.
#[derive(Debug, Default)]
pub(super) struct FragileDisk {
    /// What is seen.
    names: RefCell<BTreeMap<PathBuf, usize>>,
    /// What a loss of power leaves of the names.
    lasting_names: RefCell<BTreeMap<PathBuf, usize>>,
    /// The content of files, and whether it was synced.
    content: RefCell<Vec<(Vec<u8>, bool)>>,
    folders: RefCell<BTreeSet<PathBuf>>,
    steps: Cell<usize>,
    allowed: Cell<Option<usize>>,
}

impl FragileDisk {
    /// From now on, only so many steps succeed.
    pub(super) fn fail_after(&self, steps: usize) {
        self.steps.set(0);
        self.allowed.set(Some(steps));
    }

    /// Ends whatever goes on; then everything works again.
    pub(super) fn crash(&self, crash: Crash) {
        self.allowed.set(None);
        match crash {
            Crash::Kill => {}
            Crash::PowerLossOfNames => {
                let lasting = self.lasting_names.borrow().clone();
                self.names.replace(lasting);
                self.lose_content();
            }
            Crash::PowerLossOfContent => self.lose_content(),
        }
        let names = self.names.borrow().clone();
        self.lasting_names.replace(names);
        for (_, synced) in self.content.borrow_mut().iter_mut() {
            *synced = true;
        }
    }

    /// How many changes there were.
    pub(super) fn steps(&self) -> usize {
        self.steps.get()
    }

    fn lose_content(&self) {
        for (content, _) in self.content.borrow_mut().iter_mut().filter(|(_, synced)| !synced) {
            content.clear();
        }
    }

    fn step(&self) -> io::Result<()> {
        if self.allowed.get().is_some_and(|allowed| self.steps.get() >= allowed) {
            return Err(io::Error::other("stopped"));
        }
        self.steps.set(self.steps.get() + 1);
        Ok(())
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        self.names.borrow().get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Disk for FragileDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let file = self.names.borrow().get(path).copied();
        Ok(file.map(|file| self.content.borrow()[file].0.clone()))
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let (names, folders) = (self.names.borrow(), self.folders.borrow());
        let inside = names.keys().chain(folders.iter()).filter(|path| path.parent() == Some(folder));
        Ok(inside.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect())
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        if !self.folders.borrow().contains(path) {
            self.step()?;
            self.folders.borrow_mut().extend(path.ancestors().map(Path::to_owned));
        }
        Ok(())
    }

    fn write_new(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        if self.names.borrow().contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.step()?;
        let file = self.content.borrow().len();
        self.content.borrow_mut().push((content[..content.len() / 2].to_vec(), false));
        self.names.borrow_mut().insert(path.to_owned(), file);
        self.step()?;
        self.content.borrow_mut()[file].0 = content.to_vec();
        Ok(())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        let file = self.file(path)?;
        self.content.borrow_mut()[file].1 = true;
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        let file = self.file(from)?;
        self.names.borrow_mut().remove(from);
        self.names.borrow_mut().insert(to.to_owned(), file);
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step()?;
        let is_elsewhere = |path: &PathBuf| path.parent() != Some(folder);
        let mut lasting = self.lasting_names.borrow_mut();
        lasting.retain(|path, _| is_elsewhere(path));
        let names = self.names.borrow();
        let here = names.iter().filter(|(path, _)| !is_elsewhere(path));
        lasting.extend(here.map(|(path, file)| (path.clone(), *file)));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        self.file(path)?;
        self.names.borrow_mut().remove(path);
        Ok(())
    }
}
