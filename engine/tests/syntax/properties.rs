//! Properties that hold for any text: the parser ends, spans lie in the text, and printing keeps the tree.

use crate::generate::{Dialect, Random};
use crate::{corpus, generate};
use portcullis::source::SourceId;
use portcullis::syntax::{ParseOptions, RegoVersion, dump, parse, printer};
use proptest::prelude::{any, proptest};

fn check(text: &str) {
    for version in [RegoVersion::V0, RegoVersion::V1, RegoVersion::V2] {
        let options = ParseOptions::new(version);
        let parsed = parse(SourceId::default(), text, &options);
        for diagnostic in &parsed.diagnostics {
            let span = diagnostic.span.expect("an error has a place");
            assert!(
                span.start <= span.end && span.end as usize <= text.len() + 1,
                "{diagnostic:?} in {text:?}"
            );
            assert!(
                text.is_char_boundary((span.start as usize).min(text.len())),
                "{diagnostic:?} in {text:?}"
            );
        }
        if parsed.diagnostics.is_empty() {
            let printed = printer::module(&parsed.module);
            let again = parse(SourceId::default(), &printed, &options);
            assert_eq!(again.diagnostics, [], "{text:?} printed as\n{printed}");
            assert_eq!(
                dump::module(&parsed.module, None),
                dump::module(&again.module, None),
                "{text:?} printed as\n{printed}"
            );
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_characters_of_rego_are_parsed_or_refused(text in "[ \\n\\[\\]{}().,:;|&=<>!+*/%a-c_0-2\"`$#\\\\-]{0,60}") {
        check(&text);
        check(&format!("package a\np if {{ {text} }}"));
    }

    #[test]
    fn generated_modules_with_changed_tokens_keep_their_tree(seed in any::<u64>(), dialect in 0..3_usize) {
        let mut random = Random::new(seed);
        let dialect = [Dialect::V0, Dialect::V1, Dialect::Logical][dialect];
        let module = generate::module(&mut random, dialect);
        check(&module);
        for _ in 0..4 {
            check(&generate::mutate(&mut random, &module));
        }
    }
}

#[test]
fn modules_of_the_conformance_cases_with_changed_tokens_keep_their_tree() {
    let mut random = Random::new(7);
    for case in corpus::cases().into_iter().flatten() {
        for module in case.modules {
            check(&generate::mutate(&mut random, &module));
        }
    }
}
