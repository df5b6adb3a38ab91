//! How good tests are at noticing mutants.

use super::mutant::Direction;

/// How many mutants had which end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// A test noticed.
    pub killed: usize,
    /// None did, and an input is known that is decided otherwise.
    pub missed: usize,
    /// None did, and no input was found that is decided otherwise.
    pub equivalent: usize,
    /// It doesn't compile.
    pub unviable: usize,
    /// It was not tried, or not looked for an input.
    pub open: usize,
}

/// The tallies of all directions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Mutants that let more in.
    pub widening: Tally,
    /// Mutants that let fewer in.
    pub narrowing: Tally,
    /// The others.
    pub unknown: Tally,
}

impl Tally {
    /// How many could have been killed.
    pub fn viable(&self) -> usize {
        self.killed + self.missed + self.equivalent + self.open
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.viable() + self.unviable
    }

    /// How many of those that could have been killed were, in percent; nothing if there is none.
    pub fn percent(&self) -> Option<f64> {
        let viable = u32::try_from(self.viable()).ok().filter(|count| *count > 0)?;
        let killed = u32::try_from(self.killed).ok()?;
        Some(f64::from(killed) * 100.0 / f64::from(viable))
    }

    fn plus(self, other: Self) -> Self {
        Self {
            killed: self.killed + other.killed,
            missed: self.missed + other.missed,
            equivalent: self.equivalent + other.equivalent,
            unviable: self.unviable + other.unviable,
            open: self.open + other.open,
        }
    }
}

impl Score {
    /// The tally of a direction.
    pub fn of(&mut self, direction: Direction) -> &mut Tally {
        match direction {
            Direction::Widening => &mut self.widening,
            Direction::Narrowing => &mut self.narrowing,
            Direction::Unknown => &mut self.unknown,
        }
    }

    /// All mutants.
    pub fn all(&self) -> Tally {
        self.widening.plus(self.narrowing).plus(self.unknown)
    }

    /// How many of the mutants that let more in were noticed, in percent; nothing if there is none.
    pub fn deny_strength(&self) -> Option<f64> {
        self.widening.percent()
    }
}
