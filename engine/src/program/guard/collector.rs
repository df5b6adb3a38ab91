//! What a body asks of references, literal by literal, as OPA's index reads it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effect::{effect, effect_of_literal};
use super::entries::{Entries, Entry, Known, Way};
use super::levels::{Levels, Place};
use super::segments::{has_wildcard, segments};
use super::{Accepted, Affix, Shows, Subject};
use crate::program::{
    Body, Call, Clause, DocumentId, Function, LiteralId, Operation, Program, Ref, Slot, Start, Term,
};
use crate::value::Value;

/// Goes through the body of a clause.
pub(super) struct Collector<'p, 'l> {
    program: &'p Program,
    levels: &'l mut Levels,
    args: &'p [Term],
    entries: Entries,
    constants: BTreeMap<Slot, &'p Value>,
    /// The literal that is looked at.
    literal: LiteralId,
}

/// What is looked at, and where that was written.
struct Found {
    subject: Subject,
    place: Option<Place>,
    /// As [`Entry::mistaken`].
    mistaken: bool,
}

impl<'p> Collector<'p, '_> {
    /// What a clause asks.
    pub(super) fn entries(program: &'p Program, levels: &mut Levels, clause: &'p Clause) -> Entries {
        let (entries, constants, literal) = (Entries::default(), BTreeMap::new(), LiteralId(0));
        let mut collector = Collector { program, levels, args: &clause.args, entries, constants, literal };
        collector.literals(&clause.body, None);
        collector.entries
    }

    fn operation(&mut self, operation: &'p Operation, shows: Option<Shows>) {
        match operation {
            Operation::Test(reference) => {
                if !self.key(reference, shows)
                    && let Some(found) = self.subject(reference)
                {
                    self.insert(found, Known::Variable(None), shows);
                }
            }
            Operation::Lookup(pattern, reference) => self.lookup(pattern, reference, shows),
            Operation::Unify(left, right) => {
                if !self.equal(left, right, shows) {
                    self.equal(right, left, shows);
                }
            }
            Operation::Call(call) => self.call(call, shows),
            Operation::And(left, right) => {
                // Neither side knows what the other one says.
                let sides = [self.side(left, shows), self.side(right, shows.max(left.effect))];
                for ways in sides {
                    self.entries.require(ways);
                }
            }
            Operation::Or(left, right) => {
                // What is evaluated on one side shows where both are left out.
                let shows = shows.max(effect(operation));
                let left = self.side(left, shows);
                // OPA does not look at the right side then, which decides where a reference came first.
                if left.is_empty() {
                    return;
                }
                let right = self.side(right, shows);
                if !right.is_empty() {
                    self.entries.require([left, right].concat());
                }
            }
            Operation::Collect(..) | Operation::Truth(_) | Operation::Every(_) | Operation::Not(_) => {}
        }
    }

    /// The ways to meet one side of an `and` or `or`; none if it asks nothing that is known. Its variables are its own.
    fn side(&mut self, body: &'p Body, shows: Option<Shows>) -> Vec<Way> {
        let mut side = Collector {
            program: self.program,
            levels: self.levels,
            args: self.args,
            entries: self.entries.inner(),
            constants: self.constants.clone(),
            literal: self.literal,
        };
        side.literals(body, shows);
        side.entries.into_side()
    }

    /// Takes in literals; `shows` says of what is evaluated before them.
    fn literals(&mut self, body: &'p Body, mut shows: Option<Shows>) {
        for literal in &body.literals {
            self.literal = literal.id;
            if literal.with.is_empty() {
                self.operation(&literal.operation, shows);
            }
            shows = shows.max(effect_of_literal(literal));
        }
    }

    fn lookup(&mut self, pattern: &'p Term, reference: &'p Ref, shows: Option<Shows>) {
        if let Some((last, above)) = reference.steps.split_last()
            && self.is_open(last)
        {
            let known = self.constant(pattern);
            if let (Some(found), Some(value)) = (self.path(reference, above), known)
                && is_scalar(value)
            {
                self.insert(found, Known::Accepted(Accepted::Element(value.clone())), shows);
            }
            return;
        }
        let Some(found) = self.subject(reference) else { return };
        let known = if let Term::Local(slot) = pattern {
            match self.constants.get(slot) {
                Some(value) => Known::Accepted(accepted(value)),
                None => Known::Variable(Some(*slot)),
            }
        } else {
            let Some(accepted) = pattern_of(pattern) else { return };
            Known::Accepted(accepted)
        };
        self.insert(found, known, shows);
    }

    /// Whether a step goes to more than one key, as far as OPA's index sees: `data.a[[x]]` does, even where `x` is known.
    fn is_open(&self, step: &Term) -> bool {
        match step {
            Term::Local(slot) => !self.constants.contains_key(slot),
            Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => !is_ground(step),
            Term::Constant(_) | Term::Ref(_) => false,
        }
    }

    /// `variable = term`; answers whether it says something of a reference.
    fn equal(&mut self, variable: &'p Term, term: &'p Term, shows: Option<Shows>) -> bool {
        let Term::Local(slot) = variable else { return false };
        if let Some(value) = self.constant(term) {
            self.constants.insert(*slot, value);
        }
        let known = if let Term::Local(other) = term {
            Known::Variable(Some(*other))
        } else {
            let Some(accepted) = pattern_of(term) else { return false };
            Known::Accepted(accepted)
        };
        match self.resolve(*slot) {
            Some(found) => {
                self.insert(found, known, shows);
                true
            }
            None => false,
        }
    }

    /// A call whose result has to hold.
    fn call(&mut self, call: &'p Call, shows: Option<Shows>) {
        let (Function::Builtin(signature), None) = (call.function, &call.output) else { return };
        // A clause that is left out does not end in an error of the call itself either.
        let with_own = shows.max(Some(Shows::WhenStrict));
        match (signature.name, call.args.as_slice()) {
            ("internal.member_2", [element, collection]) => self.membership(element, collection, shows),
            ("startswith", [text, affix]) => self.affix(text, affix, (Affix::Prefix, false), with_own),
            ("endswith", [text, affix]) => self.affix(text, affix, (Affix::Suffix, false), with_own),
            ("strings.any_prefix_match", [text, affixes]) => {
                self.affix(text, affixes, (Affix::Prefix, true), with_own);
            }
            ("strings.any_suffix_match", [text, affixes]) => {
                self.affix(text, affixes, (Affix::Suffix, true), with_own);
            }
            ("glob.match", [pattern, delimiters, text]) => self.glob(pattern, delimiters, text, with_own),
            _ => {}
        }
    }

    /// `startswith(x, "a")` and its like; with `any` of several.
    fn affix(&mut self, text: &'p Term, affixes: &'p Term, (end, any): (Affix, bool), shows: Option<Shows>) {
        let Some(found) = self.operand(text) else { return };
        let affix = |value: &Value| value.as_str().map(|text| Accepted::Affix(end, text.into()));
        let affixes: Option<Vec<Accepted>> = match self.constant(affixes) {
            Some(one @ Value::String(_)) => {
                if let Some(affix) = affix(one) {
                    self.insert(found, Known::Accepted(affix), shows);
                }
                return;
            }
            Some(Value::Array(array)) if any => array.iter().map(affix).collect(),
            Some(Value::Set(set)) if any => set.iter().map(affix).collect(),
            Some(_) | None => None,
        };
        if let Some(affixes) = affixes.filter(|affixes| !affixes.is_empty()) {
            let entry = self.entry(found, Known::Variable(None), shows);
            self.entries.insert_affixes(affixes, &entry);
        }
    }

    /// `glob.match("a:*", [":"], x)`.
    fn glob(&mut self, pattern: &'p Term, delimiters: &'p Term, text: &'p Term, shows: Option<Shows>) {
        let (Term::Constant(Value::String(pattern)), Term::Constant(Value::Array(list)), Term::Local(slot)) =
            (pattern, delimiters, text)
        else {
            return;
        };
        let delimiters: Option<String> = list.iter().map(Value::as_str).collect();
        let Some(delimiters) = delimiters else { return };
        let delimiters: Arc<str> = if list.is_empty() { Arc::from(".") } else { delimiters.into() };
        let segment = |text: &str| match text {
            "*" => Some(None),
            _ if has_wildcard(text) => None,
            _ => Some(Some(Arc::from(text))),
        };
        let segments = segments(pattern, &delimiters).into_iter().map(segment).collect::<Option<Vec<_>>>();
        if let (Some(segments), Some(found)) = (segments, self.resolve(*slot)) {
            self.insert(found, Known::Accepted(Accepted::Segments(delimiters, segments)), shows);
        }
    }

    /// `x in [1, 2]` and `1 in xs`.
    fn membership(&mut self, element: &'p Term, collection: &'p Term, shows: Option<Shows>) {
        if let Term::Local(slot) = element
            && let Some(found) = self.resolve(*slot)
        {
            let members: Vec<&Value> = match self.constant(collection) {
                Some(Value::Array(array)) => array.iter().collect(),
                Some(Value::Set(set)) => set.iter().collect(),
                Some(Value::Object(object)) => object.values().collect(),
                Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => return,
            };
            let entry = self.entry(found, Known::Variable(None), shows);
            self.entries.insert_members(members.into_iter().map(accepted).collect(), &entry);
            return;
        }
        let Some(found) = self.operand(collection) else { return };
        match (self.constant(element), element) {
            (Some(value), _) if is_scalar(value) => {
                self.insert(found, Known::Accepted(Accepted::Element(value.clone())), shows);
            }
            (None, Term::Local(slot)) => {
                // OPA takes the variable for another name of the collection from here on.
                let found = Found { mistaken: true, ..found };
                self.insert(found, Known::Variable(Some(*slot)), shows);
            }
            (Some(_) | None, _) => {}
        }
    }

    /// The reference that an operand is or that its variable stands for.
    fn operand(&mut self, term: &'p Term) -> Option<Found> {
        match term {
            Term::Ref(reference) => self.subject(reference),
            Term::Local(slot) => {
                self.resolve(*slot).filter(|found| !matches!(found.subject, Subject::Argument(_)))
            }
            Term::Constant(_) | Term::Array(_) | Term::Object(_) | Term::Set(_) | Term::Comprehension(_) => {
                None
            }
        }
    }

    /// `data.a[key]`, where the key is looked up in the collection above it; answers whether it is one.
    fn key(&mut self, reference: &'p Ref, shows: Option<Shows>) -> bool {
        let Some((last, above)) = reference.steps.split_last() else { return false };
        let key = match last {
            Term::Local(slot) if self.constants.get(slot).is_none_or(|value| !is_scalar(value)) => {
                self.resolve(*slot)
            }
            Term::Ref(reference) => self.subject(reference),
            Term::Local(_)
            | Term::Constant(_)
            | Term::Array(_)
            | Term::Object(_)
            | Term::Set(_)
            | Term::Comprehension(_) => None,
        };
        let (Some(key), Start::Data(_)) = (key, &reference.start) else { return false };
        let Some(Found { subject: Subject::Base(path), place, .. }) = self.path(reference, above) else {
            return false;
        };
        let subject = Subject::Key(Box::new(key.subject.clone()), path);
        let entry =
            self.entry(Found { subject, place, mistaken: key.mistaken }, Known::Variable(None), shows);
        let key = self.levels.intern(key.subject, key.place);
        self.entries.look_up(entry, key);
        true
    }

    fn subject(&mut self, reference: &'p Ref) -> Option<Found> {
        self.path(reference, &reference.steps)
    }

    /// What the start of a reference and some of its steps lead to.
    fn path(&mut self, reference: &'p Ref, steps: &'p [Term]) -> Option<Found> {
        let path = steps.iter().map(|step| {
            let is_key = |value: &&Value| !matches!(step, Term::Local(_)) || is_scalar(value);
            self.constant(step).filter(is_key).cloned()
        });
        let path = path.collect::<Option<Vec<Value>>>()?;
        let subject = match &reference.start {
            Start::Input => Subject::Input(path),
            Start::Data(_) if self.is_virtual(&path) => return None,
            Start::Data(_) => Subject::Base(path),
            Start::Term(_) => return None,
            Start::Local(slot) => {
                let found = self.resolve(*slot)?;
                let subject = match found.subject {
                    Subject::Input(above) => Subject::Input([above, path].concat()),
                    Subject::Base(above) => Subject::Base([above, path].concat()),
                    Subject::Argument(_) | Subject::Key(..) => return None,
                };
                return Some(Found { subject, ..found });
            }
        };
        Some(Found { subject, place: Some(self.levels.place_of(reference.span)), mistaken: false })
    }

    /// Whether rules define something at, above or below a path below `data`.
    fn is_virtual(&self, path: &[Value]) -> bool {
        let mut document = DocumentId::DATA;
        for key in path {
            let Some(child) = self.program.document(document).and_then(|document| document.child(key)) else {
                return false;
            };
            if self.program.document(child).is_some_and(|document| document.rule.is_some()) {
                return true;
            }
            document = child;
        }
        true
    }

    /// The constant that a term is or that its variable stands for.
    fn constant(&self, term: &'p Term) -> Option<&'p Value> {
        if let Term::Local(slot) = term { self.constants.get(slot).copied() } else { term.as_constant() }
    }

    /// The reference whose value a variable has.
    fn resolve(&self, slot: Slot) -> Option<Found> {
        if let Some(entry) = self.entries.resolve(slot) {
            let subject = self.levels.subject(entry.reference)?.clone();
            return Some(Found {
                subject,
                place: self.levels.place(entry.reference),
                mistaken: entry.mistaken,
            });
        }
        let is_it = |arg: &Term| matches!(arg, Term::Local(other) if *other == slot);
        let position = self.args.iter().position(is_it)?;
        Some(Found { subject: Subject::Argument(position), place: None, mistaken: false })
    }

    fn insert(&mut self, found: Found, value: Known, shows: Option<Shows>) {
        let entry = self.entry(found, value, shows);
        self.entries.insert(entry);
    }

    fn entry(&mut self, found: Found, value: Known, shows: Option<Shows>) -> Entry {
        let Found { subject, place, mistaken } = found;
        let reference = self.levels.intern(subject, place);
        // What is asked by mistake leaves out clauses that would hold.
        let shows = if mistaken { Some(Shows::Always) } else { shows };
        Entry { reference, value, shows, literals: vec![self.literal], mistaken }
    }
}

