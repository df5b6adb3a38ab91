//! Which part of the tests one of several machines runs, and in which order.

use std::num::NonZeroU64;

use super::digest::Digest;
use crate::suite::TestId;

/// One of several parts of all tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    count: NonZeroU64,
}

/// A text that names no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("write I/N, as in 1/4: part I of N, with I from 1 to N")]
pub struct ShardError;

impl Shard {
    /// Reads `I/N`, with `I` from 1 on.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| text.parse::<NonZeroU64>().map_err(|_| ShardError);
        let (number_of_part, count) = text.split_once('/').ok_or(ShardError)?;
        let (number_of_part, count) = (number(number_of_part)?, number(count)?);
        if number_of_part > count {
            return Err(ShardError);
        }
        Ok(Self { index: number_of_part.get() - 1, count })
    }

    /// Whether a test is in this part. It depends on the test's name alone, so a test stays where it is when others come
    /// and go; the parts are of about the same size when there are many tests.
    pub fn holds(self, id: &TestId) -> bool {
        self.holds_name(&id.to_string())
    }

    /// Whether something else of this name is in this part, by the name alone too.
    pub fn holds_name(self, name: &str) -> bool {
        Digest::of(name).number() % self.count == self.index
    }
}

/// Where a test comes in the order that a seed makes: by this number. Of two tests, the same one comes first whatever others
/// there are.
pub fn shuffled(seed: u64, id: &TestId) -> u64 {
    Digest::of(&seed.to_string()).with(&id.to_string()).number()
}

#[cfg(test)]
mod tests {
    use super::{Shard, shuffled};
    use crate::suite::TestId;

    fn ids(count: usize) -> Vec<TestId> {
        let id = |number| TestId::Rego { package: "data.a".into(), name: format!("test_{number}").into() };
        (0..count).map(id).collect()
    }

    #[test]
    fn each_test_is_in_one_shard_and_stays_there() {
        for count in 1..=5 {
            let shards: Vec<Shard> = (1..=count)
                .map(|number| Shard::parse(&format!("{number}/{count}")).expect("a shard"))
                .collect();
            for id in ids(400) {
                assert_eq!(shards.iter().filter(|shard| shard.holds(&id)).count(), 1, "{id}");
            }
            let sizes = shards.iter().map(|shard| ids(400).iter().filter(|id| shard.holds(id)).count());
            let fair = 400 / count;
            assert!(
                sizes.clone().all(|size| size > fair / 2 && size < fair * 2),
                "{:?}",
                sizes.collect::<Vec<_>>()
            );
        }
        // Other versions and machines have to agree.
        let shard = Shard::parse("1/4").expect("a shard");
        let held: Vec<String> =
            ids(12).iter().filter(|id| shard.holds(id)).map(ToString::to_string).collect();
        insta::assert_snapshot!(held.join(" "), @"data.a.test_1 data.a.test_3 data.a.test_4 data.a.test_5 data.a.test_9 data.a.test_11");
    }

    #[test]
    fn a_shard_is_one_of_several() {
        for wrong in ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", " 1/2"] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_seed_makes_one_order() {
        let order = |seed| {
            let mut ids = ids(8);
            ids.sort_by_key(|id| shuffled(seed, id));
            ids.iter().map(|id| id.name().trim_start_matches("test_").to_owned()).collect::<String>()
        };
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
        assert_ne!(order(1), "01234567");
    }
}
