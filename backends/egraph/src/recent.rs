//! [`Recent`]: the keys met lately, in bounded memory.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use symfolio_expr::Key;

/// The keys met lately: at least the last [`Recent::HALF`], at most twice as many. A search that forgets nothing grows for as
/// long as it runs; one that meets a form again after so many others only measures it twice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recent {
    young: BTreeSet<Key>,
    old: BTreeSet<Key>,
}

impl Recent {
    pub(crate) const HALF: usize = 5_000;

    /// Notes `key`; says whether it is new.
    pub(crate) fn insert(&mut self, key: Key) -> bool {
        if self.young.contains(&key) || self.old.contains(&key) {
            return false;
        }
        if self.young.len() >= Recent::HALF {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key)
    }
}

#[cfg(test)]
mod tests {
    use symfolio_expr::{Expr, Op};

    use super::*;

    #[test]
    fn the_last_keys_are_known_and_the_memory_is_bounded() {
        let key = |i: usize| Expr::apply(Op::Add, &[&Expr::var(0), &Expr::constant(i as f64)]).form_key();
        let mut recent = Recent::default();
        for i in 0..3 * Recent::HALF {
            assert!(recent.insert(key(i)) && !recent.insert(key(i)), "{i}");
            assert!(i < Recent::HALF || !recent.insert(key(i - Recent::HALF)), "{i}");
            assert!(recent.young.len() + recent.old.len() <= 2 * Recent::HALF);
        }
        assert!(recent.insert(key(0)), "long ago");
    }
}
