//! Any bytes: the parser ends with a tree or errors, and an accepted tree survives being printed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::source::SourceId;
use portcullis::syntax::{ParseOptions, RegoVersion, decode, dump, parse, printer};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = decode(SourceId::default(), bytes) else { return };
    for version in [RegoVersion::V0, RegoVersion::V1, RegoVersion::V2] {
        // Printing adds parentheses, so the tree gets more room the second time.
        let options = ParseOptions { max_depth: 100, ..ParseOptions::new(version) };
        let first = parse(SourceId::default(), text, &options);
        if !first.diagnostics.is_empty() {
            continue;
        }
        let printed = printer::module(&first.module);
        let second = parse(SourceId::default(), &printed, &ParseOptions::new(version));
        assert!(second.diagnostics.is_empty(), "{:?}\n{printed}", second.diagnostics);
        assert_eq!(dump::module(&first.module, None), dump::module(&second.module, None));
    }
});
