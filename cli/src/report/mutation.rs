//! Mutants and what came of them: the model of a run, and its formats.

mod html;
mod json;
mod junit;
mod pretty;
mod sarif;

use std::time::Duration;

use portcullis::mutate::baseline::Survivor;
use portcullis::mutate::hunk;
use portcullis::mutate::missing::Searched;
use portcullis::mutate::mutant::Mutant;
use portcullis::mutate::score::Score;
use portcullis::source::{Source, Sources};
use portcullis::suite::TestId;

pub(crate) use html::html;
pub(crate) use json::json;
pub(crate) use junit::junit;
pub(crate) use pretty::{list, pretty};
pub(crate) use sarif::sarif;

/// All that is known of a run.
#[derive(Debug)]
pub(crate) struct Told {
    /// The modules.
    pub(crate) sources: Sources,
    /// The decisions.
    pub(crate) decisions: Vec<String>,
    /// How many tests mutants had to pass.
    pub(crate) tests: usize,
    /// The mutants, in the order of places.
    pub(crate) tried: Vec<Tried>,
    /// Whether nobody stopped it.
    pub(crate) is_complete: bool,
    /// How long it took.
    pub(crate) took: Duration,
}

/// A mutant and what came of it.
#[derive(Debug)]
pub(crate) struct Tried {
    /// The mutant.
    pub(crate) mutant: Mutant,
    /// What came of it.
    pub(crate) end: End,
}

/// What came of a mutant.
#[derive(Debug)]
pub(crate) enum End {
    /// It doesn't compile.
    Unviable,
    /// This test noticed.
    Killed(TestId),
    /// No test noticed.
    Survived {
        /// How many tests evaluate what it changes.
        tests: usize,
        /// What came of looking for an input.
        searched: Searched,
    },
    /// It was not tried.
    Open,
}

impl Told {
    /// How good the tests are.
    pub(crate) fn score(&self) -> Score {
        let mut score = Score::default();
        for Tried { mutant, end } in &self.tried {
            let tally = score.of(mutant.direction);
            match end {
                End::Unviable => tally.unviable += 1,
                End::Killed(_) => tally.killed += 1,
                End::Survived { searched: Searched::Found(_), .. } => tally.missed += 1,
                End::Survived { searched: Searched::Nothing { .. }, .. } => tally.equivalent += 1,
                End::Survived { searched: Searched::Stopped, .. } | End::Open => tally.open += 1,
            }
        }
        score
    }

    /// The mutants that no test noticed.
    pub(crate) fn survivors(&self) -> impl Iterator<Item = Survivor> {
        let survived = self.tried.iter().filter(|tried| matches!(tried.end, End::Survived { .. }));
        survived.map(|Tried { mutant, .. }| {
            let (file, text) = self.source(mutant);
            Survivor {
                file: file.to_owned(),
                rule: mutant.rule.to_string(),
                operator: mutant.operator.id.to_owned(),
                old: text
                    .get(mutant.span.start as usize..mutant.span.end as usize)
                    .unwrap_or_default()
                    .to_owned(),
                new: mutant.replacement.clone(),
            }
        })
    }

    /// The file of a mutant and its text.
    fn source(&self, mutant: &Mutant) -> (&str, &str) {
        let source = self.sources.get(mutant.span.source);
        source.map_or(("", ""), |source| (&**source.name(), &**source.text()))
    }

    /// The file, row and column of a mutant.
    fn place(&self, mutant: &Mutant) -> (&str, usize, usize) {
        let (file, text) = self.source(mutant);
        let (row, col) = hunk::position(text, mutant);
        (file, row, col)
    }
}

impl End {
    /// What reports call it.
    fn name(&self) -> &'static str {
        match self {
            Self::Unviable => "unviable",
            Self::Killed(_) => "killed",
            Self::Survived { searched: Searched::Found(_), .. } => "survived",
            Self::Survived { searched: Searched::Nothing { .. }, .. } => "probably equivalent",
            Self::Survived { searched: Searched::Stopped, .. } => "survived, not searched",
            Self::Open => "not tried",
        }
    }
}

/// What tells a mutant from all others, and stays the same while its rule does.
pub(crate) fn identity(sources: &Sources, mutant: &Mutant) -> String {
    let source = sources.get(mutant.span.source);
    let name = source.map(Source::name).map_or("", |name| name);
    let text = source.map(Source::text).map_or("", |text| text);
    let (row, col) = hunk::position(text, mutant);
    format!("{name}:{row}:{col} {} {}", mutant.operator.id, mutant.replacement)
}

/// How many tests evaluate what a mutant changes that none of them notices.
fn evaluated(tests: usize) -> String {
    match tests {
        0 => "no test evaluates this".to_owned(),
        1 => "1 test evaluates it and passes".to_owned(),
        more => format!("{more} tests evaluate it and pass"),
    }
}

/// The name of the test that is missing.
fn test_name(mutant: &Mutant, row: usize) -> String {
    let rule = mutant.rule.rsplit('.').next().unwrap_or_default();
    let words = format!("{rule}_{}_{row}", mutant.operator.id);
    let name: String = words
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character } else { '_' })
        .collect();
    format!("test_{name}")
}
