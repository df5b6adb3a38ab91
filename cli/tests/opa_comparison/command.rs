//! Command lines of fixtures, and how they are run.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// How long one command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// The arguments of a run, with the environment variables written before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CommandLine {
    /// As it stands in the fixture.
    pub(crate) text: String,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
}

/// What a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// None if it was ended by a signal, or was stopped because it took too long.
    pub(crate) exit_code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl CommandLine {
    /// Splits a line into words. Single and double quotes hold words together, nothing else is special.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut environment = Vec::new();
        let mut words = split_words(text)?.into_iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            environment.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        Ok(Self { text: text.to_owned(), environment, arguments: words.collect() })
    }

    /// A line from its words.
    pub(crate) fn from_arguments(arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        Self { text: arguments.join(" "), environment: Vec::new(), arguments }
    }

    /// The same arguments without variables before them.
    pub(crate) fn without_environment(&self) -> Self {
        Self { environment: Vec::new(), ..self.clone() }
    }

    /// The same with more arguments.
    pub(crate) fn with(&self, more: &[&str]) -> Self {
        let arguments = self.arguments.iter().cloned().chain(more.iter().map(ToString::to_string));
        Self { arguments: arguments.collect(), ..self.clone() }
    }

    /// Whether the results have to come slowest first.
    pub(crate) fn sorts_by_duration(&self) -> bool {
        let has = |word: &str| self.arguments.iter().any(|argument| argument == word);
        has("duration") && has("--sort") || has("--sort=duration")
    }

    /// Runs a program with these arguments in a folder, whose path stands for `$WORK`.
    pub(crate) fn run(&self, program: &Path, folder: &Path) -> Result<Answer> {
        let work = folder.to_string_lossy();
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for (name, _) in std::env::vars_os() {
            // Settings of whoever runs the tests must not leak into what is compared.
            if name.to_string_lossy().starts_with("OPA_") || name.to_string_lossy().starts_with("PORTCULLIS_")
            {
                command.env_remove(name);
            }
        }
        command.env("NO_COLOR", "1");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(self.arguments.iter().map(|argument| argument.replace("$WORK", &work)));
        let child = command.spawn().with_context(|| format!("can't start `{}`", program.display()))?;
        finish(child)
    }
}

fn finish(mut child: Child) -> Result<Answer> {
    let stdout = child.stdout.take().context("stdout is piped")?;
    let stderr = child.stderr.take().context("stderr is piped")?;
    thread::scope(|scope| {
        let stdout = scope.spawn(|| read(stdout));
        let stderr = scope.spawn(|| read(stderr));
        let start = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if start.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                break None;
            }
            thread::sleep(Duration::from_millis(2));
        };
        Ok(Answer {
            exit_code: status.and_then(|status| status.code()),
            stdout: stdout.join().unwrap_or_default(),
            stderr: stderr.join().unwrap_or_default(),
        })
    })
}

fn read(mut stream: impl Read) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("<unreadable: {error}>"),
    }
}

fn split_words(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for character in text.chars() {
        if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '\'' | '"') {
            quote = Some(character);
            word.get_or_insert_default();
        } else if quote.is_none() && character == ' ' {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(character);
        }
    }
    ensure!(quote.is_none(), "a quote is not closed");
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_spaces_outside_of_quotes() {
        for (text, words) in [
            ("test .", vec!["test", "."]),
            ("test  -r 'a b'  ''", vec!["test", "-r", "a b", ""]),
            (r#"test -r "it's""#, vec!["test", "-r", "it's"]),
            ("test --ignore='x y',z", vec!["test", "--ignore=x y,z"]),
        ] {
            assert_eq!(split_words(text).unwrap(), words, "{text}");
        }
        assert!(split_words("test 'a").is_err());
    }

    #[test]
    fn variables_come_before_the_first_argument() {
        let line = CommandLine::parse("A=1 B='x y' test --run=one").unwrap();
        assert_eq!(line.environment, [("A".to_owned(), "1".to_owned()), ("B".to_owned(), "x y".to_owned())]);
        assert_eq!(line.arguments, ["test", "--run=one"]);
    }

    #[test]
    fn both_spellings_of_the_sort_flag_count() {
        for (text, sorted) in [
            ("test . --sort duration", true),
            ("test --sort=duration .", true),
            ("test . --sort none", false),
            ("test duration", false),
        ] {
            assert_eq!(CommandLine::parse(text).unwrap().sorts_by_duration(), sorted, "{text}");
        }
    }
}
