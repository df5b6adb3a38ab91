//! Where two values differ, piece by piece.

use super::Value;

/// One place at which two values differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// The keys that lead to the place from both values.
    pub path: Vec<Value>,
    /// What is there in the first; none if nothing is.
    pub left: Option<Value>,
    /// What is there in the second; none if nothing is.
    pub right: Option<Value>,
}

/// The first places at which two values differ, at most `limit`, in the order of their keys. Sets differ by elements, which
/// have the set's own path. Values nested more than 100 deep are compared as wholes.
pub fn differences(left: &Value, right: &Value, limit: usize) -> Vec<Difference> {
    let mut finder = Finder { path: Vec::new(), found: Vec::new(), limit };
    finder.compare(left, right);
    finder.found
}

struct Finder {
    path: Vec<Value>,
    found: Vec<Difference>,
    limit: usize,
}

impl Finder {
    fn compare(&mut self, left: &Value, right: &Value) {
        if self.found.len() >= self.limit || left == right {
            return;
        }
        match (left, right) {
            _ if self.path.len() >= MAX_DEPTH => self.add(Some(left), Some(right)),
            (Value::Array(one), Value::Array(other)) => {
                for index in 0..one.len().max(other.len()) {
                    self.below(Value::from(index as u64), one.get(index), other.get(index));
                }
            }
            (Value::Object(one), Value::Object(other)) => {
                let mut keys: Vec<&Value> =
                    one.iter().map(|(key, _)| key).chain(other.iter().map(|(key, _)| key)).collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    self.below(key.clone(), one.get(key), other.get(key));
                }
            }
            (Value::Set(one), Value::Set(other)) => {
                one.iter().filter(|element| !other.contains(element)).for_each(|it| self.add(Some(it), None));
                other.iter().filter(|element| !one.contains(element)).for_each(|it| self.add(None, Some(it)));
            }
            _ => self.add(Some(left), Some(right)),
        }
    }

    fn below(&mut self, key: Value, left: Option<&Value>, right: Option<&Value>) {
        self.path.push(key);
        match (left, right) {
            (Some(left), Some(right)) => self.compare(left, right),
            (left, right) => self.add(left, right),
        }
        self.path.pop();
    }

    fn add(&mut self, left: Option<&Value>, right: Option<&Value>) {
        if self.found.len() < self.limit {
            let (left, right) = (left.cloned(), right.cloned());
            self.found.push(Difference { path: self.path.clone(), left, right });
        }
    }
}

const MAX_DEPTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::differences;
    use crate::document;
    use crate::source::SourceId;
    use crate::value::Value;

    fn shown(left: &str, right: &str, limit: usize) -> Vec<String> {
        let read = |text: &str| document::json(SourceId::default(), text).expect("JSON").to_value();
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_json);
        differences(&read(left), &read(right), limit)
            .iter()
            .map(|it| {
                let path: Vec<String> = it.path.iter().map(Value::to_json).collect();
                format!("{}: {} {}", path.join("/"), text(&it.left), text(&it.right))
            })
            .collect()
    }

    #[test]
    fn values_differ_where_their_parts_do() {
        assert_eq!(shown("1", "1", 9), Vec::<String>::new());
        assert_eq!(shown("1", "\"1\"", 9), [": 1 \"1\""]);
        assert_eq!(
            shown(r#"{"a": 1, "b": [1, {"c": 2}], "d": 4}"#, r#"{"a": 2, "b": [1, {"c": 3}, 5], "e": 6}"#, 9),
            ["\"a\": 1 2", "\"b\"/1/\"c\": 2 3", "\"b\"/2: - 5", "\"d\": 4 -", "\"e\": - 6"]
        );
        assert_eq!(shown("[1, 2, 3]", "[3, 2, 1]", 1), ["0: 1 3"]);
    }

    #[test]
    fn sets_differ_by_elements() {
        let set = |values: &[u64]| Value::Set(values.iter().map(|value| Value::from(*value)).collect());
        let found = differences(&set(&[1, 2]), &set(&[2, 3]), 9);
        let texts: Vec<_> = found.iter().map(|it| (it.left.clone(), it.right.clone())).collect();
        assert_eq!(texts, [(Some(Value::from(1_u64)), None), (None, Some(Value::from(3_u64)))]);
    }
}
