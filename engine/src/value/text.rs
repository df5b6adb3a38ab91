//! Texts: equality of short ones without a call.

/// Whether two texts are the same.
///
/// Keys and names are mostly short, and a comparison that starts with a call of the system's library costs more than
/// the comparison.
#[inline]
pub(crate) fn is_same_text(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    if left.len() > TWO_CHUNKS {
        return left == right;
    }
    // The chunks overlap where the length is no multiple of theirs.
    if let (Some(first), Some(other)) = (left.first_chunk::<8>(), right.first_chunk::<8>()) {
        return first == other && left.last_chunk::<8>() == right.last_chunk::<8>();
    }
    if let (Some(first), Some(other)) = (left.first_chunk::<4>(), right.first_chunk::<4>()) {
        return first == other && left.last_chunk::<4>() == right.last_chunk::<4>();
    }
    left.iter().zip(right).all(|(left, right)| left == right)
}

/// Up to this length the first eight bytes and the last eight are all there are.
const TWO_CHUNKS: usize = 16;

#[cfg(test)]
mod tests {
    use super::is_same_text;

    #[test]
    fn texts_of_each_length_differ_at_each_position() {
        for length in 0..40 {
            let text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop".chars().take(length).collect::<String>();
            assert!(is_same_text(&text, &text.clone()));
            assert!(!is_same_text(&text, &format!("{text}x")));
            for at in 0..length {
                let mut other = text.clone();
                other.replace_range(at..=at, "X");
                assert!(!is_same_text(&text, &other), "{text} {other}");
            }
        }
    }
}
