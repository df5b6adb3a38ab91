//! A program as text that people can read: one block for each rule, one line for each literal.
//!
//! ```text
//! data.t.allow: complete, default c2, index on input.method
//!   c0 at 5:1
//!     l0  u = input.user
//!     l1  data.roles[u.name][_#2] = "admin"
//!     -> true
//! ```

use std::fmt::Write as _;

use super::{
    Body, Call, Clause, ClauseId, Comprehension, ComprehensionHead, EarlyExit, Function, IndexKey, Literal,
    Operation, Program, Ref, Replacement, Rule, RuleKind, Slot, Start, Target, Term, WithTarget,
};
use crate::source::{LineIndex, Sources, Span};
use crate::syntax::tree::Name;
use crate::value::Value;

/// The program as text. `sources` are those that it was compiled from.
pub fn dump(program: &Program, sources: &Sources) -> String {
    let mut dump = Dump { program, sources, out: String::new() };
    for rule in &program.rules {
        if !dump.out.is_empty() {
            dump.out.push('\n');
        }
        dump.rule(rule);
    }
    dump.out
}

struct Dump<'p> {
    program: &'p Program,
    sources: &'p Sources,
    out: String,
}

impl Dump<'_> {
    fn rule(&mut self, rule: &Rule) {
        let mut head = path(&rule.path);
        head.push_str(match rule.kind {
            RuleKind::Complete => ": complete",
            RuleKind::Function(_) => ": function",
            RuleKind::Set => ": set",
            RuleKind::Object => ": object",
        });
        if rule.early_exit == EarlyExit::Always {
            head.push_str(", early exit");
        }
        if let Some(default) = rule.default {
            let _ = write!(head, ", default c{}", default.0);
        }
        if let Some(key) = &rule.index.key {
            let _ = write!(head, ", index on {}", index_key(key));
        }
        self.line(0, &head);
        let mut cases: Vec<_> = rule.index.cases.iter().collect();
        cases.sort();
        for (value, clauses) in cases {
            self.line(1, &format!("if {}: {}", value.to_rego(), clause_names(clauses)));
        }
        if rule.index.key.is_some() && !rule.index.others.is_empty() {
            self.line(1, &format!("else: {}", clause_names(&rule.index.others)));
        }
        for id in rule.clauses.iter().chain(&rule.default) {
            let mut next = Some(*id);
            while let Some((id, clause)) = next.and_then(|id| Some((id, self.program.clause(id)?))) {
                self.clause(id, clause);
                next = clause.otherwise;
            }
        }
    }

    fn clause(&mut self, id: ClauseId, clause: &Clause) {
        let names = Names { slots: &clause.slots, program: self.program };
        let mut head = format!("c{} at {}", id.0, self.place(clause.span));
        if !clause.args.is_empty() {
            let _ = write!(head, " ({})", names.terms(&clause.args));
        }
        for step in &clause.steps {
            let _ = write!(head, "[{}]", names.term(step));
        }
        if let Some(otherwise) = clause.otherwise {
            let _ = write!(head, ", else c{}", otherwise.0);
        }
        self.line(1, &head);
        self.body(2, &names, &clause.body);
        if let Some(key) = &clause.key {
            self.line(2, &format!("-> contains {}", names.term(key)));
        }
        if let Some(value) = &clause.value {
            self.line(2, &format!("-> {}", names.term(value)));
        }
    }

    fn body(&mut self, depth: usize, names: &Names<'_>, body: &Body) {
        for literal in &body.literals {
            self.literal(depth, names, literal);
        }
    }

    fn literal(&mut self, depth: usize, names: &Names<'_>, literal: &Literal) {
        let text = match &literal.operation {
            Operation::Every(every) => {
                let key = every.key.map(|key| format!("{}, ", names.slot(key))).unwrap_or_default();
                format!("every {key}{} in {}", names.slot(every.value), names.term(&every.domain))
            }
            Operation::Not(_) => "not".to_owned(),
            Operation::And(..) => "both".to_owned(),
            Operation::Or(..) => "either".to_owned(),
            Operation::Unify(left, right) => format!("{} = {}", names.term(left), names.term(right)),
            Operation::Lookup(pattern, reference) => {
                format!("{} = {}", names.term(pattern), names.reference(reference))
            }
            Operation::Collect(pattern, comprehension) => {
                format!("{} = {}", names.term(pattern), names.comprehension(comprehension))
            }
            Operation::Test(reference) => names.reference(reference),
            Operation::Truth(term) => names.term(term),
            Operation::Call(call) => names.call(call),
        };
        let with: String = literal.with.iter().map(|with| names.with(with)).collect();
        let join = literal.join.as_ref().map(|join| {
            let path = self.program.joins.get(join.id.0 as usize).map(|join| below("", &join.path));
            format!(" by {} = {}", path.unwrap_or_default(), names.term(&join.key))
        });
        self.line(depth, &format!("l{}  {text}{with}{}", literal.id.0, join.unwrap_or_default()));
        match &literal.operation {
            Operation::Every(every) => self.body(depth + 1, names, &every.body),
            Operation::Not(body) => self.body(depth + 1, names, body),
            Operation::And(left, right) | Operation::Or(left, right) => {
                self.body(depth + 1, names, left);
                self.line(depth, "and then");
                self.body(depth + 1, names, right);
            }
            Operation::Collect(_, comprehension) => self.body(depth + 1, names, &comprehension.body),
            Operation::Unify(..)
            | Operation::Lookup(..)
            | Operation::Test(_)
            | Operation::Truth(_)
            | Operation::Call(_) => {}
        }
    }

    fn place(&self, span: Span) -> String {
        let Some(source) = self.sources.get(span.source) else { return "?".to_owned() };
        let position = LineIndex::new(source.text()).position(span.start);
        format!("{}:{}:{}", source.name(), position.row, position.col)
    }

    fn line(&mut self, depth: usize, text: &str) {
        self.out.extend((0..depth).map(|_| "  "));
        self.out.push_str(text);
        self.out.push('\n');
    }
}

