//! Runs the built command, apart from whatever the environment of the tests holds.

use std::ffi::OsStr;
use std::io::{Read, Write};
#[cfg(unix)]
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long one command may take before it counts as hanging. An unoptimised build on a busy machine needs its time.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// None if it was ended by a signal, or was stopped because it took too long.
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The built command.
pub(crate) fn portcullis() -> PathBuf {
    env!("CARGO_BIN_EXE_portcullis").into()
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A program without colours or settings, in a folder that is also its home.
pub(crate) fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", folder).current_dir(folder);
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs the built command in a folder.
pub(crate) fn run(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Result<Answer> {
    finish(command(&portcullis(), folder).args(arguments), b"")
}

/// Starts a command, gives it `stdin`, and waits for its end.
pub(crate) fn finish(command: &mut Command, stdin: &[u8]) -> Result<Answer> {
    finish_within(PATIENCE, command, stdin)
}

/// Starts a command, gives it `stdin`, and waits for its end, or for as long as it may take: then it is ended with all that it
/// started. It is an error when it ends and leaves something running that holds its output open.
pub(crate) fn finish_within(patience: Duration, command: &mut Command, stdin: &[u8]) -> Result<Answer> {
    #[cfg(unix)]
    command.process_group(0);
    if !stdin.is_empty() {
        command.stdin(Stdio::piped());
    }
    let mut child = command.spawn().with_context(|| format!("can't start {command:?}"))?;
    let (into, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        // A command that doesn't read its input is free to go.
        scope.spawn(move || into.map(|mut into| into.write_all(stdin)));
        let out = scope.spawn(move || out.map(read).unwrap_or_default());
        let err = scope.spawn(move || err.map(read).unwrap_or_default());
        let exit_code = wait(&mut child, patience)?;
        let start = Instant::now();
        while !(out.is_finished() && err.is_finished()) {
            if start.elapsed() > patience {
                end(&mut child)?;
                bail!("{command:?} left something running that holds its output open");
            }
            thread::sleep(Duration::from_millis(2));
        }
        Ok(Answer {
            exit_code,
            stdout: out.join().unwrap_or_default(),
            stderr: err.join().unwrap_or_default(),
        })
    })
}

/// Whether there is a program of this name.
pub(crate) fn exists(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Writes past the test harness, which would hold the text back when a test passes.
pub(crate) fn say(text: &str) -> Result<()> {
    std::io::stderr().lock().write_all(format!("{text}\n").as_bytes())?;
    Ok(())
}

fn wait(child: &mut Child, patience: Duration) -> Result<Option<i32>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        if start.elapsed() > patience {
            end(child)?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Ends a command with all that it started, which holds its streams open.
fn end(child: &mut Child) -> Result<()> {
    if cfg!(unix) {
        let line = format!("kill -s KILL -- -{}", child.id());
        Command::new("sh").arg("-c").arg(line).status()?;
    }
    Ok(child.kill()?)
}

fn read(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("<unreadable: {error}>"),
    }
}

#[cfg(unix)]
#[test]
fn what_a_command_started_ends_with_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let brief = Duration::from_millis(500);
    let mut hangs = command(Path::new("sh"), folder.path());
    let answer = finish_within(brief, hangs.args(["-c", "echo begun; sleep 1000 & sleep 1000"]), b"")?;
    anyhow::ensure!(answer.exit_code.is_none() && answer.stdout == "begun\n", "{answer:?}");
    let mut leaves = command(Path::new("sh"), folder.path());
    let error =
        finish_within(brief, leaves.args(["-c", "sleep 1000 &"]), b"").err().context("it left a program")?;
    anyhow::ensure!(error.to_string().contains("left something running"), "{error:#}");
    Ok(())
}
