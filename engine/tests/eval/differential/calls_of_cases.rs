//! Calls of each built-in function with the operands of the recorded calls, mixed: each operand is a sensible one, but
//! seldom for the others.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use portcullis::builtins::{self, Signature};

use super::random::Random;
use super::scan;

/// How many functions a policy calls, and how often each.
const FUNCTIONS: usize = 4;
const CALLS: usize = 4;

/// One module with calls of some functions; all functions have their turn.
pub(super) fn modules(seed: u64) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let mut text = "package t\n\nid(x, _) := x\n".to_owned();
    for turn in 0..FUNCTIONS {
        let at = usize::try_from(seed % (1 << 32)).unwrap() * FUNCTIONS + turn;
        let (signature, places) = &OPERANDS[at % OPERANDS.len()];
        for number in 0..CALLS {
            let operands = places.iter().enumerate().map(|(place, known)| {
                let operand = match random.below(25) {
                    0 => random.pick(EDGES),
                    1 => random.pick(&["input.n", "input.s", "data.d.xs", "data.d.o", "input"]),
                    _ => known[random.below(known.len())].as_str(),
                };
                // The type checker knows nothing of what the function returns, and OPA remembers no result of equal
                // arguments that are written otherwise.
                format!("id({operand}, \"{turn} {number} {place}\")")
            });
            let operands: Vec<String> = operands.collect();
            text += &format!("\nc{turn}{number} := {}({})\n", signature.name, operands.join(", "));
        }
    }
    vec![("t.rego".to_owned(), text)]
}

/// Functions that answer otherwise than OPA's where operands are mixed, with the reason.
const LEFT_OUT: &[&str] = &[
    // Its messages are those of Go's decoder, and the place of an error in OPA's parser.
    "rego.parse_module",
    // They compare with the time, and ours is one that stands still.
    "crypto.x509.parse_and_verify_certificates",
    "crypto.x509.parse_and_verify_certificates_with_options",
    "io.jwt.decode_verify",
    // Results of any size, of which OPA ends or does not end.
    "bits.lsh",
    "net.cidr_expand",
    "numbers.range",
    "numbers.range_step",
];

const EDGES: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e20",
    "\"\"",
    "\"a\"",
    "[]",
    "[1, \"a\"]",
    "{}",
    "{\"a\": 1}",
    "set()",
    "{1, \"a\"}",
    "[[]]",
    "12345678901234567890",
];

/// The texts that stand in each place of the calls of one function.
type Places = Vec<Vec<String>>;

/// The deterministic functions, and for each of their operands the texts that recorded calls have there.
static OPERANDS: LazyLock<Vec<(&'static Signature, Places)>> = LazyLock::new(|| {
    let mut known: BTreeMap<String, Places> = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testcases/builtins");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let Some((name, rest)) = line.split_once('(') else { continue };
            if line.starts_with([' ', '#']) || line.len() > 2_000 {
                continue;
            }
            let Some(list) = rest.strip_suffix(')') else { continue };
            for (place, operand) in scan::parts(list).into_iter().enumerate() {
                // Numbers of many thousand digits have their recorded cases; mixed they take minutes, in OPA too.
                let exponent =
                    operand.split(['e', 'E']).skip(1).map(|rest| rest.trim_start_matches(['-', '+']));
                let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
                if exponent.map(digits).any(|count| count > 3) {
                    continue;
                }
                let places = known.entry(name.to_owned()).or_default();
                places.resize(places.len().max(place + 1), Vec::new());
                places[place].push(operand.to_owned());
            }
        }
    }
    let callable = builtins::all().filter(|signature| {
        signature.function.is_some()
            && !signature.nondeterministic
            && !signature.deprecated
            && !signature.relation
            && signature.variadic.is_none()
            && signature.result.is_some()
            && !signature.operands.is_empty()
            && !signature.name.starts_with("internal.")
            && !LEFT_OUT.contains(&signature.name)
    });
    callable
        .map(|signature| {
            let places = known.remove(signature.name).unwrap_or_default();
            let whole =
                places.len() == signature.operands.len() && places.iter().all(|known| !known.is_empty());
            assert!(whole, "no recorded calls of {}, or some with other numbers of operands", signature.name);
            (signature, places)
        })
        .collect()
});
