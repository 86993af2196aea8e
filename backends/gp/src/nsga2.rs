//! Non-dominated sorting and crowding in (loss, complexity): NSGA-II (Deb et al. 2002), what may be offered first (Deb 2000).

use symfolio_expr::math;

/// Losses that differ by less than this share count as equal: the same function in other words.
const SAME: f64 = 1e-10;

/// Where a member stands among the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    /// 0 for the non-dominated members, 1 for those that only rank 0 dominates, ...
    pub rank: u32,
    /// How empty its neighbourhood within its rank is; infinite at the ends.
    pub crowding: f64,
}

/// Ranks by front. A member is also dominated by an earlier one of equal complexity and the same loss (to 1e-10 of
/// it), so that copies do not fill the first fronts. `O(n log n)`: in the order of (complexity, loss) a front
/// dominates a member exactly if its smallest loss so far does.
pub(crate) fn ranks(points: &[(f64, u32)]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*a].1.cmp(&points[*b].1).then(points[*a].0.total_cmp(&points[*b].0)).then(a.cmp(b)));
    let mut ranks = vec![0; points.len()];
    // Smallest loss of each front so far; ascending.
    let mut smallest: Vec<f64> = Vec::new();
    for at in order {
        let loss = points[at].0;
        let rank = smallest.partition_point(|held| loss >= held * (1.0 - SAME));
        if rank == smallest.len() {
            smallest.push(loss);
        } else {
            smallest[rank] = loss;
        }
        ranks[at] = rank as u32;
    }
    ranks
}

/// Ranks and crowding of all members. Distances are in log loss and complexity, each over its range.
pub(crate) fn standings(points: &[(f64, u32)]) -> Vec<Standing> {
    let ranks = ranks(points);
    let mut standings: Vec<Standing> = ranks.iter().map(|rank| Standing { rank: *rank, crowding: 0.0 }).collect();
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| {
        let ((loss_a, complexity_a), (loss_b, complexity_b)) = (points[*a], points[*b]);
        ranks[*a].cmp(&ranks[*b]).then(complexity_a.cmp(&complexity_b)).then(loss_a.total_cmp(&loss_b)).then(a.cmp(b))
    });
    let height: Vec<f64> = points.iter().map(|(loss, _)| math::log(loss.max(f64::MIN_POSITIVE))).collect();
    for front in order.chunk_by(|a, b| ranks[*a] == ranks[*b]) {
        let [first, .., last] = front else {
            standings[front[0]].crowding = f64::INFINITY;
            continue;
        };
        let width = f64::from(points[*last].1 - points[*first].1).max(1.0);
        let fall = (height[*first] - height[*last]).abs().max(f64::MIN_POSITIVE);
        standings[*first].crowding = f64::INFINITY;
        standings[*last].crowding = f64::INFINITY;
        for around in front.windows(3) {
            let (before, after) = (around[0], around[2]);
            standings[around[1]].crowding =
                f64::from(points[after].1 - points[before].1) / width + (height[before] - height[after]).abs() / fall;
        }
    }
    standings
}

/// [`standings`] where members may break what is asked of their values, by `breaches` (0 for those that do not): these stand below all
/// others, and among themselves by how little they break it, whatever their loss. So a population that has nothing to offer is led to where
/// it has, and one that does gives no place to the others (Deb 2000, *An efficient constraint handling method*).
pub(crate) fn feasible_first(points: &[(f64, u32)], breaches: &[f64]) -> Vec<Standing> {
    if breaches.iter().all(|breach| *breach == 0.0) {
        return standings(points);
    }
    let (sound, mut broken): (Vec<usize>, Vec<usize>) = (0..points.len()).partition(|at| breaches[*at] == 0.0);
    let of_sound = standings(&sound.iter().map(|at| points[*at]).collect::<Vec<_>>());
    let fronts = of_sound.iter().map(|standing| standing.rank + 1).max().unwrap_or(0);
    let mut all = vec![Standing { rank: fronts, crowding: 0.0 }; points.len()];
    sound.iter().zip(of_sound).for_each(|(at, standing)| all[*at] = standing);
    broken.sort_by(|a, b| breaches[*a].total_cmp(&breaches[*b]).then(a.cmp(b)));
    (fronts..).zip(&broken).for_each(|(rank, at)| all[*at].rank = rank);
    all
}

