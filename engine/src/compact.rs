//! Lists that are kept for long and must not hold more memory than they need.

use thin_vec::ThinVec;

/// Moves a list that is done growing into a piece of memory of its size.
///
/// Shrinking it in place is not enough: an allocator may leave a list where it is as long as it fills half of its place.
pub(crate) fn compact<T>(list: &mut Vec<T>) {
    if list.capacity() > list.len() {
        let mut exact = Vec::with_capacity(list.len());
        exact.append(list);
        *list = exact;
    }
}

/// As [`compact`], for lists whose length is stored with their items.
pub(crate) fn compact_thin<T>(list: &mut ThinVec<T>) {
    if list.capacity() > list.len() {
        let mut exact = ThinVec::with_capacity(list.len());
        exact.append(list);
        *list = exact;
    }
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn a_list_keeps_its_items_and_nothing_else() {
        let mut list = Vec::with_capacity(10);
        list.extend([1, 2, 3]);
        compact(&mut list);
        assert_eq!((list.as_slice(), list.capacity()), ([1, 2, 3].as_slice(), 3));
    }
}
