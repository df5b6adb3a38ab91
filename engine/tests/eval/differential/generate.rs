//! Makes policies with data and inputs at random: mostly well-typed and safe, over the whole language.

use portcullis::policy::RegoVersion;

use super::random::Random;
use crate::case::Case;

#[path = "body.rs"]
mod body;
#[path = "calls.rs"]
mod calls;
#[path = "documents.rs"]
mod documents;
#[path = "forms.rs"]
mod forms;
#[path = "heads.rs"]
mod heads;
#[path = "rules.rs"]
mod rules;
#[path = "terms.rs"]
mod terms;
#[path = "v0.rs"]
mod v0;

/// Which forms rules and terms have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// The common ones.
    Plain,
    /// The rarer ones among them.
    Rich,
}

/// The types that are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    String,
    Boolean,
    Array,
    Object,
    Set,
    Any,
}

const KINDS: &[Kind] =
    &[Kind::Number, Kind::String, Kind::Boolean, Kind::Array, Kind::Object, Kind::Set, Kind::Any];

/// A rule that later ones may refer to.
#[derive(Debug, Clone)]
struct Known {
    package: &'static str,
    name: String,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Value(Kind),
    Set,
    Object,
    /// An object of objects.
    Deep,
    Function(usize, Kind),
}

#[derive(Debug)]
pub(crate) struct Generator {
    random: Random,
    style: Style,
    version: RegoVersion,
    /// The package that is being written.
    package: &'static str,
    rules: Vec<Known>,
    /// The variables that have values here.
    variables: Vec<(String, Kind)>,
    /// Those that `some` declares.
    declared: Vec<String>,
    fresh: usize,
    /// Whether `not { }`, `and` and `or` are imported.
    keywords: bool,
    /// How much more may be written into the rule.
    left: usize,
}

impl Generator {
    pub(crate) fn new(seed: u64, style: Style, version: RegoVersion) -> Self {
        Self {
            random: Random::new(seed),
            style,
            version,
            package: "t",
            rules: Vec::new(),
            variables: Vec::new(),
            declared: Vec::new(),
            fresh: 0,
            keywords: false,
            left: 0,
        }
    }

    /// The same modules, data that is made after them, and several inputs.
    pub(crate) fn cases(&mut self, modules: &[(String, String)]) -> Vec<Case> {
        let (data, version) = (self.data(), self.version);
        let case = |input| Case { modules: modules.to_vec(), data: data.clone(), input, version };
        // OPA's server takes `null` for no input.
        (0..2).map(|_| case(self.input().filter(|input| input != "null"))).collect()
    }

    /// Names and texts; each needs only those before it.
    pub(crate) fn modules(&mut self) -> Vec<(String, String)> {
        if self.style == Style::Rich {
            return self.packages();
        }
        let mut modules = Vec::new();
        if self.random.percent(40) {
            modules.push(("u.rego".to_owned(), self.module("u", 3)));
        }
        if self.random.percent(20) {
            modules.push(("sub.rego".to_owned(), self.module("t.sub", 2)));
        }
        let count = 3 + self.random.below(5);
        modules.push(("t.rego".to_owned(), self.module("t", count)));
        modules
    }

    fn module(&mut self, package: &'static str, count: usize) -> String {
        self.package = package;
        self.keywords = self.random.percent(30);
        let mut text = format!("package {package}\n\n");
        if self.keywords {
            text.push_str(
                "import future.keywords.and\nimport future.keywords.not\nimport future.keywords.or\n\n",
            );
        }
        let mut rules = vec!["id(x) := x\n".to_owned()];
        for _ in 0..count {
            self.left = 40;
            let rule = self.rule();
            let at = self.random.below(rules.len() + 1);
            rules.insert(at, rule);
        }
        text + &rules.join("\n")
    }

    /// Whether one of the rarer forms comes here: in so many of a hundred places, where these are wanted.
    fn rare(&mut self, share: usize) -> bool {
        self.style == Style::Rich && self.random.percent(share)
    }

    /// A name that is not used yet.
    fn name(&mut self) -> String {
        self.fresh += 1;
        format!("{}{}", self.random.pick(&["x", "y", "z", "k", "v"]), self.fresh)
    }

    fn bind(&mut self, kind: Kind) -> String {
        let name = self.name();
        self.variables.push((name.clone(), kind));
        name
    }

    /// A variable that `some` declares.
    fn declare(&mut self) -> String {
        let name = self.bind(Kind::Any);
        self.declared.push(name.clone());
        name
    }

    /// Writes something before which only the first `count` variables have values.
    fn before<T>(&mut self, count: usize, write: impl FnOnce(&mut Self) -> T) -> T {
        let later = self.variables.split_off(count.min(self.variables.len()));
        let written = write(self);
        self.variables.truncate(count);
        self.variables.extend(later);
        written
    }

    /// Writes something whose variables are its own.
    fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.variables.len();
        let written = write(self);
        self.variables.truncate(outer);
        written
    }

    fn kind(&mut self) -> Kind {
        self.random.pick(KINDS)
    }

    /// Takes from what may be written; answers whether there was enough.
    fn spend(&mut self) -> bool {
        let enough = self.left > 0;
        self.left = self.left.saturating_sub(1);
        enough
    }
}
