//! [`Population`]: the members that children are made of, and how they stand.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::individual::Individual;
use crate::nsga2::{Standing, better, feasible_first, survivors};

/// The members that children are made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Population {
    pub members: Vec<Individual>,
}

impl Population {
    /// Losses and complexities, with losses below `floor` made equal.
    pub fn points(&self, floor: f64) -> Vec<(f64, u32)> {
        self.members.iter().map(|member| (member.loss.max(floor), member.complexity)).collect()
    }

    fn standings(&self, points: &[(f64, u32)]) -> Vec<Standing> {
        let breaches: Vec<f64> = self.members.iter().map(|member| member.breach).collect();
        feasible_first(points, &breaches)
    }

    /// Keeps the `keep` members that stand best among themselves and `offspring`.
    pub fn replace(&mut self, offspring: Vec<Individual>, keep: usize, floor: f64) {
        self.members.extend(offspring);
        let kept = survivors(&self.standings(&self.points(floor)), keep);
        let mut wanted = kept.into_iter().peekable();
        let mut at = 0;
        self.members.retain(|_| {
            let keep = wanted.peek() == Some(&at);
            if keep {
                wanted.next();
            }
            at += 1;
            keep
        });
    }
}

/// How the members of a population stand; made anew when the population changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ladder {
    standings: Vec<Standing>,
    points: Vec<(f64, u32)>,
    /// Which members keep to what is asked of their values.
    sound: Vec<bool>,
    /// Members of each member's complexity, over the mean of all complexities that occur.
    crowds: Vec<f64>,
    /// Fronts of those members.
    fronts: usize,
}

impl Ladder {
    pub fn new(population: &Population, floor: f64) -> Ladder {
        let points = population.points(floor);
        let standings = population.standings(&points);
        let sound: Vec<bool> = population.members.iter().map(|member| member.breach == 0.0).collect();
        let most = points.iter().map(|point| point.1).max().unwrap_or(0) as usize;
        let mut counts = vec![0usize; most + 1];
        points.iter().for_each(|point| counts[point.1 as usize] += 1);
        let levels = counts.iter().filter(|count| **count > 0).count().max(1);
        let mean = points.len().max(1) as f64 / levels as f64;
        let crowds = points.iter().map(|point| counts[point.1 as usize] as f64 / mean).collect();
        let ranks = standings.iter().zip(&sound).filter(|(_, sound)| **sound).map(|(standing, _)| standing.rank);
        let fronts = ranks.max().map_or(0, |rank| rank as usize + 1);
        Ladder { standings, points, sound, crowds, fronts }
    }

    /// Would a child of this loss and complexity stand below every present front of members that may be offered?
    pub fn is_hopeless(&self, loss: f64, complexity: u32) -> bool {
        let mut dominated = vec![false; self.fronts];
        for ((point, standing), sound) in self.points.iter().zip(&self.standings).zip(&self.sound) {
            if *sound && point.1 <= complexity && point.0 <= loss {
                dominated[standing.rank as usize] = true;
            }
        }
        self.fronts > 1 && dominated.into_iter().all(|yes| yes)
    }

    /// Position of a parent: the best of `size` drawn ones by rank, with a handicap for crowded complexities, then by
    /// crowding. `None` without members.
    pub fn tournament(&self, rng: &mut ChaCha8Rng, size: usize, parsimony: f64) -> Option<usize> {
        let n = self.standings.len();
        if n == 0 {
            return None;
        }
        let key = |at: usize| f64::from(self.standings[at].rank) + parsimony * self.crowds[at];
        let mut best = rng.random_range(0..n);
        for _ in 1..size {
            let other = rng.random_range(0..n);
            let order = key(other).total_cmp(&key(best)).then(better(self.standings[other], self.standings[best]));
            if order.is_lt() {
                best = other;
            }
        }
        Some(best)
    }
}
