//! The rules of ARCHITECTURE.md that a compiler can't check, checked on the files of the repository.
//!
//! Each rule is a function from files to violations, and has a test on a bad sample beside its test on the tree,
//! so that no rule can go blind.
#![expect(clippy::unwrap_used, reason = "a file that can't be read must fail the test")]
#![expect(
    clippy::disallowed_methods,
    reason = "these tests read the repository; the engine itself reads nothing"
)]

#[path = "architecture/names.rs"]
mod names;

use std::fmt::Write as _;
use std::path::Path;

use names::names;

/// A text file of the repository; `path` is relative to its root, with `/`.
struct File {
    path: String,
    text: String,
}

type Violations = Vec<String>;

#[test]
fn localised_dependencies_are_named_in_their_module_only() {
    let files = tree();
    let rows = dependency_rows(text_of(&files, "ARCHITECTURE.md"));
    assert_none(each_rust(&files, &["engine/", "cli/", "fuzz/"], |file| strangers(file, &rows)));
}

#[test]
fn only_the_reference_module_names_regorus() {
    let rows = dependency_rows(text_of(&tree(), "ARCHITECTURE.md"));
    let modules = rows.iter().find(|row| row.name == "regorus").map(|row| row.modules.clone());
    assert_eq!(modules, Some(vec!["engine/src/reference".to_owned()]));
}

#[test]
fn every_dependency_of_the_workspace_has_its_row() {
    let files = tree();
    let rows = dependency_rows(text_of(&files, "ARCHITECTURE.md"));
    assert_none(rows_against_manifest(&rows, text_of(&files, "Cargo.toml")));
}

#[test]
fn the_engine_names_no_disk_network_clock_environment_or_terminal() {
    assert_none(each_rust(&tree(), &["engine/src/"], outside_world));
}

#[test]
fn the_engine_does_not_know_the_cli() {
    let files = tree();
    assert_none(each_rust(&files, &["engine/"], |file| {
        named(file, |path| starts_with(path, "portcullis_cli"))
    }));
    let manifest = text_of(&files, "engine/Cargo.toml");
    assert!(!manifest.contains("portcullis-cli"), "engine/Cargo.toml names portcullis-cli");
}

#[test]
fn only_the_io_module_of_the_cli_writes_to_the_terminal() {
    assert_none(each_rust(&tree(), &["engine/src/", "cli/src/"], terminal_writers));
}

#[test]
fn clippy_forbids_the_engine_what_it_must_not_do() {
    let files = tree();
    assert_none(clippy_gaps(text_of(&files, "clippy.toml"), text_of(&files, "engine/clippy.toml")));
}

#[test]
fn both_crates_take_the_lints_of_the_workspace() {
    let files = tree();
    for manifest in ["engine/Cargo.toml", "cli/Cargo.toml"] {
        assert!(text_of(&files, manifest).contains("[lints]\nworkspace = true\n"), "{manifest} does not");
    }
}

#[test]
fn the_release_checks_for_overflow() {
    assert!(
        checks_for_overflow(text_of(&tree(), "Cargo.toml")),
        "[profile.release] lacks overflow-checks = true"
    );
    for manifest in
        ["", "[profile.dev]\noverflow-checks = true\n", "[profile.release]\n# overflow-checks = true\n"]
    {
        assert!(!checks_for_overflow(manifest), "{manifest}");
    }
}

#[test]
fn only_verify_makes_a_verified_bundle() {
    assert_none(each_rust(&tree(), &["engine/", "cli/", "fuzz/"], makers_of_verified_bundles));
    let sample = |path: &str, text: &str| File { path: path.to_owned(), text: text.to_owned() };
    for bad in [
        sample("cli/src/serve.rs", "let bundle = VerifiedBundle::danger_unverified(members);"),
        sample("engine/src/bundle/build.rs", "VerifiedBundle { members, standing }"),
        sample(VERIFY, "pub struct VerifiedBundle {\n    pub members: Vec<Member>,\n}\n"),
        sample(VERIFY, "fn one() { VerifiedBundle { members } }\nfn other() { VerifiedBundle { members } }"),
        sample(VERIFY, "Self { members, standing: Standing::Unsigned }"),
    ] {
        assert_eq!(makers_of_verified_bundles(&bad).len(), 1, "{}", bad.text);
    }
}

#[test]
fn files_are_laid_out_by_the_rules() {
    assert_none(each_rust(&tree(), &["engine/", "cli/", "fuzz/"], layout));
}

