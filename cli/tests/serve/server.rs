//! A server that runs, and what it says.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::blocking::{Client, ClientBuilder, Response};
use serde_json::Value;

/// An unoptimised build on a busy machine needs its time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server. It is killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    said: Arc<Said>,
    /// `http://127.0.0.1:1234`.
    pub(crate) url: String,
    pub(crate) client: Client,
}

/// The lines of stderr, each an object.
#[derive(Default)]
struct Said {
    lines: Mutex<Vec<Value>>,
    more: Condvar,
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn of(response: Response) -> Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes()?.to_vec() })
    }

    /// The value of a header, or nothing if it isn't there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Server {
    /// Serves a folder without looking at signatures, on a port that is free.
    pub(crate) fn start(bundles: &Path, arguments: &[&str]) -> Result<Self> {
        Self::start_as("127.0.0.1:0", bundles, arguments, Client::builder())
    }

    /// The same at an address, with a client that is made so.
    pub(crate) fn start_as(
        address: &str,
        bundles: &Path,
        arguments: &[&str],
        client: ClientBuilder,
    ) -> Result<Self> {
        Self::start_for(&["--insecure-skip-verify"], address, bundles, arguments, client)
    }

    /// The same with what says whose bundles are served.
    pub(crate) fn start_for(
        trust: &[&str],
        address: &str,
        bundles: &Path,
        arguments: &[&str],
        client: ClientBuilder,
    ) -> Result<Self> {
        let mut command = command();
        command.arg("serve").args(trust).args(["-a", address, "--bundles"]).arg(bundles).args(arguments);
        Self::run(command, client)
    }

    /// Decides by what is in a folder, on a port that is free.
    pub(crate) fn deciding(folder: &Path, arguments: &[&str]) -> Result<Self> {
        Self::deciding_for(folder, arguments, Client::builder())
    }

    /// The same with a client that is made so.
    pub(crate) fn deciding_for(folder: &Path, arguments: &[&str], client: ClientBuilder) -> Result<Self> {
        let mut command = command();
        command.current_dir(folder).args(["serve", "-a", "127.0.0.1:0"]).args(arguments);
        Self::run(command, client)
    }

    fn run(mut command: Command, client: ClientBuilder) -> Result<Self> {
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let err = BufReader::new(child.stderr.take().context("its errors are read")?);
        let said = Arc::new(Said::default());
        let hearing = Arc::clone(&said);
        thread::spawn(move || {
            for line in err.lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                hearing.lines.lock().unwrap_or_else(PoisonError::into_inner).push(value);
                hearing.more.notify_all();
            }
        });
        let client = client.no_proxy().timeout(PATIENCE).build()?;
        let mut server = Self { child, said, url: String::new(), client };
        let listening = server.event("listening")?;
        listening["address"].as_str().context("an address")?.clone_into(&mut server.url);
        Ok(server)
    }

    /// `127.0.0.1:1234`.
    pub(crate) fn authority(&self) -> &str {
        self.url.split("://").nth(1).unwrap_or_default()
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.ask("GET", path, headers)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let mut request = self.client.request(method.parse()?, format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request.send()?)
    }

    /// The first event of this name, once it happened.
    pub(crate) fn event(&self, name: &str) -> Result<Value> {
        self.line(&|line| line["event"] == name).with_context(|| format!("no event `{name}`"))
    }

    /// The first line for which this holds, once there is one.
    pub(crate) fn line(&self, holds: &dyn Fn(&Value) -> bool) -> Result<Value> {
        let start = Instant::now();
        let mut lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(line) = lines.iter().find(|line| holds(line)) {
                return Ok(line.clone());
            }
            let left = PATIENCE.saturating_sub(start.elapsed());
            ensure!(!left.is_zero(), "it is not among {lines:#?}");
            let waited = self.said.more.wait_timeout(lines, left);
            lines = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// All lines for which this holds.
    pub(crate) fn lines(&self, holds: &dyn Fn(&Value) -> bool) -> Vec<Value> {
        let lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| holds(line)).cloned().collect()
    }

    /// How many events of this name there were.
    pub(crate) fn count(&self, name: &str) -> usize {
        let lines = self.said.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().filter(|line| line["event"] == name).count()
    }

    /// Asks until the answer is as it should be in the end.
    pub(crate) fn until(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        holds: impl Fn(&Answer) -> bool,
    ) -> Result<Answer> {
        let start = Instant::now();
        loop {
            let answer = self.get(path, headers)?;
            if holds(&answer) {
                return Ok(answer);
            }
            ensure!(start.elapsed() < PATIENCE, "{path} stays {answer:?}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A number among the metrics.
    pub(crate) fn metric(&self, name: &str) -> Result<String> {
        let text = String::from_utf8(self.get("/metrics", &[])?.body)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        Ok(line.with_context(|| format!("no {name} in {text}"))?.to_owned())
    }

    /// Waits for a number among the metrics.
    pub(crate) fn until_metric(&self, name: &str, value: &str) -> Result<()> {
        let start = Instant::now();
        while self.metric(name).ok().as_deref() != Some(value) {
            ensure!(start.elapsed() < PATIENCE, "{name} does not become {value}: {:?}", self.metric(name));
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Sends a signal, as `TERM`.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let status =
            Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
        ensure!(status.success(), "the signal could not be sent");
        Ok(())
    }

    /// How it ended.
    pub(crate) fn end(&mut self) -> Result<ExitStatus> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if start.elapsed() > PATIENCE {
                bail!("it does not end");
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The built command without what the environment of the tests holds.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    command
}
