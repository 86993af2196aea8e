//! [`ranks`].

/// Rank of each value, 1 for the smallest; equal values share the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut first = 0;
    while first < order.len() {
        let same = order[first..].iter().take_while(|at| values[**at] == values[order[first]]).count();
        for at in &order[first..first + same] {
            ranks[*at] = first as f64 + (same as f64 + 1.0) / 2.0;
        }
        first += same;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        assert_eq!(ranks(&[0.3, 0.1, 0.2]), [3.0, 1.0, 2.0]);
        assert_eq!(ranks(&[1.0, 0.0, 1.0, 1.0]), [3.0, 1.0, 3.0, 3.0]);
        assert_eq!(ranks(&[5.0; 4]), [2.5; 4]);
        assert!(ranks(&[]).is_empty());
    }
}