#[test]
fn texts_name_no_machine_and_no_ticket() {
    let files = tree();
    assert_none(files.iter().filter(|file| is_prose_or_code(&file.path)).flat_map(foreign_words));
}

#[test]
fn links_between_documents_lead_somewhere() {
    let files = tree();
    let exists = |path: &str| root().join(path).exists();
    let documents = files.iter().filter(|file| has_extension(&file.path, "md"));
    assert_none(documents.flat_map(|file| dead_links(file, exists)));
}

#[test]
fn each_test_that_the_architecture_relies_on_exists() {
    let files = tree();
    let cited = backticked(text_of(&files, "ARCHITECTURE.md"))
        .filter_map(|word| word.strip_prefix("architecture::").map(str::to_owned))
        .collect::<Vec<_>>();
    assert!(!cited.is_empty());
    let this = text_of(&files, "engine/tests/architecture.rs");
    assert_none(cited.into_iter().filter(|name| !this.contains(&format!("\nfn {name}()"))));
}

// The rules.

/// A row of the table that says where a dependency may be named.
struct Row {
    /// The name as code writes it, with `_`.
    name: String,
    /// Path prefixes: `engine/src/reference` stands for `reference.rs` and all of `reference/`.
    modules: Vec<String>,
}

fn dependency_rows(architecture: &str) -> Vec<Row> {
    let section = architecture.split("## Where each dependency is named").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `")).filter_map(|line| {
        let mut cells = line.trim_matches('|').split('|');
        let name = backticked(cells.next()?).next()?.replace('-', "_");
        Some(Row { name, modules: backticked(cells.next()?).map(str::to_owned).collect() })
    });
    rows.collect()
}

fn strangers(file: &File, rows: &[Row]) -> Violations {
    let foreign = |path: &str| {
        let name = path.split("::").next().unwrap_or_default();
        rows.iter()
            .any(|row| row.name == name && !row.modules.iter().any(|module| is_within(&file.path, module)))
    };
    named(file, foreign)
}

fn rows_against_manifest(rows: &[Row], manifest: &str) -> Violations {
    let section = manifest.split("[workspace.dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let dependencies: Vec<String> = section
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    let missing = dependencies.iter().filter(|name| !rows.iter().any(|row| row.name == **name));
    let stale = rows.iter().filter(|row| !dependencies.contains(&row.name));
    let mut violations: Violations = missing
        .map(|name| format!("ARCHITECTURE.md has no row for `{name}`: say which module names it"))
        .collect();
    violations
        .extend(stale.map(|row| format!("ARCHITECTURE.md has a row for `{}`: no such dependency", row.name)));
    if dependencies.is_empty() {
        violations.push("Cargo.toml has no [workspace.dependencies]".to_owned());
    }
    violations
}

fn outside_world(file: &File) -> Violations {
    const OUTSIDE: [&str; 13] = [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "std::io::stdin",
        "std::io::stdout",
        "std::io::stderr",
        "std::io::Stdin",
        "std::io::Stdout",
        "std::io::Stderr",
        "std::time::SystemTime",
        "std::time::Instant",
        "std::thread::sleep",
    ];
    named(file, |path| OUTSIDE.iter().any(|outside| starts_with(path, outside)))
}

fn terminal_writers(file: &File) -> Violations {
    const WRITERS: [&str; 8] = [
        "std::io::stdout",
        "std::io::stderr",
        "io::stdout",
        "io::stderr",
        "anstream::stdout",
        "anstream::stderr",
        "fs_err::stdout",
        "fs_err::stderr",
    ];
    const MACROS: [&str; 4] = ["print", "println", "eprint", "eprintln"];
    // Tests say so when they are skipped.
    let is_test = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
    if is_within(&file.path, "cli/src/io") || is_test {
        return Vec::new();
    }
    let mut violations = named(file, |path| WRITERS.contains(&path));
    let called = names(&file.text).into_iter().filter(|name| {
        name.is_macro && name.path.rsplit("::").next().is_some_and(|last| MACROS.contains(&last))
    });
    violations.extend(called.map(|name| format!("{}:{}: {}!", file.path, name.line, name.path)));
    violations
}

/// What is missing in the engine's clippy.toml, by the root's and by what the engine must not do.
fn clippy_gaps(root: &str, engine: &str) -> Violations {
    const DISALLOWED: [&str; 30] = [
        "std::fs::File",
        "std::fs::OpenOptions",
        "std::time::SystemTime",
        "std::time::Instant",
        "std::net::TcpStream",
        "std::net::TcpListener",
        "std::net::UdpSocket",
        "std::process::Command",
        "std::io::Stdin",
        "std::io::Stdout",
        "std::io::Stderr",
        "std::hash::RandomState",
        "std::fs::read",
        "std::fs::read_to_string",
        "std::fs::read_dir",
        "std::fs::write",
        "std::fs::metadata",
        "std::fs::canonicalize",
        "std::path::Path::exists",
        "std::path::Path::is_file",
        "std::path::Path::is_dir",
        "std::env::var",
        "std::env::vars",
        "std::env::var_os",
        "std::env::args",
        "std::env::current_dir",
        "std::thread::available_parallelism",
        "std::thread::sleep",
        "std::process::exit",
        "std::process::abort",
    ];
    let is_there = |start: &str| engine.lines().any(|line| line.trim_start().starts_with(start));
    let repeated =
        root.lines().filter(|line| line.starts_with("allow-") || line.starts_with("doc-valid-idents"));
    let mut gaps: Violations = repeated
        .filter(|line| !is_there(line))
        .map(|line| format!("engine/clippy.toml does not repeat the root's `{line}`"))
        .collect();
    let allowed = DISALLOWED.iter().filter(|path| !is_there(&format!("{{ path = \"{path}\", reason = \"")));
    gaps.extend(
        allowed.map(|path| format!("engine/clippy.toml does not disallow `{path}`, or gives no reason")),
    );
    gaps
}

/// Where a verified bundle is made: `verify` makes one, `danger_unverified` another, and these may be asked for the latter.
fn makers_of_verified_bundles(file: &File) -> Violations {
    const MAY_GO_WITHOUT: [&str; 4] = [
        VERIFY,
        "engine/src/bundle/verify/tests.rs",
        "engine/tests/architecture.rs",
        // Where `--insecure-skip-verify` is obeyed, and bundles are only looked at.
        "cli/src/load/trust.rs",
    ];
    let mut violations = Vec::new();
    let code = |text: &str| !text.trim_start().starts_with("//");
    let made = file.text.lines().filter(|line| {
        let named =
            ["struct", "impl", "for"].iter().any(|word| line.contains(&format!("{word} VerifiedBundle {{")));
        code(line) && line.contains("VerifiedBundle {") && !named
    });
    let (made, asked) = (made.count(), file.text.contains("danger_unverified"));
    if asked && !MAY_GO_WITHOUT.contains(&file.path.as_str()) {
        violations.push(format!("{}: asks for a bundle that nobody verified", file.path));
    }
    if file.path != VERIFY {
        if made > 0 && file.path != "engine/tests/architecture.rs" {
            violations.push(format!("{}: makes a verified bundle", file.path));
        }
        return violations;
    }
    if made > 1 {
        violations.push(format!("{}: makes verified bundles in {made} places", file.path));
    }
    if file.text.lines().any(|line| line.contains("Self { members") && !line.contains("Standing::Unverified"))
    {
        violations.push(format!("{}: a bundle that nobody verified says otherwise", file.path));
    }
    let fields =
        file.text.split("pub struct VerifiedBundle {").nth(1).and_then(|rest| rest.split('}').next());
    if fields.is_some_and(|fields| fields.contains("pub")) {
        violations.push(format!("{}: the fields of a verified bundle are for all to write", file.path));
    }
    violations
}

fn layout(file: &File) -> Violations {
    const NO_NOUNS: [&str; 7] = ["mod.rs", "utils", "util", "helpers", "helper", "common", "misc"];
    const MOST_LINES: usize = 600;
    let path = &file.path;
    let mut violations = Vec::new();
    for part in path.split('/') {
        if NO_NOUNS.contains(&part) || part.strip_suffix(".rs").is_some_and(|stem| NO_NOUNS.contains(&stem)) {
            violations.push(format!("{path}: nothing is called `{part}` here: a thing lives with its noun"));
        }
    }
    if !file.text.starts_with("//! ") {
        violations.push(format!("{path}: the first line does not say what the file is for (`//! ...`)"));
    }
    let lines = file.text.lines().count();
    let top = file.text.lines().take_while(|line| line.starts_with("//!"));
    if lines > MOST_LINES && !top.into_iter().any(|line| line.starts_with("//! Long because ")) {
        violations.push(format!("{path}: {lines} lines: split it, or say at its top `//! Long because ...`"));
    }
    violations
}

