//! Case files: a comment, command lines, and the files that these find, in one txtar archive.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::run;

/// What to run, and where.
#[derive(Debug)]
pub(crate) struct Case {
    /// Folder and file name below the folder of all cases: `eval/raw`.
    pub(crate) name: String,
    /// The whole archive.
    pub(crate) text: String,
    commands: Vec<CommandLine>,
    files: Vec<(String, String)>,
}

/// `A=1 eval -I input < in.json` without the dollar sign.
#[derive(Debug, PartialEq, Eq)]
struct CommandLine {
    text: String,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    stdin: Option<String>,
}

impl Case {
    /// Reads every case below a folder, in the order of their names.
    pub(crate) fn read_all(folder: &Path) -> Result<Vec<Self>> {
        let mut cases = Vec::new();
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
            let path = entry?.into_path();
            if path.extension().is_some_and(|extension| extension == "txtar") {
                let name = path.strip_prefix(folder)?.with_extension("").to_string_lossy().into_owned();
                let text = fs_err::read_to_string(&path)?;
                cases.push(
                    Self::parse(name, text).with_context(|| format!("can't read `{}`", path.display()))?,
                );
            }
        }
        Ok(cases)
    }

    fn parse(name: String, text: String) -> Result<Self> {
        let mut files: Vec<(String, String)> = Vec::new();
        let mut commands = Vec::new();
        let mut comment = false;
        for line in text.split_inclusive('\n') {
            let file = line.trim_end().strip_prefix("-- ").and_then(|line| line.strip_suffix(" --"));
            if let Some(name) = file {
                files.push((unescape(name), String::new()));
            } else if let Some((_, content)) = files.last_mut() {
                content.push_str(line);
            } else if let Some(command) = line.strip_prefix("$ ") {
                commands.push(CommandLine::parse(command.trim_end())?);
            } else {
                comment |= !line.trim().is_empty();
            }
        }
        ensure!(comment, "the header has to say what the case shows");
        ensure!(!commands.is_empty(), "there is no command line, such as `$ check .`");
        Ok(Self { name, text, commands, files })
    }

    /// Writes the files into a folder.
    pub(crate) fn lay_out(&self, folder: &Path) -> Result<()> {
        for (name, content) in &self.files {
            let path = folder.join(name);
            if name.ends_with('/') {
                fs_err::create_dir_all(path)?;
                continue;
            }
            fs_err::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs_err::write(path, content)?;
        }
        Ok(())
    }

    /// Runs the commands in a fresh folder and gives back everything they said, without what differs between runs.
    pub(crate) fn transcript(&self) -> Result<String> {
        let folder = tempfile::tempdir()?;
        self.lay_out(folder.path())?;
        let mut transcript = self.text.trim_end().to_owned();
        for line in &self.commands {
            let run::Answer { exit_code, stdout, stderr } = line.run(folder.path())?;
            let code = exit_code.map_or("none".to_owned(), |code| code.to_string());
            write!(transcript, "\n\n====== $ {}\nexit code: {code}", line.text)?;
            for (name, text) in [("stdout", stdout), ("stderr", stderr)] {
                if !text.is_empty() {
                    write!(transcript, "\n------ {name}\n{}", mask(&text, folder.path()).trim_end())?;
                }
            }
        }
        Ok(transcript)
    }
}

impl CommandLine {
    fn parse(text: &str) -> Result<Self> {
        let mut environment = Vec::new();
        let mut words = split_words(text)?.into_iter().peekable();
        while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
            environment.push((name.to_owned(), value.to_owned()));
            words.next();
        }
        let mut arguments: Vec<String> = words.collect();
        let mut stdin = None;
        if let [.., redirect, _] = &*arguments
            && redirect == "<"
        {
            stdin = arguments.pop();
            arguments.pop();
        }
        Ok(Self { text: text.to_owned(), environment, arguments, stdin })
    }

    fn run(&self, folder: &Path) -> Result<run::Answer> {
        let stdin = match &self.stdin {
            Some(name) => fs_err::read(folder.join(name))?,
            None => Vec::new(),
        };
        let mut command = run::command(&run::portcullis(), folder);
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).args(&self.arguments);
        run::finish(&mut command, &stdin)
    }
}