/// Positions of the `keep` members that stand best, by rank, then by crowding; ascending.
pub(crate) fn survivors(standings: &[Standing], keep: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..standings.len()).collect();
    order.sort_by(|a, b| better(standings[*a], standings[*b]).then(a.cmp(b)));
    order.truncate(keep);
    order.sort_unstable();
    order
}

/// `Less` where `a` stands better than `b`.
pub(crate) fn better(a: Standing, b: Standing) -> std::cmp::Ordering {
    a.rank.cmp(&b.rank).then(b.crowding.total_cmp(&a.crowding))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition: fronts are peeled off one after the other.
    fn by_definition(points: &[(f64, u32)]) -> Vec<u32> {
        let dominates = |i: usize, j: usize| {
            let (a, b) = (points[i], points[j]);
            a.0 <= b.0 && a.1 <= b.1 && (a.0 < b.0 || a.1 < b.1 || i < j)
        };
        let mut ranks = vec![u32::MAX; points.len()];
        for rank in 0..points.len() as u32 {
            let left: Vec<usize> = (0..points.len()).filter(|i| ranks[*i] == u32::MAX).collect();
            for j in &left {
                if !left.iter().any(|i| i != j && dominates(*i, *j)) {
                    ranks[*j] = rank;
                }
            }
        }
        ranks
    }

    proptest! {
        #[test]
        fn ranks_are_those_of_the_definition(points in prop::collection::vec((0u32..12, 1u32..9), 1..40)) {
            let points: Vec<(f64, u32)> = points.into_iter().map(|(loss, complexity)| (f64::from(loss), complexity)).collect();
            prop_assert_eq!(ranks(&points), by_definition(&points));
        }

        #[test]
        fn the_first_front_survives(points in prop::collection::vec((1u32..50, 1u32..9), 20..40)) {
            let points: Vec<(f64, u32)> = points.into_iter().map(|(loss, complexity)| (f64::from(loss), complexity)).collect();
            let ranks = ranks(&points);
            let kept = survivors(&standings(&points), 12);
            prop_assert_eq!(kept.len(), 12);
            for i in (0..points.len()).filter(|i| ranks[*i] == 0) {
                prop_assert!(kept.contains(&i));
            }
        }
    }

    #[test]
    fn copies_fall_behind() {
        assert_eq!(ranks(&[(1.0, 3), (1.0, 3), (1.0 + 1e-13, 3), (1.0, 4), (0.5, 4)]), [0, 1, 2, 3, 0]);
    }

    #[test]
    fn what_may_be_offered_stands_first() {
        let points = [(1.0, 3), (0.1, 3), (0.5, 5), (0.01, 1)];
        let ranks =
            |breaches: [f64; 4]| feasible_first(&points, &breaches).iter().map(|it| it.rank).collect::<Vec<_>>();
        assert_eq!(ranks([0.0; 4]), [2, 1, 2, 0]);
        assert_eq!(ranks([0.0, 0.2, 0.0, 0.1]), [0, 2, 0, 1]);
        assert_eq!(ranks([0.3, 0.2, 0.4, 0.1]), [2, 1, 3, 0]);
        assert_eq!(survivors(&feasible_first(&points, &[0.0, 0.2, 0.0, 0.1]), 3), [0, 2, 3]);
    }

    #[test]
    fn ends_and_lonely_members_are_least_crowded() {
        let standings = standings(&[(1.0, 1), (0.5, 2), (0.4, 3), (0.3, 9), (1e-6, 10)]);
        assert!(standings.iter().all(|standing| standing.rank == 0));
        assert!(standings[0].crowding.is_infinite() && standings[4].crowding.is_infinite());
        assert!(standings[3].crowding > standings[2].crowding && standings[2].crowding > standings[1].crowding);
    }
}