fn foreign_words(file: &File) -> Violations {
    let mut violations = Vec::new();
    for (number, line) in (1..).zip(file.text.lines()) {
        let lower = line.to_lowercase();
        let machine = ["work", "farm", "root"].iter().any(|directory| {
            let path = format!("/{directory}/");
            lower.match_indices(&path).any(|(at, _)| {
                !lower.get(..at).and_then(|before| before.chars().last()).is_some_and(char::is_alphanumeric)
            })
        });
        let ticket =
            lower.split("issue #").skip(1).any(|rest| rest.starts_with(|next: char| next.is_ascii_digit()));
        let shared =
            lower.contains("../shared") && !file.path.contains("tests") && !file.path.starts_with(".ci/");
        if machine || ticket || shared {
            violations.push(format!("{}:{number}: {}", file.path, line.trim()));
        }
    }
    violations
}

fn is_prose_or_code(path: &str) -> bool {
    let is_text = ["rs", "md", "toml", "sh", "yml"].iter().any(|extension| has_extension(path, extension));
    // Test data is free to hold any path.
    !path.starts_with("testcases/") && (is_text || path.starts_with(".ci/"))
}

fn dead_links(file: &File, exists: impl Fn(&str) -> bool) -> Violations {
    let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    let dead = local.filter(|target| {
        let path = target.split('#').next().unwrap_or_default();
        !exists(format!("{directory}/{path}").trim_start_matches('/'))
    });
    dead.map(|target| format!("{}: no such file: `{target}`", file.path)).collect()
}

