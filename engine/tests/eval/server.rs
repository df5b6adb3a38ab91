//! A long-lived `opa run --server` on a loopback port, which answers the cases of a whole test run.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;

use portcullis::document;
use portcullis::policy::RegoVersion;
use portcullis::source::SourceId;
use portcullis::value::Value;

use crate::case::{Answers, Case, Question, json};

/// An OPA that answers requests until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    process: Child,
    /// The language that it takes modules for.
    version: RegoVersion,
    /// The lines of its log, which are read as they come, so that it never waits for room.
    log: Receiver<String>,
    connection: BufReader<TcpStream>,
    /// What `print` wrote during the last request.
    prints: Vec<String>,
    /// The modules and data that it has now, and what its compiler said of them.
    loaded: Option<(Case, Result<(), Vec<String>>)>,
}

impl Server {
    /// Starts an OPA; none, with a line that says so, when there is none.
    pub(crate) fn start(version: RegoVersion) -> Option<Self> {
        let opa = crate::opa::opa()?;
        // OPA says nowhere which port it took for port 0, so a free one is looked for; another may take it first.
        (0..20).find_map(|_| Self::start_with(&opa, version)).or_else(|| panic!("OPA does not start"))
    }

    fn start_with(opa: &Path, version: RegoVersion) -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let arguments = ["run", "--server", "--log-format", "json", "--log-level", "info", "--addr"];
        let mut process = Command::new(opa)
            .args(arguments)
            .arg(&address)
            .arg("--skip-version-check")
            .args((version == RegoVersion::V0).then_some("--v0-compatible"))
            // It is one of several, and what it has to keep is small.
            .env("GOMAXPROCS", "1")
            .env("GOGC", "800")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written = BufReader::new(process.stderr.take().unwrap());
        let (sender, log) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            written.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        for _ in 0..500 {
            if process.try_wait().unwrap().is_some() {
                return None;
            }
            if let Ok(stream) = TcpStream::connect(&address) {
                stream.set_nodelay(true).unwrap();
                return Some(Self {
                    process,
                    version,
                    log,
                    connection: BufReader::new(stream),
                    prints: Vec::new(),
                    loaded: None,
                });
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = process.kill();
        let _ = process.wait();
        None
    }

    /// What OPA answers: the errors of its compiler, or the answer to each question.
    pub(crate) fn answers(&mut self, case: &Case, questions: &[Question]) -> Result<Answers, Vec<String>> {
        self.load(case)?;
        Ok(questions.iter().map(|question| self.answer(case, question)).collect())
    }

    /// Gives OPA the modules and data in place of those before, unless they are the same.
    fn load(&mut self, case: &Case) -> Result<(), Vec<String>> {
        if let Some((before, said)) = &self.loaded
            && before.modules == case.modules
            && before.data == case.data
        {
            return said.clone();
        }
        // One that others need is kept until they are gone.
        let mut names: Vec<String> = self
            .loaded
            .take()
            .into_iter()
            .flat_map(|(before, _)| before.modules)
            .map(|(name, _)| name)
            .collect();
        for _ in 0..=names.len() {
            names.retain(|name| {
                let (status, reply) = self.request("DELETE", &format!("/v1/policies/{name}"), "");
                status != 200 && reply.lookup(&["code"]).and_then(Value::as_str) != Some("resource_not_found")
            });
        }
        if !names.is_empty() {
            // They need each other.
            *self = Self::start(self.version).unwrap();
        }
        let data = if case.data.is_empty() { "{}" } else { &case.data };
        self.request("PUT", "/v1/data", data);
        let mut left: Vec<&(String, String)> = case.modules.iter().collect();
        let said = loop {
            let (before, mut said) = (left.len(), Ok(()));
            // One that needs a module behind it is taken after that.
            left.retain(|(name, text)| {
                let (status, reply) = self.request("PUT", &format!("/v1/policies/{name}"), text);
                if status != 200 && said.is_ok() {
                    said = Err(errors(&reply));
                }
                status != 200
            });
            if left.is_empty() || left.len() == before {
                break said;
            }
        };
        self.loaded = Some((case.clone(), said.clone()));
        said
    }

    /// Whether OPA takes the modules when it gets them all at once: with their annotations, of which the server takes no notice,
    /// or without.
    pub(crate) fn takes_together(&self, case: &Case) -> bool {
        let mut plain = case.clone();
        for (_, text) in &mut plain.modules {
            *text = text.replace("# METADATA", "# metadata");
        }
        self.check(case).is_ok() || self.check(&plain).is_ok()
    }

    /// What `opa check` has against the modules. Unlike the server, it reads annotations.
    pub(crate) fn check(&self, case: &Case) -> Result<(), Vec<String>> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("together{}", self.process.id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &case.modules {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let mut check = Command::new(crate::opa::opa().unwrap());
        check.args(["check", "--format", "json"]).arg(&folder);
        let output =
            check.args((self.version == RegoVersion::V0).then_some("--v0-compatible")).output().unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        // It may panic, too.
        Err(if text.starts_with('{') { errors(&parse(&text)) } else { vec![CRASHED.to_owned()] })
    }

    fn answer(&mut self, case: &Case, question: &Question) -> (String, String) {
        let input = case.input.as_ref().map(|input| format!("\"input\": {input}"));
        let (status, reply) = match question {
            Question::Text(path) => {
                let query = format!("x = sprintf(\"%v\", [[{}]])", crate::case::reference(path));
                let query = format!("\"query\": {}", json(&query));
                let body = query + &input.map(|input| format!(", {input}")).unwrap_or_default();
                self.request("POST", "/v1/query", &format!("{{{body}}}"))
            }
            Question::Json(path) | Question::Strict(path) => {
                let mut url = "/v1/data".to_owned();
                for key in path {
                    url.push('/');
                    for byte in key.bytes() {
                        let _ = write!(url, "%{byte:02x}");
                    }
                }
                if matches!(question, Question::Strict(_)) {
                    url.push_str("?strict-builtin-errors=true");
                }
                self.request("POST", &url, &format!("{{{}}}", input.unwrap_or_default()))
            }
        };
        let prints = std::mem::take(&mut self.prints);
        let outcome = if status == 200 {
            match question {
                Question::Text(_) => match reply.lookup(&["result"]).and_then(Value::as_array) {
                    None => "undefined".to_owned(),
                    Some(rows) => {
                        let text = rows.get(0).unwrap().lookup(&["x"]).unwrap().as_str().unwrap();
                        text[1..text.len() - 1].to_owned()
                    }
                },
                Question::Json(_) | Question::Strict(_) => {
                    reply.lookup(&["result"]).map_or_else(|| "undefined".to_owned(), Value::to_json)
                }
            }
        } else {
            format!("error {}", errors(&reply).join("\nerror "))
        };
        (question.to_string(), crate::case::with_prints(outcome, prints.iter().map(String::as_str)))
    }

    /// What `print` wrote during the last request.
    fn read_log(&mut self) -> Vec<String> {
        let mut prints = Vec::new();
        loop {
            let line = self.log.recv().expect("OPA ended");
            // Before the first request OPA also says other things.
            if !line.starts_with('{') {
                continue;
            }
            let entry = parse(&line);
            let text = |name: &str| entry.lookup(&[name]).and_then(Value::as_str);
            if text("line").is_some() {
                prints.push(text("msg").unwrap_or_default().to_owned());
            } else if text("msg") == Some("Sent response.") {
                return prints;
            }
        }
    }

    fn request(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
        let stream = self.connection.get_mut();
        stream.write_all((head + body).as_bytes()).unwrap();
        let mut line = String::new();
        self.connection.read_line(&mut line).unwrap();
        if line.is_empty() {
            // OPA answers a request on which it panics by closing the connection.
            *self = Self::start(self.version).unwrap();
            return (500, parse(&format!("{{\"code\": \"opa\", \"message\": \"{CRASHED}\"}}")));
        }
        let status: u16 = line.split(' ').nth(1).and_then(|code| code.parse().ok()).expect(&line);
        let (mut length, mut chunked) = (0, false);
        loop {
            line.clear();
            self.connection.read_line(&mut line).unwrap();
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            chunked |= header == "transfer-encoding: chunked";
        }
        let mut bytes = Vec::new();
        if chunked {
            loop {
                line.clear();
                self.connection.read_line(&mut line).unwrap();
                let size = usize::from_str_radix(line.trim(), 16).unwrap();
                let mut chunk = vec![0; size + 2];
                self.connection.read_exact(&mut chunk).unwrap();
                if size == 0 {
                    break;
                }
                bytes.extend_from_slice(&chunk[..size]);
            }
        } else {
            bytes.resize(length, 0);
            self.connection.read_exact(&mut bytes).unwrap();
        }
        self.prints = self.read_log();
        let text = String::from_utf8(bytes).unwrap();
        if !text.is_empty() && document::json(SourceId::default(), &text).is_err() {
            // It has a number that no policy could read.
            return (500, parse(&format!("{{\"code\": \"opa\", \"message\": \"{CRASHED}\"}}")));
        }
        (status, if text.is_empty() { Value::Null } else { parse(&text) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What stands for the answer to a request on which OPA panicked.
pub(crate) const CRASHED: &str = "OPA panicked";

fn parse(text: &str) -> Value {
    document::json(SourceId::default(), text).unwrap_or_else(|error| panic!("{error:?}: {text}")).to_value()
}

/// Codes and messages.
fn errors(reply: &Value) -> Vec<String> {
    let text = |error: &Value, name: &str| {
        error.lookup(&[name]).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let list = reply.lookup(&["errors"]).and_then(Value::as_array);
    let mut errors: Vec<String> = match list {
        Some(list) => {
            list.iter().map(|error| format!("{}: {}", text(error, "code"), text(error, "message"))).collect()
        }
        None => vec![format!("{}: {}", text(reply, "code"), text(reply, "message"))],
    };
    errors.sort();
    errors
}
