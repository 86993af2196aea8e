//! [`FormMemory`]: which forms were tried lately.

use serde::{Deserialize, Serialize};
use symfolio_expr::Key;

/// Which forms were tried lately: a table that each form has one place in, so that memory is bounded and old forms are
/// overwritten by new ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FormMemory {
    /// Keys by their last bits; 0 is an empty place.
    places: Vec<u64>,
}

impl FormMemory {
    /// A memory of `places` forms, at least 1.
    pub fn new(places: usize) -> FormMemory {
        FormMemory { places: vec![0; places.max(1)] }
    }

    /// Notes `key`; was it there?
    pub fn note(&mut self, key: Key) -> bool {
        let at = (key.0 % self.places.len() as u64) as usize;
        let known = self.places[at] == key.0;
        self.places[at] = key.0;
        known
    }

    /// Forgets everything: what was hopeless on other rows or in another population may not be now.
    pub fn clear(&mut self) {
        self.places.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_remembered_until_overwritten() {
        let mut memory = FormMemory::new(4);
        assert!(!memory.note(Key(5)) && memory.note(Key(5)));
        assert!(!memory.note(Key(6)) && memory.note(Key(5)));
        assert!(!memory.note(Key(9)) && !memory.note(Key(5)));
        memory.clear();
        assert!(!memory.note(Key(6)));
    }
}
