//! Small systems of linear equations over exponents.

/// Entries smaller than this are nothing: exponents are fractions of small whole numbers.
const NOTHING: f64 = 1e-9;

/// Brings `rows` to reduced row echelon form over their first `n_columns` entries, what stands behind them along. Returns the columns of the
/// pivots; the rows behind as many are 0 in these columns.
pub(super) fn reduce(rows: &mut [Vec<f64>], n_columns: usize) -> Vec<usize> {
    let mut pivots = Vec::new();
    for column in 0..n_columns {
        let done = pivots.len();
        let size = |row: &Vec<f64>| row[column].abs();
        let best = (done..rows.len()).max_by(|a, b| size(&rows[*a]).total_cmp(&size(&rows[*b])));
        let Some(best) = best.filter(|best| size(&rows[*best]) > NOTHING) else { continue };
        rows.swap(done, best);
        let pivot = rows[done][column];
        rows[done].iter_mut().for_each(|entry| *entry /= pivot);
        let row = rows[done].clone();
        for (at, other) in rows.iter_mut().enumerate() {
            let factor = other[column];
            if at != done && factor != 0.0 {
                other.iter_mut().zip(&row).for_each(|(entry, pivot)| *entry -= factor * pivot);
                other[column] = 0.0;
            }
        }
        pivots.push(column);
    }
    pivots
}

/// Is this entry of a reduced system 0?
pub(super) fn is_nothing(entry: f64) -> bool {
    entry.abs() <= NOTHING
}

/// The rank of `rows`.
pub(super) fn rank(mut rows: Vec<Vec<f64>>) -> usize {
    let n_columns = rows.first().map_or(0, Vec::len);
    reduce(&mut rows, n_columns).len()
}
