//! What holds for every matrix.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Combination, Matrix, Parts};
use crate::document::{self, Node, NodeKind};
use crate::source::{LineIndex, Source, Sources};

fn node(json: &str) -> Node {
    document::json(Sources::new().add(Source::new("", "")), json).expect("JSON")
}

fn matrix(axes: &str, input: &str, allowed: &str) -> Result<Vec<Combination>, Vec<String>> {
    let (axes, input, allowed) = (node(axes), node(input), node(allowed));
    let span = axes.span;
    let NodeKind::Array(rows) = allowed.into_kind() else { panic!("rows") };
    let parts = Parts { axes: &axes, input: &input, allowed: &rows, span };
    match Matrix::new(parts, &LineIndex::new("")) {
        Ok(matrix) => Ok(matrix.combinations().collect()),
        Err(errors) => Err(errors.into_iter().map(|error| error.message).collect()),
    }
}

/// Axes called `a0`, `a1`, ... with the labels `0`, `1`, ..., and whether each combination is allowed.
fn sizes_and_flags() -> impl Strategy<Value = (Vec<usize>, Vec<bool>)> {
    prop::collection::vec(1_usize..5, 1..5).prop_flat_map(|sizes| {
        let product = sizes.iter().product::<usize>();
        (Just(sizes), prop::collection::vec(any::<bool>(), product))
    })
}

/// The labels of the combination at `index`, counted by hand from the last axis.
fn labels(sizes: &[usize], mut index: usize) -> Vec<usize> {
    let mut labels: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|size| {
            let label = index % size;
            index /= size;
            label
        })
        .collect();
    labels.reverse();
    labels
}

proptest! {
    #[test]
    fn each_combination_comes_once_and_is_allowed_exactly_if_listed((sizes, flags) in sizes_and_flags()) {
        let axis = |size: &usize| (0..*size).map(|label| label.to_string()).collect::<Vec<_>>().join(",");
        let axes: Vec<String> =
            sizes.iter().enumerate().map(|(axis_index, size)| format!("\"a{axis_index}\": [{}]", axis(size))).collect();
        let input: Vec<String> = (0..sizes.len()).map(|axis| format!("\"${{a{axis}}}\"")).collect();
        let rows: Vec<String> = (0..flags.len())
            .filter(|index| flags[*index])
            .map(|index| {
                let labels = labels(&sizes, index);
                let entries: Vec<String> =
                    labels.iter().enumerate().map(|(axis, label)| format!("\"a{axis}\": {label}")).collect();
                format!("{{{}}}", entries.join(","))
            })
            .collect();
        let combinations = matrix(
            &format!("{{{}}}", axes.join(",")),
            &format!("[{}]", input.join(",")),
            &format!("[{}]", rows.join(",")),
        )
        .expect("a matrix");

        prop_assert_eq!(combinations.len(), flags.len());
        let by_name: BTreeMap<_, _> = combinations.iter().map(|one| (&*one.name, one)).collect();
        prop_assert_eq!(by_name.len(), flags.len());
        for (index, combination) in combinations.iter().enumerate() {
            let labels = labels(&sizes, index);
            let name: Vec<String> =
                labels.iter().enumerate().map(|(axis, label)| format!("a{axis}={label}")).collect();
            prop_assert_eq!(&*combination.name, name.join(" "));
            prop_assert_eq!(combination.input.to_rego(), format!("{labels:?}"));
            prop_assert_eq!(combination.allowed, flags[index]);
        }
    }
}

#[test]
fn a_row_allows_all_combinations_of_its_labels() {
    let axes = r#"{"a": {"x": 1, "y": [2]}, "b": [true, null, "s"]}"#;
    let combinations =
        matrix(axes, r#"{"a": "${a}", "b": "${b}"}"#, r#"[{"a": ["y", "x"], "b": ["true", "s"]}]"#);
    let shown: Vec<String> = combinations
        .expect("a matrix")
        .iter()
        .map(|one| format!("{} {} {}", one.name, one.input, one.allowed))
        .collect();
    assert_eq!(
        shown,
        [
            r#"a=x b=true {"a": 1, "b": true} true"#,
            r#"a=x b=null {"a": 1, "b": null} false"#,
            r#"a=x b=s {"a": 1, "b": "s"} true"#,
            r#"a=y b=true {"a": [2], "b": true} true"#,
            r#"a=y b=null {"a": [2], "b": null} false"#,
            r#"a=y b=s {"a": [2], "b": "s"} true"#,
        ]
    );
}

#[test]
fn the_number_of_combinations_is_limited() {
    let labels = (0..101).map(|label| label.to_string()).collect::<Vec<_>>().join(",");
    let large = format!(r#"{{"a": [{labels}], "b": [{labels}], "c": [{labels}]}}"#);
    let errors = matrix(&large, "null", "[]").expect_err("too many");
    assert_eq!(errors, ["the matrix has 101 x 101 x 101 combinations, more than 1000000"]);
    let many: Vec<String> = (0..33).map(|axis| format!("\"{axis}\": [0]")).collect();
    let errors = matrix(&format!("{{{}}}", many.join(",")), "null", "[]").expect_err("too many");
    assert_eq!(errors, ["the matrix has 33 axes, more than 32"]);
}