/// The violations of a file that names a path (or imports a name) for which `is_wrong` holds.
fn named(file: &File, is_wrong: impl Fn(&str) -> bool) -> Violations {
    let paths = names(&file.text).into_iter().filter(|name| name.is_import || name.path.contains("::"));
    let wrong = paths.filter(|name| is_wrong(&name.path));
    wrong.map(|name| format!("{}:{}: {}", file.path, name.line, name.path)).collect()
}

/// The module whose business it is.
const VERIFY: &str = "engine/src/bundle/verify.rs";

// The tree.

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn checks_for_overflow(manifest: &str) -> bool {
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[profile.release]").skip(1);
    lines.take_while(|line| !line.starts_with('[')).any(|line| line == "overflow-checks = true")
}

/// All UTF-8 files of the repository that are not built, sorted by path.
fn tree() -> Vec<File> {
    let mut files = Vec::new();
    let mut directories = vec![root().to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let is_hidden = name.starts_with('.') && name != ".ci" && name != ".github";
            if is_hidden || name.starts_with("target") {
                continue;
            }
            if std::fs::symlink_metadata(&path).unwrap().is_dir() {
                directories.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|left, right| left.path.cmp(&right.path));
    files
}

fn text_of<'a>(files: &'a [File], path: &str) -> &'a str {
    files.iter().find(|file| file.path == path).map(|file| file.text.as_str()).unwrap()
}

fn each_rust(files: &[File], below: &[&str], rule: impl Fn(&File) -> Violations) -> Violations {
    let rust = files.iter().filter(|file| has_extension(&file.path, "rs"));
    let rust: Vec<&File> =
        rust.filter(|file| below.iter().any(|start| file.path.starts_with(start))).collect();
    assert!(!rust.is_empty(), "no Rust files below {below:?}: the rule looks in the wrong place");
    rust.into_iter().flat_map(rule).collect()
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// Whether the file is the module, lies in its folder, or lies in the folder of that name.
fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.starts_with('/') || rest == ".rs" || rest.is_empty())
}

