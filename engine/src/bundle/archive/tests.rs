//! What is written is read back, the same each time; and mangled bytes do no harm.

use std::num::NonZeroUsize;

use proptest::prelude::*;

use super::super::member::Member;
use super::{Limits, read, write};

/// Whoever reads a changed number here: the compressor gives other bytes, so each bundle has another digest than before.
#[test]
fn the_bytes_are_the_same_everywhere() {
    let data: Vec<String> = (0..300_000).map(|number| format!("{{\"grant\":{number}}}")).collect();
    let members = [
        Member { path: "a/policy.rego".to_owned(), bytes: b"package a\n".to_vec() },
        Member { path: "/data.json".to_owned(), bytes: data.concat().into_bytes() },
    ];
    for threads in [1, 2, 5] {
        let written = write(&members, NonZeroUsize::new(threads).unwrap()).unwrap();
        let mut checksum = flate2::Crc::new();
        checksum.update(&written);
        assert_eq!((written.len(), checksum.sum()), (711_850, 871_824_369));
    }
}

#[test]
fn archives_that_end_where_a_chunk_does_are_whole_on_any_number_of_threads() {
    let mut lengths = Vec::new();
    for length in [1_047_039, 1_047_040, 1_047_041, 2_095_616] {
        let bytes: Vec<u8> = (0..length).map(|number: u32| number.to_le_bytes()[1]).collect();
        let members = [Member { path: "/x".to_owned(), bytes }];
        let [one, four] = [1, 4].map(|threads| write(&members, NonZeroUsize::new(threads).unwrap()).unwrap());
        assert_eq!(one, four);
        assert_eq!(read(&one, Limits::default()).unwrap(), members);
        let unpacked = u32::from_le_bytes(*one.last_chunk().unwrap());
        lengths.push(unpacked - (1 << 20));
    }
    assert_eq!(lengths, [0, 0, 512, 1 << 20]);
}

proptest! {
    #[test]
    fn members_come_back(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..3000), 0..5)) {
        let member = |(number, bytes)| Member { path: format!("/{number}/x"), bytes };
        let members: Vec<Member> = contents.into_iter().enumerate().map(member).collect();
        let written = write(&members, NonZeroUsize::MIN).unwrap();
        prop_assert_eq!(read(&written, Limits::default()).unwrap(), members);
    }

    #[test]
    fn a_changed_byte_is_an_error_or_changes_nothing(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let members = vec![Member { path: "/data.json".to_owned(), bytes: b"{\"a\": 1}".repeat(50) }];
        let mut written = write(&members, NonZeroUsize::MIN).unwrap();
        let at = at.index(written.len());
        written[at] = byte;
        if let Ok(read) = read(&written, Limits::default()) {
            prop_assert_eq!(read, members);
        }
    }
}
