//! What a row's nearest neighbours tell of it.

use symfolio_core::Table;
use symfolio_fit::Cholesky;

use crate::landmarks::{r2, standardised};

/// Neighbours whose mean is the landmark.
const NEAREST: usize = 5;
/// Most rows, and most products of (rows, rows, features), in one search for neighbours.
const MAX_ROWS: usize = 1000;
const MAX_WORK: usize = 10_000_000;
/// Most products of (rows, neighbours, features, features) in all local planes of one size, and fewest rows that say anything.
const MAX_PLANES: usize = 100_000_000;
const MIN_CENTRES: usize = 100;
/// Sizes of the neighbourhoods that noise is measured in, as multiples of the number of coefficients of a local plane.
const SIZES: [usize; 2] = [2, 4];

/// What neighbours say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Neighbours {
    /// R2 of the mean of the nearest neighbours of each row, the row itself left out.
    pub r2: f64,
    /// One entry a set of features: what local planes leave over in neighbourhoods of growing size.
    pub local: Vec<Vec<Residue>>,
}

/// What local planes leave over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Residue {
    /// Mean square of the distance to the farthest neighbour, by feature, in standard deviations.
    pub radius2: f64,
    /// Share of the target's variance that is left of a row around the plane through its neighbours, freed of the plane's own uncertainty: noise, and what the law
    /// is bent within the neighbourhood.
    pub variance: f64,
    /// Mean fourth power over the square of the variance: 3 for normal noise, large where a few rows hold it all.
    pub kurtosis: f64,
}

/// Measures the rows of `table`, which are in random order; `target` is its target, standardised. Noise is measured in the space of all features and in
/// those of the most relevant few: there neighbours are nearer, and idle features do no harm.
pub(crate) fn measure(table: &Table, target: &[f64], by_relevance: &[usize]) -> Neighbours {
    let scaled: Vec<Vec<f64>> = by_relevance.iter().map(|index| standardised(table.feature(*index))).collect();
    if scaled.is_empty() {
        return Neighbours::default();
    }
    let mut spaces: Vec<usize> = [1, 2, 4, 8].into_iter().filter(|n| *n < scaled.len()).collect();
    spaces.push(scaled.len());
    let mut found = Neighbours::default();
    for n_features in spaces {
        let points = Points::new(&scaled[..n_features], target);
        let nearest = points.nearest(points.largest_neighbourhood().max(NEAREST));
        found.local.push(points.residues(&nearest));
        if n_features == scaled.len() {
            found.r2 = points.mean_r2(&nearest);
        }
    }
    found
}

/// Rows of the features, shape `(n_rows, n_features)`, row by row, with their targets.
struct Points<'a> {
    n_features: usize,
    values: Vec<f64>,
    target: &'a [f64],
}

/// A neighbour: the square of its distance, and its row.
type Neighbour = (f64, u32);

impl<'a> Points<'a> {
    /// As many of the first rows as can be searched at bearable cost.
    fn new(features: &[Vec<f64>], target: &'a [f64]) -> Points<'a> {
        let n_features = features.len();
        let bearable = (MAX_WORK as f64 / n_features as f64).sqrt() as usize;
        let n_rows = target.len().min(bearable).min(MAX_ROWS);
        let values = (0..n_rows).flat_map(|row| features.iter().map(move |column| column[row])).collect();
        Points { n_features, values, target: &target[..n_rows] }
    }

    fn n_rows(&self) -> usize {
        self.target.len()
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.n_features..(row + 1) * self.n_features]
    }

    fn neighbourhood(&self, size: usize) -> usize {
        size * (self.n_features + 1)
    }

    fn largest_neighbourhood(&self) -> usize {
        self.neighbourhood(SIZES[SIZES.len() - 1])
    }

    /// The `count` nearest neighbours of each row, the nearest first; fewer where there are not so many rows.
    fn nearest(&self, count: usize) -> Vec<Vec<Neighbour>> {
        let n = self.n_rows();
        let count = count.min(n.saturating_sub(1));
        let mut all: Vec<Neighbour> = Vec::with_capacity(n);
        (0..n)
            .map(|row| {
                let centre = self.row(row);
                all.clear();
                for (other, point) in self.values.chunks_exact(self.n_features).enumerate() {
                    let distance2: f64 = centre.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum();
                    if other != row {
                        all.push((distance2, other as u32));
                    }
                }
                let order = |a: &Neighbour, b: &Neighbour| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
                if count > 0 && count < all.len() {
                    all.select_nth_unstable_by(count - 1, order);
                }
                let mut nearest = all[..count].to_vec();
                nearest.sort_unstable_by(order);
                nearest
            })
            .collect()
    }

