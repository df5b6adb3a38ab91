//! Numbers: text, order, equality and hashing.

use std::cmp::Ordering;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use proptest::prelude::{prop_assert_eq, proptest};

use super::{ArithmeticError, Number, NumberError};

fn number(text: &str) -> Number {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn text_is_kept_as_written() {
    for text in ["0", "-0", "1.0", "1.50", "1e2", "1E+2", "0e5", "-1", "12345678901234567890.0", "1e30102"] {
        assert_eq!(number(text).text(), text);
        assert_eq!(number(text).to_string(), text);
    }
    assert_eq!(Number::from(u64::MAX).text(), "18446744073709551615");
    assert_eq!(Number::from(i64::MIN).text(), "-9223372036854775808");
}

#[test]
fn order_goes_by_exact_numeric_value() {
    // Groups of equal numbers, in ascending order.
    let ascending: &[&[&str]] = &[
        &["-1e30000"],
        &["-100000000000000000000001"],
        &["-1e23", "-100000000000000000000000"],
        &["-9223372036854775809"],
        &["-9223372036854775808", "-9223372036854775808.0"],
        &["-1.5", "-15e-1"],
        &["-1", "-1.0"],
        &["-1e-400"],
        &["0", "-0", "0.0", "-0.0", "0e10", "0.000e-7"],
        &["1e-30000"],
        &["0.0012", "1.2e-3", "12E-4", "0.00120"],
        &["0.1"],
        &["0.10000000000000000001"],
        &["0.123456789012345678"],
        &["0.123456789012345679"],
        &["1", "1.0", "1e0", "10e-1", "0.1e1", "1.000"],
        &["1.00000000000000000000000000001"],
        &["99"],
        &["100", "1e2", "1E+2", "100.00", "0.1e3"],
        &["9007199254740993"],
        &["9223372036854775807"],
        &["9223372036854775808", "9.223372036854775808e18"],
        &["1e23", "100000000000000000000000"],
        &["1e400", "10e399"],
        &["9.9900209301438450e30102"],
    ];
    let hash = BuildHasherDefault::<DefaultHasher>::default();
    for (at, group) in ascending.iter().enumerate() {
        for (other_at, other_group) in ascending.iter().enumerate() {
            for (left, right) in
                group.iter().flat_map(|left| other_group.iter().map(move |right| (left, right)))
            {
                let (left, right) = (number(left), number(right));
                assert_eq!(left.cmp(&right), at.cmp(&other_at), "{left} against {right}");
                if at == other_at {
                    assert_eq!(hash.hash_one(&left), hash.hash_one(&right), "{left} and {right}");
                }
            }
        }
    }
}

#[test]
fn texts_that_json_does_not_take_for_numbers_are_refused() {
    let texts = [
        "", "-", "+1", "01", "-01", "00", ".5", "5.", "1e", "1e+", "1.e3", "0x10", "1_000", "NaN",
        "Infinity", " 1", "1 ", "--1", "1-", "1e1.5", "1e1e1", "1.2.3", "١",
    ];
    for text in texts {
        assert_eq!(text.parse::<Number>(), Err(NumberError::Syntax), "{text:?}");
    }
}

#[test]
fn magnitudes_beyond_those_of_opa_are_refused_at_once() {
    for text in [
        "1e30103",
        "1e40000",
        "1e-30104",
        "1e999999999",
        "-1e99999999999999999999999",
        "1e-99999999999999999999",
    ] {
        assert_eq!(text.parse::<Number>(), Err(NumberError::TooBig), "{text}");
    }
    for text in ["1e30102", "1e-30103", "0e999999999", "-1e30102"] {
        assert!(Number::parse(text).is_some(), "{text}");
    }
    let long = "9".repeat(100_000);
    assert_eq!(number(&long).text(), long, "without an exponent there is no limit");
}

#[test]
fn only_plain_integers_convert_to_i64() {
    assert_eq!(number("42").as_i64(), Some(42));
    assert_eq!(number("-0").as_i64(), Some(0));
    for text in ["1.0", "1e2", "9223372036854775808", "0.5"] {
        assert_eq!(number(text).as_i64(), None, "{text}");
    }
}

#[test]
fn integers_are_told_by_value_not_by_text() {
    for text in ["1", "1.0", "1e2", "1.5e1", "100e-2", "0.0", "0e-5", "123456789012345678901234567890"] {
        assert!(number(text).is_integer(), "{text}");
    }
    for text in ["0.5", "1.05", "15e-1", "1e-1"] {
        assert!(!number(text).is_integer(), "{text}");
    }
}

#[test]
fn sums_and_quotients_have_the_digits_that_opa_prints() {
    let table = [
        ("0.1", '+', "0.2", "0.3"),
        ("1.1", '+', "2.2", "3.3000000000000000002"),
        ("9223372036854775807", '+', "1", "9223372036854775808"),
        ("99999999999999999999.5", '+', "1", "100000000000000000000"),
        ("1", '-', "1.0", "0"),
        ("1e30000", '-', "1e30000", "0"),
        ("4.35", '*', "100", "435"),
        ("0.5", '*', "-0.0", "-0"),
        ("1e-3000", '*', "1.5", "1.5e-3000"),
        ("1", '/', "3", "0.33333333333333333334"),
        ("2", '/', "3", "0.6666666666666666667"),
        ("0", '/', "-5", "-0"),
        ("10", '/', "5", "2"),
        ("1000000", '/', "0.7", "1.4285714285714285714e+06"),
        ("1e30", '/', "7", "142857142857142857140000000000"),
        ("-7", '%', "4", "-3"),
        ("36893488147419103235", '%', "18446744073709551616", "3"),
    ];
    for (left, operator, right, result) in table {
        assert_eq!(calculate(left, operator, right).unwrap().text(), result, "{left} {operator} {right}");
    }
}

#[test]
fn what_can_not_be_calculated_is_an_error() {
    let table = [
        ("1", '/', "0e5", ArithmeticError::DivideByZero),
        ("1", '%', "0", ArithmeticError::ModuloByZero),
        ("1.5", '%', "0", ArithmeticError::ModuloOnFloat),
    ];
    for (left, operator, right, error) in table {
        assert_eq!(calculate(left, operator, right), Err(error), "{left} {operator} {right}");
    }
    let mut power = number("1e30000");
    let too_big = loop {
        match power.times(&power) {
            Ok(square) => power = square,
            Err(error) => break error,
        }
    };
    assert_eq!(too_big, ArithmeticError::TooBig);
}

fn calculate(left: &str, operator: char, right: &str) -> Result<Number, ArithmeticError> {
    let (left, right) = (number(left), number(right));
    match operator {
        '+' => left.plus(&right),
        '-' => left.minus(&right),
        '*' => left.times(&right),
        '/' => left.divided_by(&right),
        _ => left.remainder(&right),
    }
}

proptest! {
    #[test]
    fn whole_numbers_calculate_exactly(left: i64, right: i64) {
        let (wide_left, wide_right) = (i128::from(left), i128::from(right));
        let (one, other) = (Number::from(left), Number::from(right));
        prop_assert_eq!(one.plus(&other).unwrap().to_string(), (wide_left + wide_right).to_string());
        prop_assert_eq!(one.minus(&other).unwrap().to_string(), (wide_left - wide_right).to_string());
        prop_assert_eq!(one.times(&other).unwrap().to_string(), (wide_left * wide_right).to_string());
    }

    #[test]
    fn shifting_the_point_gives_back_what_was_shifted(digits: i32, places in 0_u32..30) {
        let value = number(&digits.to_string());
        let scale = number(&format!("1e{places}"));
        let shifted = value.divided_by(&scale).unwrap();
        prop_assert_eq!(shifted.times(&scale).unwrap().rounded().unwrap(), value);
    }

    #[test]
    fn integers_order_as_i128_does(left: i128, right: i128) {
        prop_assert_eq!(number(&left.to_string()).cmp(&number(&right.to_string())), left.cmp(&right));
    }

    #[test]
    fn fractions_order_as_scaled_integers_do(left: i32, right: i32, scale in 0_usize..6) {
        let scaled = |value: i32| {
            let digits = format!("{:0>7}", value.unsigned_abs());
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            let sign = if value < 0 { "-" } else { "" };
            let whole = whole.trim_start_matches('0');
            let whole = if whole.is_empty() { "0" } else { whole };
            if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
        };
        let powered = number(&format!("{left}e-{scale}"));
        prop_assert_eq!(number(&scaled(left)).cmp(&powered), Ordering::Equal);
        prop_assert_eq!(number(&scaled(left)).cmp(&number(&scaled(right))), left.cmp(&right));
    }
}
