//! [`Emphasis`]: a squared error in which smooth residuals count more, or less, than the others.

use symfolio_expr::math;

use crate::data::FitData;

/// Most waves in a basis.
pub(crate) const MOST_WAVES: usize = 24;

/// Residuals are split into a smooth part, made up of slow waves over the rows, and the rest; each part's squares are
/// multiplied by a factor.
///
/// `smooth` 1 and `rest` small is the loss of low-passed rows. `smooth` small and `rest` 1 is the loss of the expression
/// plus a free smooth curve whose size is penalised with `smooth / (1 - smooth)`: a perturbation that bridges valleys,
/// and fades as `smooth` grows to 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Emphasis<'a> {
    /// Orthonormal under the weights, one slice a wave, one value a row.
    pub waves: &'a [Vec<f64>],
    pub smooth: f64,
    pub rest: f64,
}

/// Slow cosine waves over the ranges of the variables, slowest first, orthonormal under the data's weights.
pub(crate) fn waves(data: &FitData<'_>) -> Vec<Vec<f64>> {
    let n = data.n_rows();
    let columns: Vec<Vec<f64>> =
        (0..data.columns.n_features()).filter_map(|index| scaled(data.columns.column(index))).collect();
    let mut waves: Vec<Vec<f64>> = Vec::new();
    for orders in orders(columns.len()) {
        let mut wave: Vec<f64> = (0..n)
            .map(|row| {
                let wave = |(order, column): (&usize, &Vec<f64>)| {
                    math::cos(std::f64::consts::PI * *order as f64 * column[row])
                };
                orders.iter().zip(&columns).map(wave).product()
            })
            .collect();
        let inner = |a: &[f64], b: &[f64]| -> f64 { (0..n).map(|row| data.weight(row) * a[row] * b[row]).sum() };
        let length = inner(&wave, &wave);
        for other in &waves {
            let share = inner(&wave, other);
            wave.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
        }
        let left = inner(&wave, &wave);
        if left > 1e-6 * length && left > 0.0 {
            wave.iter_mut().for_each(|value| *value /= left.sqrt());
            waves.push(wave);
        }
    }
    waves
}

/// The values from 0 to 1; `None` where they do not vary.
fn scaled(column: &[f64]) -> Option<Vec<f64>> {
    let low = column.iter().copied().fold(f64::INFINITY, f64::min);
    let high = column.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let usable = (high - low).is_finite() && high > low;
    usable.then(|| column.iter().map(|x| (x - low) / (high - low)).collect())
}

/// Half-turns along each variable, those with few in total first.
fn orders(n_variables: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = vec![vec![0; n_variables]];
    let mut last = found.clone();
    while found.len() < MOST_WAVES && n_variables > 0 {
        let mut next: Vec<Vec<usize>> = Vec::new();
        for orders in &last {
            for index in 0..n_variables {
                let mut orders = orders.clone();
                orders[index] += 1;
                if !next.contains(&orders) {
                    next.push(orders);
                }
            }
        }
        found.extend(next.iter().cloned());
        last = next;
    }
    found.truncate(MOST_WAVES);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use symfolio_expr::Columns;

    #[test]
    fn waves_are_orthonormal() {
        let x: Vec<f64> = (0..40).map(|row| f64::from(row * row % 41)).collect();
        let z: Vec<f64> = (0..40).map(|row| f64::from(row % 7)).collect();
        let weights: Vec<f64> = (0..40).map(|row| 0.5 + f64::from(row % 3)).collect();
        let constant = vec![2.0; 40];
        for columns in [vec![&x], vec![&x, &z], vec![&constant]] {
            let columns = Columns::new(columns.into_iter().map(Vec::as_slice));
            let data = FitData { columns: &columns, target: &x, weights: Some(&weights) };
            let waves = waves(&data);
            assert!(!waves.is_empty() && waves.len() <= MOST_WAVES);
            for (i, a) in waves.iter().enumerate() {
                for (j, b) in waves.iter().enumerate() {
                    let inner: f64 = (0..40).map(|row| weights[row] * a[row] * b[row]).sum();
                    assert!((inner - f64::from(u8::from(i == j))).abs() < 1e-9, "{i} {j} {inner}");
                }
            }
        }
    }
}
