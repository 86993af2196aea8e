//! Which rows stand for all of them.

/// At most `limit` of the rows `0..n_rows`, scattered: in the order of a hash of the row number.
///
/// Every beginning of it is itself a fair sample, whatever the order of the data, and neighbours in it have nothing to do
/// with each other; folds may be cut from it by position. Samples of different limits are nested.
pub(crate) fn scattered(n_rows: usize, limit: usize) -> Vec<u32> {
    let n_rows = u32::try_from(n_rows).unwrap_or(u32::MAX);
    let mut keyed: Vec<(u64, u32)> = (0..n_rows).map(|row| (hash(u64::from(row)), row)).collect();
    if keyed.len() > limit {
        keyed.select_nth_unstable(limit);
        keyed.truncate(limit);
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) fn hash(word: u64) -> u64 {
    let mut z = word.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_nested_and_cover_the_rows() {
        let all = scattered(1000, usize::MAX);
        let some = scattered(1000, 100);
        assert_eq!(all[..100], some);
        let mut sorted = all.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().enumerate().all(|(i, row)| i == *row as usize));
        // A fair sample of 0..1000 has a mean near 500; its standard error is 29.
        let mean = some.iter().map(|row| f64::from(*row)).sum::<f64>() / 100.0;
        assert!((mean - 500.0).abs() < 90.0, "{mean}");
    }
}
