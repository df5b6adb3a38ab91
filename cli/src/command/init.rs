//! `portcullis init`: writes a policy to start from, with its tests, settings and pipelines.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::io::Io;
use crate::load::{clean, io_reason};
use crate::report::diagnostics::Printable;

/// Write a policy to start from
///
/// It comes with a Rego test, a table suite, portcullis.toml, and a job for GitHub and one for GitLab. No file is
/// overwritten. Exit codes: 0 everything was written; 1 a file is there already, and nothing was written, or it can't be
/// written.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  portcullis init\n  portcullis init my-policies && portcullis test my-policies"
)]
pub(crate) struct Args {
    /// The directory to write to; it is made if it isn't there
    #[arg(value_name = "DIR", default_value = ".", hide_default_value = true)]
    directory: PathBuf,
}

pub(crate) fn run(args: &Args, io: &mut Io) -> Exit {
    let paths = FILES.map(|(name, text)| (clean(&args.directory.join(name)), text));
    // A link that leads nowhere is in the way too.
    let taken: Vec<&Path> =
        paths.iter().map(|(path, _)| path.as_path()).filter(|path| path.symlink_metadata().is_ok()).collect();
    if !taken.is_empty() {
        for path in &taken {
            io.error(format_args!("`{}` is there already", path.display()));
        }
        io.hint("nothing was written; name a directory without these files");
        return Exit::One;
    }
    for (path, text) in &paths {
        if let Err(error) = write(path, text) {
            io.error(format_args!("`{}` can't be written: {}", path.display(), io_reason(&error)));
            return Exit::One;
        }
        io.note(format_args!("wrote {}", Printable(&path.display().to_string())));
    }
    let there = if clean(&args.directory) == Path::new(".") {
        String::new()
    } else {
        format!(" {}", args.directory.display())
    };
    io.hint(format_args!("run the tests with `portcullis test{there}`"));
    Exit::Success
}

/// Writes a file that isn't there.
fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs_err::create_dir_all(folder)?;
    }
    let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}

/// What is written, by its path in the directory.
const FILES: [(&str, &str); 6] = [
    ("policies/documents.rego", include_str!("init/documents.rego")),
    ("policies/documents_test.rego", include_str!("init/documents_test.rego")),
    ("tests/documents.suite.yaml", include_str!("init/documents.suite.yaml")),
    ("portcullis.toml", include_str!("init/portcullis.toml")),
    (".github/workflows/policy.yml", include_str!("init/policy.yml")),
    (".gitlab-ci.yml", include_str!("init/gitlab-ci.yml")),
];
