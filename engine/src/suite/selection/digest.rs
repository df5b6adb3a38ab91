//! Digests that are the same on every machine and in every version: FNV-1a with 128 bits.
//!
//! They tell apart what people write, not what somebody makes to be taken for something else.

/// A digest on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest(u128);

impl Default for Digest {
    /// Of nothing.
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Digest {
    /// Of one text.
    pub fn of(text: &str) -> Self {
        Self::default().with(text)
    }

    /// Takes in one more text; where a text ends counts too.
    #[must_use]
    pub fn with(self, text: &str) -> Self {
        // No text holds this byte, as it is no part of UTF-8.
        text.bytes().chain([0xff]).fold(self, Self::byte)
    }

    /// Takes in another digest.
    #[must_use]
    pub fn with_digest(self, other: Self) -> Self {
        other.0.to_be_bytes().into_iter().fold(self, Self::byte)
    }

    /// A number of which each bit depends on all of the text: the low bits of the digest alone don't.
    pub fn number(self) -> u64 {
        let [high, low] = [self.0 >> 64, self.0 & u128::from(u64::MAX)];
        let mixed = u64::try_from(high ^ low).unwrap_or(u64::MAX);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed ^ (mixed >> 33)
    }

    fn byte(self, byte: u8) -> Self {
        Self((self.0 ^ u128::from(byte)).wrapping_mul(PRIME))
    }
}

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

#[cfg(test)]
mod tests {
    use super::Digest;

    /// From the draft of the algorithm's authors.
    #[test]
    fn digests_are_those_of_the_published_algorithm() {
        assert_eq!(Digest::default().byte(b'a').0, 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }

    #[test]
    fn where_a_text_ends_counts() {
        assert_ne!(Digest::of("ab").with("c"), Digest::of("a").with("bc"));
        assert_ne!(Digest::of("a"), Digest::of("a").with(""));
    }
}