/// Whether a term has no variables, whatever is known of them.
fn is_ground(term: &Term) -> bool {
    match term {
        Term::Constant(_) => true,
        Term::Local(_) | Term::Comprehension(_) => false,
        Term::Array(terms) | Term::Set(terms) => terms.iter().all(is_ground),
        Term::Object(pairs) => pairs.iter().all(|(key, value)| is_ground(key) && is_ground(value)),
        Term::Ref(reference) => reference.steps.iter().all(is_ground),
    }
}

/// What a term lets pass that can be compared without evaluating anything.
fn pattern_of(term: &Term) -> Option<Accepted> {
    match term {
        Term::Constant(value) => is_compared(value).then(|| Accepted::Value(value.clone())),
        Term::Array(terms) => {
            let element = |term: &Term| {
                if matches!(term, Term::Local(_)) {
                    return Some(None);
                }
                term.as_constant().filter(|value| is_scalar(value)).map(|value| Some(value.clone()))
            };
            terms.iter().map(element).collect::<Option<Vec<_>>>().map(Accepted::Array)
        }
        Term::Local(_) | Term::Object(_) | Term::Set(_) | Term::Ref(_) | Term::Comprehension(_) => None,
    }
}

/// What a value lets pass that a variable has; OPA compares no objects and no sets.
fn accepted(value: &Value) -> Accepted {
    match value {
        Value::Object(_) | Value::Set(_) => Accepted::Any(value.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Accepted::Value(value.clone())
        }
    }
}

/// Whether OPA's index compares with a value: scalars, and arrays of them.
pub(in crate::program) fn is_compared(value: &Value) -> bool {
    match value {
        Value::Array(array) => array.iter().all(is_scalar),
        Value::Object(_) | Value::Set(_) => false,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

pub(super) fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_))
}
