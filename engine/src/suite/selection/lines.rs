//! Finds the tests at a line of a file.

/// Where a test is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// The first row, from 1.
    pub first: usize,
    /// The last row; `None` for what goes on until the next test starts, as a row of a table does.
    pub last: Option<usize>,
}

/// The positions, among the tests of one file, of those that are at a line or around it. A line before the first case of a
/// table is about the whole table.
///
/// # Errors
/// When there is none: the first row of the test that comes nearest, if there are tests.
pub fn at_line(tests: &[Rows], line: usize) -> Result<Vec<usize>, Option<usize>> {
    let positions = |first: usize| {
        let all = tests.iter().enumerate();
        all.filter(|(_, rows)| rows.first == first).map(|(position, _)| position).collect::<Vec<_>>()
    };
    let starts_before = tests.iter().filter(|rows| rows.first <= line);
    let nearest = starts_before.clone().max_by_key(|rows| rows.first);
    if let Some(rows) = nearest
        && rows.last.is_none_or(|last| line <= last)
    {
        return Ok(positions(rows.first));
    }
    if nearest.is_none() && tests.iter().all(|rows| rows.last.is_none()) && !tests.is_empty() {
        return Ok((0..tests.len()).collect());
    }
    Err(tests.iter().map(|rows| rows.first).min_by_key(|first| first.abs_diff(line)))
}

#[cfg(test)]
mod tests {
    use super::{Rows, at_line};

    #[test]
    fn a_rule_is_found_from_its_first_to_its_last_row() {
        let rows = |first, last| Rows { first, last: Some(last) };
        let tests = [rows(3, 5), rows(5, 5), rows(9, 9), rows(12, 20)];
        let found = |line| at_line(&tests, line);
        assert_eq!(found(4), Ok(vec![0]));
        assert_eq!(found(5), Ok(vec![1]));
        assert_eq!(found(9), Ok(vec![2]));
        assert_eq!(found(20), Ok(vec![3]));
        assert_eq!(found(1), Err(Some(3)));
        assert_eq!(found(7), Err(Some(5)));
        assert_eq!(found(21), Err(Some(12)));
        assert_eq!(at_line(&[], 1), Err(None));
    }

    #[test]
    fn a_case_of_a_table_goes_on_until_the_next() {
        let rows = |first| Rows { first, last: None };
        let tests = [rows(4), rows(7), rows(12), rows(12)];
        let found = |line| at_line(&tests, line);
        assert_eq!(found(6), Ok(vec![0]));
        assert_eq!(found(11), Ok(vec![1]));
        assert_eq!(found(99), Ok(vec![2, 3]));
        assert_eq!(found(1), Ok(vec![0, 1, 2, 3]));
    }
}
