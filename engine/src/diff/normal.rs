//! Rules without what doesn't change their meaning, so that two versions of them can be compared.

use std::collections::{BTreeMap, BTreeSet};

use super::{Versions, reach};
use crate::probe::reach::clauses;
use crate::probe::subject::Subject;
use crate::program::ClauseId;
use crate::source::{Sources, Span};
use crate::suite::selection::Digest;
use crate::value::Value;

/// The clauses that a decision depends on and that only one of two versions has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Those of the old version.
    pub old: BTreeSet<ClauseId>,
    /// Those of the new version.
    pub new: BTreeSet<ClauseId>,
}

impl Changed {
    /// Compares everything that the decision depends on.
    pub fn between(versions: Versions<'_>) -> Self {
        let (mut old, mut new) = (texts(versions.old), texts(versions.new));
        // Equal texts stand for each other, one for one.
        for (text, ids) in &mut old {
            let Some(others) = new.get_mut(text) else { continue };
            let common = ids.len().min(others.len());
            ids.drain(..common);
            others.drain(..common);
        }
        let left = |texts: BTreeMap<String, Vec<ClauseId>>| texts.into_values().flatten().collect();
        Self { old: left(old), new: left(new) }
    }

    /// Whether both versions have the same clauses.
    pub fn is_nothing(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }
}

/// The clauses of a version by what they say.
fn texts(subject: &Subject) -> BTreeMap<String, Vec<ClauseId>> {
    let program = subject.policy.program();
    let sources = subject.policy.sources();
    let annotations = annotations(sources);
    let mut texts: BTreeMap<String, Vec<ClauseId>> = BTreeMap::new();
    for (rule, clause) in
        reach(subject).rules.keys().flat_map(|rule| clauses(program, *rule).into_iter().map(|id| (*rule, id)))
    {
        let Some(span) = program.clause(clause).map(|clause| clause.span) else { continue };
        let path = program.rule(rule).map(|rule| rule.path.as_slice()).unwrap_or_default();
        let text = written(span, sources);
        let mut around = imports(text, span, sources);
        if text.contains("rego.metadata") {
            around = around.with(&annotations);
        }
        let path: Vec<String> = path.iter().map(Value::to_rego).collect();
        let key = format!("{} {:x} {}", path.join("/"), around.number(), plain(text));
        texts.entry(key).or_default().push(clause);
    }
    texts
}

/// What a clause says, without comments and layout.
pub fn text(span: Span, sources: &Sources) -> String {
    plain(written(span, sources))
}

fn written(span: Span, sources: &Sources) -> &str {
    let source = sources.get(span.source);
    source.and_then(|source| source.text().get(span.start as usize..span.end as usize)).unwrap_or_default()
}

/// What the names in a clause may stand for: the package of its module and the imports that it may read.
fn imports(clause: &str, span: Span, sources: &Sources) -> Digest {
    let text = sources.get(span.source).map(|source| source.text().as_ref()).unwrap_or_default();
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let lines: BTreeSet<&str> =
        lines.filter(|line| line.starts_with("import") || line.starts_with("package")).collect();
    // What goes on in the next line is not told apart from the rest of the module.
    if lines.iter().any(|line| !line.contains([' ', '\t']) || line.ends_with('.') || line.ends_with(" as")) {
        return Digest::of(text);
    }
    let may_be_read = |line: &&&str| {
        let name = line.rsplit(['.', ' ', '\t']).next().unwrap_or_default();
        let is_name = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_');
        let is_import_of_name = line.starts_with("import") && is_name && !line.contains(';');
        let changes_language = line.contains("rego.v1") || line.contains("future.keywords");
        !is_import_of_name || changes_language || clause.contains(name)
    };
    lines.iter().filter(may_be_read).fold(Digest::default(), |digest, line| digest.with(line))
}

/// All modules with annotations, in the order of their texts.
fn annotations(sources: &Sources) -> String {
    let texts: BTreeSet<&str> = sources
        .iter()
        .map(|(_, source)| source.text().as_ref())
        .filter(|text: &&str| text.contains("METADATA"))
        .collect();
    texts.into_iter().collect()
}

/// A text without comments, and with one space or line break where there are several.
pub(crate) fn plain(text: &str) -> String {
    // Templates have expressions inside of strings: they are left as they are.
    if text.contains("$\"") || text.contains("$`") {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut gap = None;
    let mut characters = text.chars();
    let mut quote = None;
    while let Some(character) = characters.next() {
        if let Some(end) = quote {
            plain.push(character);
            if character == '\\' && end == '"' {
                plain.extend(characters.next());
            } else if character == end {
                quote = None;
            }
            continue;
        }
        match character {
            '\n' => gap = Some('\n'),
            '#' => {
                characters.by_ref().find(|character| *character == '\n');
                gap = Some('\n');
            }
            character if character.is_whitespace() => gap = gap.or(Some(' ')),
            character => {
                plain.extend(gap.take().filter(|_| !plain.is_empty()));
                plain.push(character);
                quote = matches!(character, '"' | '`').then_some(character);
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{imports, plain};
    use crate::source::{Source, Sources, Span};

    #[test]
    fn comments_and_layout_go_and_strings_stay() {
        for (text, expected) in [
            ("allow if {  # why\n\n\tx ==   1\n}", "allow if {\nx == 1\n}"),
            ("a := \"# no  comment \\\" #\" # one", "a := \"# no  comment \\\" #\""),
            ("a := `#  \\` #", "a := `#  \\`"),
            ("a := $\"{x}  #\"", "a := $\"{x}  #\""),
        ] {
            assert_eq!(plain(text), expected);
        }
    }

    #[test]
    fn imports_count_that_a_clause_may_read() {
        let of = |clause: &str, text: &str| {
            let mut sources = Sources::new();
            let id = sources.add(Source::new("p.rego", text));
            imports(clause, Span::new(id, 0, 0), &sources)
        };
        let clause = "allow if roles.is_admin";
        let plainly = of(clause, "package p\nimport data.roles\n");
        for (text, is_same) in [
            ("package p\n\nimport data.roles # of users\nimport data.unused\n", true),
            ("package q\nimport data.roles\n", false),
            ("package p\nimport data.other.roles\n", false),
            ("package p\nimport data.groups as roles\n", false),
            ("package p\nimport rego.v1\nimport data.roles\n", false),
            ("package p\nimport data.roles\nimport data.x[\"roles\"]\n", false),
            ("package p\nimport data.roles\nimport data.x as\n  y\n", false),
        ] {
            assert_eq!(of(clause, text) == plainly, is_same, "{text}");
        }
    }
}
