//! Random calculations and formats, whose answers are those of the real OPA.

use crate::{call, live};

#[test]
fn random_calculations_have_the_digits_of_opa() {
    let mut random = Random(0x5eed);
    let mut calls = Vec::new();
    for _ in 0..400 {
        for function in ["plus", "minus", "mul", "div", "rem"] {
            calls.push(format!("{function}({}, {})", random.number(), random.number()));
        }
        for function in ["abs", "round", "ceil", "floor"] {
            calls.push(format!("{function}({})", random.number()));
        }
        for function in ["sum", "product", "max", "min", "sort"] {
            let numbers = [random.number(), random.number(), random.number()].join(", ");
            calls.push(format!("{function}([{numbers}])"));
        }
        for function in ["lt", "equal"] {
            calls.push(format!("{function}({}, {})", random.number(), random.number()));
        }
    }
    compare("random-calculations", &calls);
}

#[test]
fn random_formats_are_filled_in_as_by_opa() {
    let mut random = Random(0xf0f0);
    let mut calls = Vec::new();
    for _ in 0..2500 {
        let format: String = (0..random.below(3)).map(|_| random.directive()).collect();
        let arguments: Vec<String> = (0..random.below(4)).map(|_| random.argument()).collect();
        calls.push(format!("sprintf(\"{format}|\", [{}])", arguments.join(", ")));
    }
    compare("random-formats", &calls);
}

fn compare(name: &str, calls: &[String]) {
    let texts: Vec<&str> = calls.iter().map(String::as_str).collect();
    // OPA takes more than twice as long for twice as many rules in a package.
    let batches: Option<Vec<_>> = texts.chunks(400).map(|batch| live::outcomes(name, batch)).collect();
    let Some(theirs) = batches.map(|batches| batches.concat()) else { return };
    let pairs = texts.iter().zip(theirs).map(|(text, theirs)| (text, call::outcome(text), theirs));
    let different: Vec<String> = pairs
        .filter(|(_, ours, theirs)| ours != theirs)
        .map(|(text, ours, theirs)| format!("{text}\n  OPA says {theirs}\n       got {ours}"))
        .collect();
    assert!(different.is_empty(), "{} of {}:\n{}", different.len(), texts.len(), different.join("\n"));
}

/// `SplitMix64`: the same calls in every run.
struct Random(u64);

impl Random {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.draw() % limit
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let index = self.below(choices.len() as u64);
        choices.get(usize::try_from(index).expect("a small index")).expect("a choice")
    }

    fn digits(&mut self, most: u64) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| char::from(b'0' + u8::try_from(self.below(10)).expect("a digit"))).collect()
    }

    fn whole(&mut self, most: u64) -> String {
        let digits = self.digits(most);
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
    }

    fn number(&mut self) -> String {
        let sign = self.pick(&["", "", "-"]);
        let number = match self.below(8) {
            0 => self.whole(2),
            1 => self.whole(10),
            2 => self.whole(40),
            3 => format!("{}.{}", self.whole(3), self.digits(3)),
            4 => format!("{}.{}", self.whole(20), self.digits(25)),
            5 => format!("{}e{}", self.whole(4), self.below(60)),
            6 => format!("{}.{}e-{}", self.whole(2), self.digits(20), self.below(60)),
            _ => format!("{}.{}e{}{}", self.whole(1), self.digits(4), self.pick(&["", "-"]), self.below(400)),
        };
        format!("{sign}{number}")
    }

    fn directive(&mut self) -> String {
        let literal = self.pick(&["", "a", "ö "]);
        let flags: String = (0..self.below(3)).map(|_| self.pick(&["#", "0", "+", "-", " "])).collect();
        let index = self.pick(&["", "", "", "", "[1]", "[2]", "[3]", "[9]"]);
        let width = self.pick(&["", "", "3", "8", "12", "*"]);
        let precision = self.pick(&["", "", ".", ".0", ".1", ".3", ".9", ".20", ".*"]);
        // No pointers: their addresses differ from run to run.
        let verb = self.pick(&[
            "v", "v", "d", "s", "q", "x", "X", "b", "o", "O", "c", "U", "e", "E", "f", "F", "g", "G", "t",
            "T", "%", "z",
        ]);
        format!("{literal}%{flags}{index}{width}{precision}{verb}")
    }

    fn argument(&mut self) -> String {
        let choice = self.pick(&[
            "",
            "",
            "",
            "",
            "0",
            "1",
            "-1",
            "65",
            "128512",
            "1114112",
            "\"abc\"",
            "\"ä\\n€\\\"`\"",
            "\"\"",
            "true",
            "null",
            "[1, \"a\"]",
            "1.0",
            "0.1",
            "-0.0",
            "1e400",
            "-12345678901234567890",
        ]);
        if choice.is_empty() { self.number() } else { choice.to_owned() }
    }
}
