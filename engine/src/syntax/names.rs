//! Names and short texts of a module, shared so that each is stored once.

use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use arcstr::ArcStr;

/// A name, a string or the text of a number: as small as a pointer, cheap to clone, compared by its characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name(ArcStr);

impl Name {
    /// The root of all documents that policies define and that data gives.
    pub(crate) const DATA: Self = Self(arcstr::literal!("data"));
    /// What is asked about.
    pub(crate) const INPUT: Self = Self(arcstr::literal!("input"));
    /// The function that `=` calls.
    pub(crate) const EQ: Self = Self(arcstr::literal!("eq"));

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both are the same piece of memory. Equal names needn't be.
    pub(crate) fn is_shared_with(&self, other: &Self) -> bool {
        ArcStr::ptr_eq(&self.0, &other.0)
    }
}

impl Ord for Name {
    /// By characters; not looked at where both are the same piece of memory.
    fn cmp(&self, other: &Self) -> Ordering {
        if self.is_shared_with(other) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<Name> for Arc<str> {
    fn from(name: Name) -> Self {
        name.0.into()
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == **other
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Hands out one shared [`Name`] for equal texts.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Open addressing; the length is zero or a power of two, at most half of it filled.
    slots: Vec<Option<Name>>,
    filled: usize,
}

impl Names {
    /// For a text of so many bytes: most have a name in each line or so, of which a part is new.
    pub(super) fn for_text(bytes: usize) -> Self {
        let mut names = Self::default();
        names.grow_to(
            (bytes / BYTES_FOR_A_PLACE).next_power_of_two().clamp(SMALLEST_TABLE, LARGEST_FIRST_TABLE),
        );
        names
    }

    /// The name with these characters.
    pub(super) fn get(&mut self, text: &str) -> Name {
        if text.len() > LONGEST_SHARED {
            return Name::from(text);
        }
        if self.filled * 2 >= self.slots.len() {
            self.grow();
        }
        match self.slot(text) {
            Some(Some(name)) => name.clone(),
            Some(empty) => {
                let name = Name::from(text);
                *empty = Some(name.clone());
                self.filled += 1;
                name
            }
            None => Name::from(text),
        }
    }

    /// Where `text` is or would go, unless the places nearby are taken.
    fn slot(&mut self, text: &str) -> Option<&mut Option<Name>> {
        let mask = self.slots.len().wrapping_sub(1);
        let start = hash(text.as_bytes());
        let at = (0..LONGEST_PROBE).map(|step| start.wrapping_add(step) & mask).find(
            |at| matches!(self.slots.get(*at), Some(slot) if slot.as_ref().is_none_or(|name| name == text)),
        )?;
        self.slots.get_mut(at)
    }

    fn grow(&mut self) {
        self.grow_to((self.slots.len() * 2).max(SMALLEST_TABLE));
    }

    /// Makes the table so long, which is a power of two and more than before.
    fn grow_to(&mut self, length: usize) {
        let mut old = std::mem::replace(&mut self.slots, vec![None; length]);
        if old.is_empty() {
            // So they are the same piece of memory in all modules.
            old = vec![Some(Name::DATA), Some(Name::INPUT), Some(Name::EQ)];
            self.filled = old.len();
        }
        for name in old.into_iter().flatten() {
            if let Some(empty) = self.slot(&name) {
                *empty = Some(name);
            }
        }
    }
}

/// A multiplicative hash of eight bytes at a time.
///
/// It is predictable, which does no harm: names that collide beyond [`LONGEST_PROBE`] are stored apart.
fn hash(bytes: &[u8]) -> usize {
    let mut state: u64 = bytes.len() as u64;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        state = mix(state, u64::from_le_bytes(*word));
        rest = after;
    }
    for byte in rest {
        state = mix(state, u64::from(*byte));
    }
    // The high bits of a product depend on all of its factors' bits.
    (mix(state, state >> 32) >> 32) as usize
}

fn mix(state: u64, word: u64) -> u64 {
    (state.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Longer texts are rarely repeated and dear to compare.
const LONGEST_SHARED: usize = 48;

/// How far from its place a name is looked for.
const LONGEST_PROBE: usize = 32;

const SMALLEST_TABLE: usize = 64;

/// A table for a long text starts with no more places, as it may repeat a few names.
const LARGEST_FIRST_TABLE: usize = 4096;

/// How long a text is for each place in its first table.
const BYTES_FOR_A_PLACE: usize = 16;

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn equal_texts_share_one_name_however_many_there_are() {
        let mut names = Names::default();
        let texts: Vec<String> = (0..1000).map(|number| format!("name_{number}")).collect();
        let first: Vec<_> = texts.iter().map(|text| names.get(text)).collect();
        for (text, name) in texts.iter().zip(&first) {
            let again = names.get(text);
            assert_eq!(again.as_str(), text);
            assert!(std::ptr::eq(again.as_str(), name.as_str()), "{text}");
        }
    }
}