/// The place of everything that differs between runs and machines. Escape characters become visible.
fn mask(text: &str, folder: &Path) -> String {
    let resolved: PathBuf = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    let mut text = text.replace('\u{1b}', "␛");
    for path in [&*resolved, folder] {
        text = text.replace(&*path.to_string_lossy(), "$WORK");
    }
    for (pattern, mask) in [
        (r"\((\d+(\.\d+)?(h|m|s|ms|µs|ns))+\)", "(DURATION)"),
        (r#""duration": \d+"#, r#""duration": DURATION"#),
        (r#" time="\d+\.\d+""#, r#" time="SECONDS""#),
        (r"\t *\d+\t *\d+(\.\d+)? ns/op", "\tRUNS\tTIME ns/op"),
        (r#""(N|T)": \d+"#, r#""$1": NUMBER"#),
        (r"duration_ms: \d+\.\d+", "duration_ms: MILLISECONDS"),
        (r#""semanticVersion": "[^"]*""#, r#""semanticVersion": "VERSION""#),
        (r"portcullis \d+\.\d+\.\d+", "portcullis VERSION"),
        (r"\b1\d{18}\b", "TIME"),
        (r#"("tool": "portcullis",\s+"version": )"[^"]+""#, r#"${1}"VERSION""#),
        // The manifest names the version too.
        (r"(│ \.manifest +│ )\d+ +│ [0-9a-f]{64}", "${1}BYTES │ DIGEST"),
        (
            r#"("path": "\.manifest",\s+"bytes": )\d+(,\s+"sha256": )"[0-9a-f]{64}""#,
            r#"${1}BYTES${2}"DIGEST""#,
        ),
    ] {
        if let Ok(pattern) = regex::Regex::new(pattern) {
            text = pattern.replace_all(&text, mask).into_owned();
        }
    }
    text
}

/// Splits at spaces outside of quotes, with `\n`, `\e` and `\u{...}` in double quotes as in file names.
pub(crate) fn split_words(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    for c in text.chars() {
        if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
            word.get_or_insert_default();
        } else if quote.is_none() && c == ' ' {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(c);
        }
    }
    if quote.is_some() {
        bail!("a quote is not closed in `{text}`");
    }
    words.extend(word);
    Ok(words.iter().map(|word| unescape(word)).collect())
}

/// `\e` is the escape character and `\a` the bell: neither should stand in a text file.
fn unescape(text: &str) -> String {
    text.replace(r"\e", "\u{1b}").replace(r"\a", "\u{7}")
}

#[test]
fn a_command_line_has_variables_then_words_then_input() -> Result<()> {
    let line = CommandLine::parse(r"A=1 B='x y' eval -I 'a b' \e[1m < in.json")?;
    assert_eq!(line.environment, [("A".into(), "1".into()), ("B".into(), "x y".into())]);
    assert_eq!(line.arguments, ["eval", "-I", "a b", "\u{1b}[1m"]);
    assert_eq!(line.stdin.as_deref(), Some("in.json"));
    assert!(CommandLine::parse("eval 'a").is_err());
    Ok(())
}

#[test]
fn what_differs_between_runs_is_masked() {
    let text = "/t/x/a.rego: PASS (1.25ms)\n  \"duration\": 123,\nportcullis 1.2.3 \u{1b}[1m (1m2.5s) (a)";
    assert_eq!(
        mask(text, Path::new("/t/x")),
        "$WORK/a.rego: PASS (DURATION)\n  \"duration\": DURATION,\nportcullis VERSION ␛[1m (DURATION) (a)"
    );
}
