//! `test --watch`: a real process, real files, and what it says after each edit.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::run::{command, portcullis};

/// An unoptimised build on a busy machine needs its time.
const PATIENCE: Duration = Duration::from_secs(30);

const POLICY: &str = "package p\n\ndefault allow := false\n\nallow if input.user in data.users\n";
const TEST: &str =
    "package p_test\n\ntest_allow if data.p.allow with input.user as \"ann\"\n\ntest_plain := true\n";

#[test]
fn a_change_runs_again_what_it_can_matter_to() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let write = |name: &str, text: &str| fs_err::write(folder.path().join(name), text);
    fs_err::create_dir(folder.path().join("policies"))?;
    write("policies/p.rego", POLICY)?;
    write("policies/p_test.rego", TEST)?;
    write("policies/data.json", "{\"users\": [\"ann\"]}")?;
    let mut watched = Watched::start(folder.path(), &["test", "policies", "-v", "--watch"])?;

    let first = watched.until_waiting()?;
    ensure!(first.contains("data.p_test.test_allow: PASS") && first.contains("PASS: 2/2"), "{first}");

    write("policies/data.json", "{\"users\": [\"bob\"]}")?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("data.p_test.test_allow: FAIL") && !said.contains("test_plain"), "{said}");

    write("policies/p.rego", "package p\n\nallow if {")?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("rego_parse_error") && !said.contains("test_"), "{said}");

    write("policies/p.rego", POLICY)?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("the change matters to no test"), "{said}");

    // Several files at once, one of them new.
    write("policies/data.json", "{\"users\": [\"ann\"]}")?;
    write("policies/q_test.rego", "package q_test\n\ntest_new := true\n")?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("data.p_test.test_allow: PASS"), "{said}");
    ensure!(said.contains("data.q_test.test_new: PASS") && said.contains("PASS: 2/2"), "{said}");

    fs_err::remove_file(folder.path().join("policies/q_test.rego"))?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("the change matters to no test"), "{said}");
    watched.interrupt()
}

#[test]
fn a_start_with_a_broken_policy_waits_for_a_better_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("p_test.rego");
    fs_err::write(&path, "package p_test\n\ntest_x if")?;
    let mut watched = Watched::start(folder.path(), &["test", "p_test.rego", "--watch"])?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("rego_parse_error"), "{said}");
    fs_err::write(&path, "package p_test\n\ntest_x := true\n")?;
    let said = watched.until_waiting()?;
    ensure!(said.contains("PASS: 1/1"), "{said}");
    watched.interrupt()
}

/// A running command and the lines that it writes, to either stream.
struct Watched {
    child: Child,
    lines: Receiver<String>,
}

impl Watched {
    fn start(folder: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = command(&portcullis(), folder).args(arguments).spawn()?;
        let (sender, lines) = mpsc::channel();
        let out = BufReader::new(child.stdout.take().context("its output is read")?);
        let err = BufReader::new(child.stderr.take().context("its errors are read")?);
        let other = sender.clone();
        thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| other.send(line)));
        thread::spawn(move || err.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Ok(Self { child, lines })
    }

    /// Everything that is said until it waits for the next change.
    fn until_waiting(&mut self) -> Result<String> {
        let start = Instant::now();
        let mut said = String::new();
        let mut waits = false;
        // What the other stream has to say comes before it waits, and may be read a little later.
        loop {
            let patience =
                if waits { Duration::from_millis(50) } else { PATIENCE.saturating_sub(start.elapsed()) };
            match self.lines.recv_timeout(patience) {
                Ok(line) => {
                    waits |= line.starts_with("waiting for changes in 1 folder");
                    said += &line;
                    said.push('\n');
                }
                Err(_) if waits => return Ok(said),
                Err(error) => bail!("{error} after {said}"),
            }
        }
    }

    /// As Ctrl-C does.
    #[cfg(unix)]
    fn interrupt(mut self) -> Result<()> {
        use std::os::unix::process::ExitStatusExt as _;

        let interrupt = 2;
        let killed =
            Command::new("kill").arg(format!("-{interrupt}")).arg(self.child.id().to_string()).status()?;
        ensure!(killed.success(), "the signal could not be sent");
        let status = self.end()?;
        // A shell shows such an end as 130.
        ensure!(status.signal() == Some(interrupt), "it ended with {status}");
        Ok(())
    }

    #[cfg(not(unix))]
    fn interrupt(self) -> Result<()> {
        Ok(())
    }

    fn end(&mut self) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(start.elapsed() < PATIENCE, "it does not end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
