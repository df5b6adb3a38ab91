//! Any bytes: the reader of archives ends with members or an error, and what it read survives being written. Data are the same,
//! or wrong in the same way, whatever they are read into.

#![no_main]

use std::num::NonZeroUsize;

use libfuzzer_sys::fuzz_target;
use portcullis::bundle::archive::{self, Limits};
use portcullis::bundle::{Contents, Member, assemble};
use portcullis::document::Outline;
use portcullis::value::Value;

fuzz_target!(|bytes: &[u8]| {
    // Little that is compressed becomes much; the limits keep each round short.
    let limits = Limits { member_bytes: 1 << 20, total_bytes: 1 << 22, members: 1000, ratio: 250 };
    let Ok(members) = archive::read(bytes, limits) else { return };
    let written = archive::write(&members, NonZeroUsize::MIN).expect("members that were read can be written");
    let again = archive::read(&written, Limits::default()).expect("what was written can be read");
    let plain = |members: Vec<Member>| -> Vec<(String, Vec<u8>)> {
        let path = |path: String| path.trim_start_matches('/').to_owned();
        members.into_iter().map(|member| (path(member.path), member.bytes)).collect()
    };
    assert_eq!(plain(again), plain(members.clone()));
    let values: Result<Contents, _> = assemble(members.clone(), None);
    let outlines: Result<Contents<Outline>, _> = assemble(members, None);
    match (values, outlines) {
        (Ok(values), Ok(outlines)) => {
            assert_eq!(outlines.data.into_json(), Value::Object(values.data).to_json());
        }
        (values, outlines) => {
            assert_eq!(outlines.map(drop).unwrap_err().to_string(), values.map(drop).unwrap_err().to_string());
        }
    }
});
