//! Whether some text matches two glob-like expressions at once.

mod read;

use self::read::read;
use super::super::{Answer, BuiltinError, Context, Operands};

/// The expressions are made of characters, `.` and sets such as `[a-z]`, each maybe with `+` or `*` after it.
pub(super) fn globs_match(ctx: &mut Context<'_>, operands: Operands<'_>) -> Answer {
    let (left, right) = (operands.string(0)?, operands.string(1)?);
    let left = simplify(read(left)?);
    let right = simplify(read(right)?);
    Ok(Some(intersect(ctx, &left, &right)?.into()))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Matcher {
    Char(char),
    Any,
    /// Ranges of characters, sorted and without overlaps.
    Set(Vec<(u32, u32)>),
}

impl Matcher {
    fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Char(left), Self::Char(right)) => left == right,
            (Self::Char(one), Self::Set(ranges)) | (Self::Set(ranges), Self::Char(one)) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&u32::from(*one)))
            }
            (Self::Set(left), Self::Set(right)) => {
                left.iter().any(|(low, high)| right.iter().any(|(from, to)| low <= to && from <= high))
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Times {
    Once,
    OneOrMore,
    ZeroOrMore,
}

type Token = (Matcher, Times);

/// Two repetitions of the same in a row are one.
fn simplify(tokens: Vec<Token>) -> Vec<Token> {
    let mut simple: Vec<Token> = Vec::with_capacity(tokens.len());
    for (matcher, times) in tokens {
        match simple.last_mut() {
            Some((last, last_times))
                if *last_times != Times::Once && times != Times::Once && *last == matcher =>
            {
                if times == Times::OneOrMore {
                    *last_times = times;
                }
            }
            Some(_) | None => simple.push((matcher, times)),
        }
    }
    simple
}

/// Whether both match the same text, by the rules of OPA's search: a repetition takes what it can until what follows it
/// fits too, and gives up when it fits no longer. What the search would find from each pair of places is filled in from
/// the end, so that it never looks twice.
fn intersect(ctx: &mut Context<'_>, left: &[Token], right: &[Token]) -> Result<bool, BuiltinError> {
    let Some((left, right)) = without_fixed_ends(left, right) else { return Ok(false) };
    let width = right.len() + 1;
    let mut below = Row::new(width);
    for i in (0..=left.len()).rev() {
        ctx.check("regex.globs_match: timed out before finishing")?;
        let mut current = Row::new(width);
        let (this, next) = (left.get(i), left.get(i + 1));
        for j in (0..width).rev() {
            let places =
                Places { left: this, left_next: next, right: right.get(j), right_next: right.get(j + 1) };
            let state = places.state(&below, &current, j);
            current.set(j, state);
        }
        below = current;
    }
    Ok(below.get(0).first.left)
}

/// The tokens between those at both ends that stand for one character each, of which one is left at either end; nothing
/// when such ends don't fit.
fn without_fixed_ends<'t>(left: &'t [Token], right: &'t [Token]) -> Option<(&'t [Token], &'t [Token])> {
    let fixed = |tokens: (&Token, &Token)| tokens.0.1 == Times::Once && tokens.1.1 == Times::Once;
    let overlap = |tokens: (&Token, &Token)| tokens.0.0.overlaps(&tokens.1.0);
    let mut begin = 0;
    for tokens in left.iter().zip(right).take_while(|tokens| fixed(*tokens)) {
        if !overlap(tokens) {
            return None;
        }
        begin += 1;
    }
    let begin = usize::saturating_sub(begin, 1);
    let (left, right) = (left.get(begin..)?, right.get(begin..)?);
    let mut trimmed = 0;
    for tokens in left.iter().rev().zip(right.iter().rev()).take_while(|tokens| fixed(*tokens)) {
        if !overlap(tokens) {
            return None;
        }
        trimmed += 1;
    }
    let kept = usize::saturating_sub(trimmed, 1);
    Some((left.get(..left.len() - kept)?, right.get(..right.len() - kept)?))
}

/// What the search finds from one place in each expression to both ends.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    /// By which goes first when both repeat.
    first: Sides,
    /// By which one repeats any number of times.
    repeats: Sides,
}

/// A finding for the left expression and one for the right.
#[derive(Debug, Clone, Copy, Default)]
struct Sides {
    left: bool,
    right: bool,
}

struct Row(Vec<State>);

impl Row {
    fn new(width: usize) -> Self {
        Self(vec![State::default(); width])
    }

    /// The state at a place; past the end nothing is found.
    fn get(&self, at: usize) -> State {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: usize, state: State) {
        if let Some(place) = self.0.get_mut(at) {
            *place = state;
        }
    }
}

/// The tokens at one place in each expression and those after them; none at the end.
struct Places<'t> {
    left: Option<&'t Token>,
    left_next: Option<&'t Token>,
    right: Option<&'t Token>,
    right_next: Option<&'t Token>,
}

impl Places<'_> {
    /// `below` has the states one token further on the left, `current` those further on the right.
    fn state(&self, below: &Row, current: &Row, j: usize) -> State {
        let (down, across, diagonal) = (below.get(j), current.get(j + 1), below.get(j + 1));
        let (left, right) = match (self.left, self.right) {
            (Some(left), Some(right)) => (left, right),
            (left, right) => {
                let ended = left.is_none() && right.is_none();
                return State {
                    first: Sides { left: ended, right: ended },
                    repeats: Sides {
                        left: left.is_some() && self.left_next.is_none(),
                        right: right.is_some() && self.right_next.is_none(),
                    },
                };
            }
        };
        let fits = left.0.overlaps(&right.0);
        let next_fits =
            |next: Option<&Token>, other: &Token| next.is_some_and(|next| next.0.overlaps(&other.0));
        let repeats = Sides {
            left: next_fits(self.left_next, right) && down.first.left || fits && across.repeats.left,
            right: next_fits(self.right_next, left) && across.first.right || fits && down.repeats.right,
        };
        let left_once_or_more = fits && (across.repeats.left || right.1 != Times::Once && down.first.left);
        let right_once_or_more = fits && (down.repeats.right || left.1 != Times::Once && across.first.right);
        let left_turn = match left.1 {
            Times::Once => None,
            Times::OneOrMore => Some(left_once_or_more),
            Times::ZeroOrMore => Some(repeats.left),
        };
        let right_turn = match right.1 {
            Times::Once => None,
            Times::OneOrMore => Some(right_once_or_more),
            Times::ZeroOrMore => Some(repeats.right),
        };
        let first = Sides {
            left: left_turn.or(right_turn).unwrap_or(fits && diagonal.first.left),
            right: right_turn.or(left_turn).unwrap_or(fits && diagonal.first.right),
        };
        State { first, repeats }
    }
}
