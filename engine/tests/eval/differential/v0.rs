//! Modules of version 0: rules without `if` and `contains`, chained bodies, deprecated functions, names that are keywords
//! later.

use portcullis::builtins::{self, Signature};

use super::super::scan;
use super::{Generator, Kind};

/// What a module of version 0 imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Imports {
    /// The keywords that it needs, one by one.
    Each,
    /// All keywords.
    All,
    /// Version 1.
    Newer,
}

impl Generator {
    /// Names and texts of modules of version 0.
    pub(crate) fn older_modules(&mut self) -> Vec<(String, String)> {
        let modules = self.modules();
        modules.into_iter().map(|(name, text)| (name, self.older(&text))).collect()
    }

    fn older(&mut self, text: &str) -> String {
        let imports = match self.random.weighted(&[60, 25, 15]) {
            0 => Imports::Each,
            1 => Imports::All,
            _ => Imports::Newer,
        };
        let (header, mut blocks) = scan::blocks(text);
        let mut lines: Vec<String> = header.lines().map(ToOwned::to_owned).collect();
        match imports {
            Imports::Newer => lines.push("import rego.v1".to_owned()),
            Imports::All => lines.push("import future.keywords".to_owned()),
            Imports::Each => {
                for (word, used) in [("in", " in "), ("every", "every ")] {
                    if text.contains(used) && !self.random.percent(3) {
                        lines.push(format!("import future.keywords.{word}"));
                    }
                }
            }
        }
        if imports != Imports::Newer {
            for block in &mut blocks {
                let keep = if imports == Imports::All { 40 } else { 1 };
                if !self.random.percent(keep) {
                    *block = self.older_rule(block);
                }
            }
            for _ in 0..self.random.below(3) {
                let rule = self.rule_of_version_0();
                blocks.insert(self.random.below(blocks.len() + 1), rule);
            }
        }
        format!("{}\n\n{}", lines.join("\n"), blocks.join("\n"))
    }

    /// The clauses of a rule as version 0 has them.
    fn older_rule(&mut self, block: &str) -> String {
        let mut text = block.trim_end().to_owned();
        if let Some(at) = scan::find(&text, " contains ", 0) {
            let rest = text.split_off(at);
            let rest = &rest[" contains ".len()..];
            let end = scan::find(rest, " if ", 0).unwrap_or(rest.len());
            text = format!("{text}[{}]{}", &rest[..end], &rest[end..]);
        }
        while let Some(at) = scan::find(&text, " if ", 0) {
            let rest = text.split_off(at);
            let rest = &rest[" if ".len()..];
            text += &if rest.starts_with('{') { format!(" {rest}") } else { format!(" {{ {rest} }}") };
        }
        while let Some(at) = scan::find(&text, " := ", 0).filter(|_| self.random.percent(70)) {
            text.replace_range(at..at + 4, " = ");
        }
        let ends = text.ends_with('}') && text.contains(" {");
        if ends && self.random.percent(if text.contains(" else ") { 2 } else { 20 }) {
            for _ in 0..=self.random.below(2) {
                let body = self.random.pick(&[
                    "true",
                    "input.b",
                    "input.n == 1",
                    "input.xs[_] == 2",
                    "not input.missing",
                    "data.d.o[k] == input.o[k]",
                ]);
                text += &format!(" {{\n\t{body}\n}}");
            }
        }
        text + "\n"
    }

    /// A rule that version 1 does not have.
    fn rule_of_version_0(&mut self) -> String {
        self.fresh += 1;
        let name = format!("o{}", self.fresh);
        self.left = 10;
        self.scoped(|generator| {
            let (value, other) = (generator.constant(Kind::Any), generator.constant(Kind::Any));
            let (root, call) = (generator.root(), generator.deprecated_call());
            let word = generator.random.pick(&["if", "contains", "in", "every", "and", "or"]);
            match generator.random.below(18) {
                0..=4 => format!("{name} = {call}\n"),
                5 => format!("{name} {{ {call} }}\n"),
                6 => format!("{name}[x] {{ x := {root}[_] }} {{ x := {value} }}\n"),
                7 => format!("{name}[x] = y {{ y := {root}.o[x] }}\n\n{name}[\"z\"] = {value}\n"),
                8 => format!("{name}[{value}]\n\n{name}[{other}]\n"),
                9 => format!("{name}(x) = y {{ y := [x, {value}] }}\n\n{name}_1 = {name}({other})\n"),
                10 => format!(
                    "{name} = {value} {{ {root}.b }} else = {other} {{ {root}.n > 0 }} else {{ true }}\n"
                ),
                11 => format!("{name}.a[x] {{ x := {root}.xs[_] }}\n"),
                12 => format!("{name}[x].b[y] {{ {root}[x][y] }}\n"),
                13 => format!("{word} = {value}\n\n{name} = data.{}.{word}\n", generator.package),
                14 => format!("{name} = x {{ {word} := {value}; x := [{word}] }}\n"),
                15 => format!("{name} {{ input := {value}; input == {other} }}\n"),
                16 => format!("{name} {{ x := {value}; x := {other} }}\n"),
                _ => format!("{name} = x {{ some x, y; {root}.xs[y] = x; {root}.xs[x] = y }}\n"),
            }
        })
    }

    fn deprecated_call(&mut self) -> String {
        let deprecated: Vec<&Signature> = builtins::all()
            .filter(|signature| signature.deprecated && signature.function.is_some())
            .collect();
        let signature = deprecated[self.random.below(deprecated.len())];
        self.call(signature, 1)
    }
}
