//! Lists that are kept in pieces, one for each module, so that modules can be worked on apart.

/// A list in pieces; an index counts from the start of the first piece.
#[derive(Debug)]
pub(super) struct Pieces<T> {
    /// Each piece and the index of its first item, in the order of the indices.
    pieces: Vec<(usize, Vec<T>)>,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Self { pieces: Vec::new() }
    }
}

impl<T> Pieces<T> {
    /// One piece, which starts at an index.
    pub(super) fn starting_at(first: usize) -> Self {
        Self { pieces: vec![(first, Vec::new())] }
    }

    /// The pieces, each as a list of its own.
    pub(super) fn split(self) -> impl Iterator<Item = Self> {
        self.pieces.into_iter().map(|piece| Self { pieces: vec![piece] })
    }

    /// Adds the pieces of a list whose indices come after those of this one.
    pub(super) fn join(&mut self, more: Self) {
        self.pieces.extend(more.pieces);
    }

    /// Adds an item to the last piece; answers its index.
    pub(super) fn push(&mut self, item: T) -> usize {
        if self.pieces.is_empty() {
            self.pieces.push((0, Vec::new()));
        }
        let Some((first, items)) = self.pieces.last_mut() else { return 0 };
        items.push(item);
        *first + items.len() - 1
    }

    /// Makes room in the last piece.
    pub(super) fn reserve(&mut self, more: usize) {
        if let Some((_, items)) = self.pieces.last_mut() {
            items.reserve_exact(more);
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<&T> {
        let (first, items) = self.pieces.get(self.piece_of(index)?)?;
        items.get(index.checked_sub(*first)?)
    }

    pub(super) fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let piece = self.piece_of(index)?;
        let (first, items) = self.pieces.get_mut(piece)?;
        items.get_mut(index.checked_sub(*first)?)
    }

    fn piece_of(&self, index: usize) -> Option<usize> {
        if self.pieces.len() == 1 {
            return Some(0);
        }
        self.pieces.partition_point(|(first, _)| *first <= index).checked_sub(1)
    }

    /// The items in the order of their indices.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flat_map(|(_, items)| items)
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.pieces.iter().map(|(_, items)| items.len()).sum()
    }

    /// Puts all pieces into one; their indices must leave no gaps.
    pub(super) fn flatten(&mut self) {
        if self.pieces.len() == 1 {
            return;
        }
        let mut all = Vec::with_capacity(self.len());
        for (_, mut items) in std::mem::take(&mut self.pieces) {
            all.append(&mut items);
        }
        self.pieces.push((0, all));
    }

    /// The items, if they are in one piece.
    pub(super) fn as_slice(&self) -> &[T] {
        match self.pieces.as_slice() {
            [(_, items)] => items,
            _ => &[],
        }
    }

    /// The items as one list.
    pub(super) fn into_vec(mut self) -> Vec<T> {
        self.flatten();
        self.pieces.pop().map(|(_, items)| items).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Pieces;

    #[test]
    fn items_keep_their_indices_apart_and_together() {
        let mut whole = Pieces::default();
        for (first, items) in [(0, vec!['a', 'b']), (2, vec![]), (2, vec!['c'])] {
            let mut piece = Pieces::starting_at(first);
            for (expected, item) in (first..).zip(items) {
                assert_eq!(piece.push(item), expected);
            }
            whole.join(piece);
        }
        assert_eq!(whole.get(2), Some(&'c'));
        assert_eq!(whole.get(3), None);
        let parts: Vec<_> = whole.split().collect();
        assert_eq!(parts[2].get(2), Some(&'c'));
        assert_eq!(parts[2].get(1), None);
        let mut whole = Pieces::default();
        for part in parts {
            whole.join(part);
        }
        assert_eq!(whole.into_vec(), ['a', 'b', 'c']);
    }
}