    fn mean_r2(&self, nearest: &[Vec<Neighbour>]) -> f64 {
        let mean = self.target.iter().sum::<f64>() / self.n_rows() as f64;
        let (mut left, mut spread) = (0.0, 0.0);
        for (y, near) in self.target.iter().zip(nearest) {
            let near = &near[..near.len().min(NEAREST)];
            let value = near.iter().map(|(_, row)| self.target[*row as usize]).sum::<f64>() / near.len() as f64;
            left += (y - value).powi(2);
            spread += (y - mean).powi(2);
        }
        r2(left, spread)
    }

    /// Rows that have a local plane through so many neighbours: the first ones, as many as can be fitted at bearable cost.
    fn centres(&self, neighbours: usize) -> usize {
        let coefficients = self.n_features + 1;
        self.n_rows().min(MAX_PLANES / (neighbours * coefficients * coefficients))
    }

    /// What local planes leave over, for each size of neighbourhood that there are rows and time for.
    fn residues(&self, nearest: &[Vec<Neighbour>]) -> Vec<Residue> {
        let mut plane = Plane::default();
        let sizes = SIZES
            .iter()
            .map(|size| self.neighbourhood(*size))
            .filter(|count| *count < self.n_rows() && self.centres(*count) >= self.n_rows().min(MIN_CENTRES));
        sizes
            .map(|count| {
                let (mut squares, mut fourths, mut radius2) = (0.0, 0.0, 0.0);
                let n_centres = self.centres(count);
                for (row, near) in nearest[..n_centres].iter().enumerate() {
                    let near = &near[..count];
                    let (value, leverage) = plane.through(self, row, near);
                    let square = (self.target[row] - value).powi(2) / (1.0 + leverage);
                    squares += square;
                    fourths += square * square;
                    radius2 += near.last().map_or(0.0, |last| last.0);
                }
                let n = n_centres as f64;
                Residue {
                    radius2: radius2 / (n * self.n_features as f64),
                    variance: squares / n,
                    kurtosis: n * fourths / (squares * squares),
                }
            })
            .collect()
    }
}

/// Least squares of a plane through a neighbourhood; memory is kept between calls.
#[derive(Default)]
struct Plane {
    cholesky: Cholesky,
    matrix: Vec<f64>,
    moments: Vec<f64>,
    unit: Vec<f64>,
}

impl Plane {
    /// The value at `row` of the plane through its neighbours, and how much of their noise variance it carries.
    fn through(&mut self, points: &Points<'_>, row: usize, near: &[Neighbour]) -> (f64, f64) {
        let k = points.n_features + 1;
        self.matrix.clear();
        self.matrix.resize(k * k, 0.0);
        self.moments.clear();
        self.moments.resize(k, 0.0);
        let centre = points.row(row);
        // Targets count from the row's own, so that an offset costs no digits.
        let origin = points.target[row];
        for (_, other) in near {
            let point = points.row(*other as usize);
            let y = points.target[*other as usize] - origin;
            let entry = |j: usize| if j == 0 { 1.0 } else { point[j - 1] - centre[j - 1] };
            for i in 0..k {
                let a = entry(i);
                self.moments[i] += a * y;
                for j in 0..=i {
                    self.matrix[i * k + j] += a * entry(j);
                }
            }
        }
        self.cholesky.factorise(&self.matrix, k);
        self.cholesky.solve(&mut self.moments);
        self.unit.clear();
        self.unit.resize(k, 0.0);
        self.unit[0] = 1.0;
        self.cholesky.solve(&mut self.unit);
        (origin + self.moments[0], self.unit[0].max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::table;

    fn measured(n_rows: usize, n_features: usize, law: impl Fn(&[f64]) -> f64) -> Neighbours {
        let table = table(n_rows, n_features, law);
        measure(&table, &standardised(&table.target), &(0..n_features).collect::<Vec<usize>>())
    }

    #[test]
    fn planes_leave_nothing_of_a_plane() {
        let found = measured(300, 2, |x| 3.0 * x[0] - x[1] + 7.0);
        assert_eq!(found.local.len(), 2);
        assert!(found.local[1].iter().all(|residue| residue.variance < 1e-20), "{found:?}");
        assert!(found.local[0].iter().all(|residue| residue.variance > 0.1), "the second feature matters: {found:?}");
        assert!(found.r2 > 0.97, "{}", found.r2);
    }

    #[test]
    fn planes_in_many_dimensions_are_few() {
        for (n_rows, n_features, neighbours, n_centres) in
            [(1000, 9, 40, 1000), (447, 50, 204, 188), (360, 76, 308, 54), (270, 130, 262, 22)]
        {
            let features = vec![vec![0.0; n_rows]; n_features];
            let target = vec![0.0; n_rows];
            let points = Points::new(&features, &target);
            assert_eq!(points.centres(neighbours), n_centres, "{n_rows} {n_features}");
        }
        assert!(
            measured(400, 70, |x| x[0]).local.last().unwrap().len() == 1,
            "the larger neighbourhoods take too long"
        );
    }

    #[test]
    fn few_rows_have_few_neighbours() {
        let found = measured(3, 1, |x| x[0]);
        assert!(found.local[0].is_empty());
    }
}