/// The variables of a clause as text.
struct Names<'c> {
    slots: &'c [Name],
    program: &'c Program,
}

impl Names<'_> {
    /// The name that was written; with its slot where others have it too, and for generated ones the slot alone.
    fn slot(&self, slot: Slot) -> String {
        let name = self.slots.get(slot.0 as usize).map_or("", Name::as_str);
        if name.starts_with('$') {
            format!("_#{}", slot.0)
        } else if name.starts_with("__local") || name.is_empty() {
            format!("#{}", slot.0)
        } else if self.slots.iter().filter(|other| other.as_str() == name).count() > 1 {
            format!("{name}#{}", slot.0)
        } else {
            name.to_owned()
        }
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Constant(value) => value.to_rego(),
            Term::Local(slot) => self.slot(*slot),
            Term::Array(terms) => format!("[{}]", self.terms(terms)),
            Term::Set(terms) => format!("{{{}}}", self.terms(terms)),
            Term::Object(pairs) => {
                let pairs: Vec<String> = pairs
                    .iter()
                    .map(|(key, value)| format!("{}: {}", self.term(key), self.term(value)))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            }
            Term::Ref(reference) => self.reference(reference),
            Term::Comprehension(comprehension) => self.comprehension(comprehension),
        }
    }

    fn terms(&self, terms: &[Term]) -> String {
        terms.iter().map(|term| self.term(term)).collect::<Vec<_>>().join(", ")
    }

    fn reference(&self, reference: &Ref) -> String {
        let mut text = match &reference.start {
            Start::Local(slot) => self.slot(*slot),
            Start::Term(term) => self.term(term),
            Start::Input => "input".to_owned(),
            Start::Data(Target::Base(..)) => "base".to_owned(),
            Start::Data(Target::Rule(..)) => "rule".to_owned(),
            Start::Data(Target::Tree) => "data".to_owned(),
        };
        for step in &reference.steps {
            push_step(&mut text, step.as_constant(), || self.term(step));
        }
        text
    }

    /// The head; the body stands on lines of its own.
    fn comprehension(&self, comprehension: &Comprehension) -> String {
        let head = match &comprehension.head {
            ComprehensionHead::Array(term) => format!("[{} | ...]", self.term(term)),
            ComprehensionHead::Set(term) => format!("{{{} | ...}}", self.term(term)),
            ComprehensionHead::Object(key, value) => {
                format!("{{{}: {} | ...}}", self.term(key), self.term(value))
            }
        };
        let keys =
            comprehension.grouping.as_ref().map(|grouping| grouping.keys.as_slice()).unwrap_or_default();
        let keys: Vec<String> = keys.iter().map(|slot| self.slot(*slot)).collect();
        if keys.is_empty() { head } else { format!("{head} by {}", keys.join(", ")) }
    }

    fn call(&self, call: &Call) -> String {
        let output = call.output.as_ref().map(|output| format!("{} = ", self.term(output)));
        format!("{}{}({})", output.unwrap_or_default(), self.function(call.function), self.terms(&call.args))
    }

    fn function(&self, function: Function) -> String {
        match function {
            Function::Builtin(signature) => signature.name.to_owned(),
            Function::Rule(rule) => self.program.rule(rule).map_or_else(String::new, |rule| path(&rule.path)),
        }
    }

    fn with(&self, with: &super::With) -> String {
        let target = match &with.target {
            WithTarget::Input(steps) => below("input", steps),
            WithTarget::Data(steps) => path(steps),
            WithTarget::Function(target) => self.function(*target),
        };
        let value = match &with.value {
            Replacement::Value(term) => self.term(term),
            Replacement::Function(other) => self.function(*other),
        };
        format!(" with {target} as {value}")
    }
}

fn clause_names(clauses: &[ClauseId]) -> String {
    clauses.iter().map(|id| format!("c{}", id.0)).collect::<Vec<_>>().join(" ")
}

fn index_key(key: &IndexKey) -> String {
    match key {
        IndexKey::Input(steps) => below("input", steps),
        IndexKey::Argument(position) => format!("argument {position}"),
    }
}

fn path(steps: &[Value]) -> String {
    below("data", steps)
}

fn below(start: &str, steps: &[Value]) -> String {
    let mut text = start.to_owned();
    for step in steps {
        push_step(&mut text, Some(step), String::new);
    }
    text
}

fn push_step(text: &mut String, constant: Option<&Value>, other: impl FnOnce() -> String) {
    match constant {
        Some(Value::String(name)) if super::is_name(name) => {
            text.push('.');
            text.push_str(name);
        }
        Some(value) => {
            let _ = write!(text, "[{}]", value.to_rego());
        }
        None => {
            let _ = write!(text, "[{}]", other());
        }
    }
}
