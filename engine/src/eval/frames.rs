//! The variables: a frame of slots for each clause that is evaluated, one after the other in one list.

use super::machine::Held;
use crate::program::Slot;

/// The frames, the newest last. Arguments lie below the frame of the function that they are for.
#[derive(Debug)]
pub(super) struct Frames<'a> {
    slots: Vec<Option<Held<'a>>>,
    /// Where the frame of the clause starts that is evaluated.
    base: usize,
    /// The slots that were bound, to be unbound on the way back.
    trail: Vec<usize>,
}

/// The frame to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outer {
    base: usize,
    trail: usize,
    end: usize,
}

impl<'a> Frames<'a> {
    /// No frame yet.
    pub(super) fn new() -> Self {
        Self { slots: Vec::with_capacity(ROOM), base: 0, trail: Vec::with_capacity(ROOM) }
    }

    /// Opens a frame of so many slots; gives back what [`close`](Self::close) needs.
    pub(super) fn open(&mut self, size: usize) -> Outer {
        self.open_over(0, size)
    }

    /// Opens a frame whose first slots are the last `count` arguments that were pushed.
    pub(super) fn open_over(&mut self, count: usize, size: usize) -> Outer {
        let outer = self.checkpoint();
        self.base = self.slots.len().saturating_sub(count);
        for _ in count..size {
            self.slots.push(None);
        }
        outer
    }

    /// Closes the newest frame; the arguments that it was opened over stay.
    pub(super) fn close(&mut self, outer: Outer) {
        self.slots.truncate(outer.end);
        self.trail.truncate(outer.trail);
        self.base = outer.base;
    }

    /// Where the frames stand now.
    pub(super) fn checkpoint(&self) -> Outer {
        Outer { base: self.base, trail: self.trail.len(), end: self.slots.len() }
    }

    /// Goes back to where the frames stood, whatever was opened and bound since.
    pub(super) fn restore(&mut self, before: Outer) {
        self.undo(before.trail);
        self.slots.truncate(before.end);
        self.base = before.base;
    }

    /// Puts a value below the next frame, as an argument.
    pub(super) fn push(&mut self, value: Held<'a>) {
        self.slots.push(Some(value));
    }

    /// The argument at `index` of `count` below the frame.
    pub(super) fn argument(&self, index: usize, count: usize) -> Option<Held<'a>> {
        self.slots.get(self.base.checked_sub(count)? + index)?.clone()
    }

    /// The last `count` values that were pushed, before a frame is opened over them.
    pub(super) fn pushed(&self, count: usize) -> &[Option<Held<'a>>] {
        self.slots.len().checked_sub(count).and_then(|start| self.slots.get(start..)).unwrap_or_default()
    }

    /// Takes arguments off again.
    pub(super) fn pop(&mut self, count: usize) {
        self.slots.truncate(self.slots.len().saturating_sub(count));
    }

    /// The newest frame.
    pub(super) fn newest(&self) -> &[Option<Held<'a>>] {
        self.slots.get(self.base..).unwrap_or_default()
    }

    /// The value of a variable, if it has one.
    #[inline]
    pub(super) fn local(&self, slot: Slot) -> Option<&Held<'a>> {
        self.slots.get(self.base + slot.0 as usize)?.as_ref()
    }

    /// Gives a variable its value.
    #[inline]
    pub(super) fn bind(&mut self, slot: Slot, value: Held<'a>) {
        let at = self.base + slot.0 as usize;
        if let Some(place) = self.slots.get_mut(at) {
            // Only what has no value gets one, so there is nothing to drop.
            if place.is_none() {
                *place = Some(value);
            }
            self.trail.push(at);
        }
    }

    /// Takes the value of a variable away, to be put back with [`put_back`](Self::put_back).
    pub(super) fn take(&mut self, slot: Slot) -> Option<Held<'a>> {
        self.slots.get_mut(self.base + slot.0 as usize)?.take()
    }

    /// Gives a variable back what was taken away.
    pub(super) fn put_back(&mut self, slot: Slot, value: Held<'a>) {
        if let Some(place) = self.slots.get_mut(self.base + slot.0 as usize) {
            *place = Some(value);
        }
    }

    /// A point to which bindings can be undone.
    #[inline]
    pub(super) fn mark(&self) -> usize {
        self.trail.len()
    }

    /// Takes the bindings back that were made since `mark`.
    #[inline]
    pub(super) fn undo(&mut self, mark: usize) {
        while self.trail.len() > mark {
            if let Some(place) = self.trail.pop().and_then(|at| self.slots.get_mut(at)) {
                *place = None;
            }
        }
    }
}

/// For how many variables there is room at first: most decisions need no more.
const ROOM: usize = 16;