fn starts_with(path: &str, start: &str) -> bool {
    path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn backticked(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn assert_none(violations: impl IntoIterator<Item = String>) {
    let list = violations.into_iter().fold(String::new(), |mut list, violation| {
        let _ = writeln!(list, "  {violation}");
        list
    });
    assert!(list.is_empty(), "against ARCHITECTURE.md:\n{list}");
}

// The rules on bad samples.

fn sample(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

#[test]
fn a_dependency_named_outside_its_module_is_seen_however_it_is_written() {
    let rows = dependency_rows(
        "## Where each dependency is named\n\n| crate | in |\n|---|---|\n| `a-b` | `engine/src/x` |\n",
    );
    for text in [
        "use a_b::C;",
        "use {a_b as d, e};",
        "fn f() { ::a_b::g() }",
        "#[derive(a_b::D)] struct S;",
        "use a_b;",
    ] {
        assert_eq!(strangers(&sample("engine/src/y.rs", text), &rows).len(), 1, "{text}");
        assert_eq!(strangers(&sample("engine/src/x.rs", text), &rows).len(), 0, "{text}");
        assert_eq!(strangers(&sample("engine/src/x/z.rs", text), &rows).len(), 0, "{text}");
        assert_eq!(strangers(&sample("engine/src/xy.rs", text), &rows).len(), 1, "{text}");
    }
    for text in [
        "// a_b::C",
        "/* /* a_b::C */ a_b::D */",
        "\"a_b::C\"",
        "r#\"\"a_b::C\"#",
        "x::a_b::C",
        "use x::{a_b, c};",
    ] {
        assert_eq!(strangers(&sample("engine/src/y.rs", text), &rows), Violations::new(), "{text}");
    }
}

#[test]
fn code_after_a_literal_or_a_lifetime_is_still_read() {
    for before in
        ["'\\''; ", "'\"'; ", "\"\\\"\"; ", "fn f<'a>(x: &'a str) {} ", "r\"\\\"; ", "/* */ ", "<T>::new(); "]
    {
        let file = sample("engine/src/y.rs", &format!("{before}std::fs::read(\"x\")"));
        assert_eq!(outside_world(&file), ["engine/src/y.rs:1: std::fs::read"], "{before}");
    }
}

#[test]
fn io_in_the_engine_is_seen_through_nested_imports() {
    let file = sample(
        "engine/src/y.rs",
        "use std::{\n    collections::BTreeMap,\n    io::{self, Stdin},\n    fs,\n};",
    );
    assert_eq!(outside_world(&file), ["engine/src/y.rs:3: std::io::Stdin", "engine/src/y.rs:4: std::fs"]);
}

#[test]
fn a_print_outside_the_io_module_is_seen() {
    for text in ["fn f() { println!() }", "std::eprintln!()", "use std::io::stdout;", "let o = io::stderr();"]
    {
        assert_eq!(terminal_writers(&sample("cli/src/report.rs", text)).len(), 1, "{text}");
        assert_eq!(terminal_writers(&sample("cli/src/io.rs", text)).len(), 0, "{text}");
    }
    assert_eq!(terminal_writers(&sample("cli/src/report.rs", "output.stdout(); assert!(print)")).len(), 0);
}

#[test]
fn a_missing_row_and_a_stale_row_are_seen() {
    let rows = [Row { name: "gone".to_owned(), modules: Vec::new() }];
    let manifest = "[workspace.dependencies]\n# x = 1\na-b = \"1\"\n\n[profile.dev]\ndebug = 1\n";
    assert_eq!(rows_against_manifest(&rows, manifest).len(), 2);
}

#[test]
fn a_clippy_entry_that_was_removed_or_commented_out_is_seen() {
    let files = tree();
    let (root, engine) = (text_of(&files, "clippy.toml"), text_of(&files, "engine/clippy.toml"));
    for line in engine.lines().filter(|line| line.contains("path = ") || line.starts_with("allow-")) {
        assert_eq!(clippy_gaps(root, &engine.replace(line, "")).len(), 1, "{line}");
        assert_eq!(clippy_gaps(root, &engine.replace(line, &format!("# {line}"))).len(), 1, "{line}");
    }
}

#[test]
fn bad_layout_is_seen() {
    let good = "//! A value.\n";
    assert_eq!(layout(&sample("engine/src/value.rs", good)), Violations::new());
    for path in
        ["engine/src/value/mod.rs", "cli/src/utils.rs", "cli/src/helpers/text.rs", "engine/tests/common.rs"]
    {
        assert_eq!(layout(&sample(path, good)).len(), 1, "{path}");
    }
    assert_eq!(layout(&sample("engine/src/value.rs", "use std::fmt;\n")).len(), 1);
    let long = "\n".repeat(600);
    assert_eq!(layout(&sample("engine/src/value.rs", &format!("{good}{long}"))).len(), 1);
    let excused = format!("{good}//! Long because it is one table.\n{long}");
    assert_eq!(layout(&sample("engine/src/value.rs", &excused)), Violations::new());
}

#[test]
fn foreign_words_are_seen() {
    let bad =
        ["/wo|rk/x", "see /ro|ot/x", "Issue| #12", "data in ../sha|red/x"].map(|text| text.replace('|', ""));
    for text in bad {
        assert_eq!(foreign_words(&sample("docs/a.md", &text)).len(), 1, "{text}");
    }
    assert_eq!(foreign_words(&sample("docs/a.md", "the net/work/load\nissue #x\n")), Violations::new());
}

#[test]
fn a_dead_link_is_seen() {
    let file = sample("docs/a.md", "[b](b.md#top) [c](c.md) [d](https://example.org/d) [e](#e)");
    assert_eq!(dead_links(&file, |path| path == "docs/b.md"), ["docs/a.md: no such file: `c.md`"]);
}
