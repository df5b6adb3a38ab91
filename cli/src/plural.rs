//! Counts with their nouns.

use std::fmt;

/// `1 test`, `2 tests`.
pub(crate) fn plural<N: Copy + PartialEq + From<u8> + fmt::Display>(count: N, noun: &str) -> String {
    let ending = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{ending}")
}
