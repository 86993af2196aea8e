//! [`Archive`]: the non-dominated candidates in (loss, complexity).

use symfolio_expr::{Key, math};

use crate::Candidate;

/// The non-dominated candidates in (loss, complexity), by ascending complexity.
///
/// A candidate dominates another when it is no worse in both and better in one. Losses below [`Archive::floor`] count as
/// equal: below the rounding error of the data a smaller loss says nothing. Ties are broken by loss, then by the form's key,
/// so that the content does not depend on the order of insertion.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    floor: f64,
    front: Vec<Candidate>,
}

impl Archive {
    /// An empty archive; losses below `floor` count as equal.
    pub fn new(floor: f64) -> Archive {
        Archive { floor, front: Vec::new() }
    }

    /// Losses below it count as equal.
    pub fn floor(&self) -> f64 {
        self.floor
    }

    /// The candidates by ascending complexity, so by descending loss.
    pub fn front(&self) -> &[Candidate] {
        &self.front
    }

    /// The candidate of smallest loss.
    pub fn best(&self) -> Option<&Candidate> {
        self.front.last()
    }

    /// Would a form of this loss, complexity and key enter?
    pub fn accepts(&self, loss: f64, complexity: u32, key: Key) -> bool {
        if !loss.is_finite() {
            return false;
        }
        let level = loss.max(self.floor);
        !self.front.iter().any(|held| {
            let held_level = held.loss.max(self.floor);
            if held.complexity < complexity {
                held_level <= level
            } else if held.complexity == complexity {
                held_level < level || (held_level == level && order(held, loss, key))
            } else {
                false
            }
        })
    }

    /// Takes `candidate` in, and lets go what it dominates; says whether it entered.
    pub fn insert(&mut self, candidate: Candidate) -> bool {
        if !self.accepts(candidate.loss, candidate.complexity, candidate.form.key()) {
            return false;
        }
        let level = candidate.loss.max(self.floor);
        self.front.retain(|held| held.complexity < candidate.complexity || held.loss.max(self.floor) < level);
        let at = self.front.partition_point(|held| held.complexity < candidate.complexity);
        self.front.insert(at, candidate);
        true
    }

    /// Area gained in (log10 loss, complexity) below `reference` and up to `max_complexity`, in decades times complexity; losses
    /// count from the floor, or 16 decades below the reference, whichever is higher. Grows with every accepted candidate.
    pub fn hypervolume(&self, reference: f64, max_complexity: u32) -> f64 {
        let lowest = self.floor.max(reference * 1e-16).max(f64::MIN_POSITIVE);
        let mut area = 0.0;
        for (i, held) in self.front.iter().enumerate() {
            let until = self.front.get(i + 1).map_or(max_complexity, |next| next.complexity.min(max_complexity));
            let width = f64::from(until.saturating_sub(held.complexity));
            let depth = (math::log(reference / held.loss.max(lowest)) / std::f64::consts::LN_10).max(0.0);
            area += width * depth;
        }
        area
    }
}

/// Does the held candidate come before a rival of the same level and complexity?
fn order(held: &Candidate, loss: f64, key: Key) -> bool {
    held.loss.total_cmp(&loss).then_with(|| held.form.key().cmp(&key)).is_le()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use symfolio_expr::Expr;

    use super::*;
    use crate::Lineage;

    fn candidate(loss: f64, complexity: u32, mark: u16) -> Candidate {
        let form = Expr::var(mark).into();
        Candidate { id: 0, form, loss, complexity, run: 0, origin: Vec::new(), lineage: Lineage::default() }
    }

    #[test]
    fn dominated_candidates_stay_out_or_leave() {
        let mut archive = Archive::new(1e-9);
        for (loss, complexity, enters) in [
            (1.0, 5, true),
            (2.0, 6, false),
            (0.5, 7, true),
            (0.4, 4, true),
            (f64::NAN, 1, false),
            (f64::INFINITY, 1, false),
            (1e-12, 9, true),
            (1e-15, 11, false),
            (1e-11, 8, true),
        ] {
            assert_eq!(archive.insert(candidate(loss, complexity, 0)), enters, "{loss} {complexity}");
        }
        let front: Vec<(f64, u32)> = archive.front().iter().map(|c| (c.loss, c.complexity)).collect();
        assert_eq!(front, [(0.4, 4), (1e-11, 8)]);
    }

    #[test]
    fn hypervolume_counts_decades_below_the_reference() {
        let mut archive = Archive::new(0.0);
        assert_eq!(archive.hypervolume(1.0, 10), 0.0);
        archive.insert(candidate(0.1, 2, 0));
        assert!((archive.hypervolume(1.0, 10) - 8.0).abs() < 1e-12);
        archive.insert(candidate(0.01, 6, 0));
        assert!((archive.hypervolume(1.0, 10) - (4.0 + 8.0)).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn content_does_not_depend_on_the_order(points in prop::collection::vec((0u32..40, 1u32..9, 0u16..4), 1..30), shift in 0usize..30) {
            let candidates: Vec<Candidate> = points.iter().map(|(l, c, m)| candidate(10f64.powi(-(*l as i32) / 3), *c, *m)).collect();
            let mut forward = Archive::new(1e-8);
            candidates.iter().cloned().for_each(|c| { forward.insert(c); });
            let mut turned = Archive::new(1e-8);
            let n = candidates.len();
            (0..n).for_each(|i| { turned.insert(candidates[(n - 1 - i + shift) % n].clone()); });
            prop_assert_eq!(forward.front(), turned.front());
        }
    }
}
