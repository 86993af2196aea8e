//! Do methods differ over many problems? Friedman's test, and Nemenyi's critical difference of mean ranks (Demsar 2006, section 3.2.2).

use statrs::distribution::{ChiSquared, ContinuousCDF as _, FisherSnedecor};

use super::ranks;

/// The result of Friedman's test.
#[derive(Clone, Debug, PartialEq)]
pub struct Friedman {
    /// Mean rank of each method, 1 for the best.
    pub mean_ranks: Vec<f64>,
    /// Number of problems.
    pub n: usize,
    /// Friedman's statistic, corrected for ties (Conover 1999, section 5.8).
    pub chi_squared: f64,
    /// Its p-value by the chi-squared distribution.
    pub p_chi_squared: f64,
    /// Iman and Davenport's p-value, which is less conservative.
    pub p_f: f64,
}

/// Friedman's test on `values`, one row a problem with a value of every method, lower ones better. `None` for fewer than two methods or
/// problems, or where all values of every problem are equal.
pub fn friedman(values: &[Vec<f64>]) -> Option<Friedman> {
    let (n, k) = (values.len(), values.first()?.len());
    if n < 2 || k < 2 {
        return None;
    }
    let ranked: Vec<Vec<f64>> = values.iter().map(|row| ranks(row)).collect();
    let sums: Vec<f64> = (0..k).map(|method| ranked.iter().map(|row| row[method]).sum()).collect();
    let (n_f, k_f) = (n as f64, k as f64);
    let expected = n_f * (k_f + 1.0) / 2.0;
    let between: f64 = sums.iter().map(|sum| (sum - expected).powi(2)).sum();
    let within = ranked.iter().flatten().map(|rank| rank * rank).sum::<f64>() - n_f * k_f * (k_f + 1.0).powi(2) / 4.0;
    if within <= 0.0 {
        return None;
    }
    let chi_squared = (k_f - 1.0) * between / within;
    let left = n_f * (k_f - 1.0) - chi_squared;
    let p_f = match left > 1e-12 {
        true => FisherSnedecor::new(k_f - 1.0, (n_f - 1.0) * (k_f - 1.0)).ok()?.sf((n_f - 1.0) * chi_squared / left),
        false => 0.0,
    };
    Some(Friedman {
        mean_ranks: sums.iter().map(|sum| sum / n_f).collect(),
        n,
        chi_squared,
        p_chi_squared: ChiSquared::new(k_f - 1.0).ok()?.sf(chi_squared),
        p_f,
    })
}

/// Critical values of the studentised range over the square root of 2 at 0.05, for 2, 3, ... methods (Demsar 2006, table 5, and its
/// continuation by the same distribution).
const Q_05: [f64; 19] = [
    1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164, 3.219, 3.268, 3.313, 3.354, 3.391, 3.426, 3.458,
    3.489, 3.517, 3.544,
];

/// Mean ranks of `k` methods over `n` problems that differ by less than this do not differ significantly at 0.05 (Nemenyi). `None` for
/// fewer than 2 or more than 20 methods.
pub fn critical_difference(k: usize, n: usize) -> Option<f64> {
    let q = Q_05.get(k.checked_sub(2)?)?;
    let k = k as f64;
    Some(q * (k * (k + 1.0) / (6.0 * n as f64)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn demsar_s_example() {
        // Demsar 2006, section 3.2.2: 14 data sets, 4 methods with mean ranks 3.143, 2.000, 2.893 and 1.964: chi squared is
        // 9.28, F is 3.69, and the critical difference is 2.569 * sqrt(4*5/(6*14)) = 1.25.
        let values: [[f64; 4]; 14] = [
            [0.763, 0.768, 0.771, 0.798],
            [0.599, 0.591, 0.590, 0.569],
            [0.954, 0.971, 0.968, 0.967],
            [0.628, 0.661, 0.654, 0.657],
            [0.882, 0.888, 0.886, 0.898],
            [0.936, 0.931, 0.916, 0.931],
            [0.661, 0.668, 0.609, 0.685],
            [0.583, 0.583, 0.563, 0.625],
            [0.775, 0.838, 0.866, 0.875],
            [1.000, 1.000, 1.000, 1.000],
            [0.940, 0.962, 0.965, 0.962],
            [0.619, 0.666, 0.614, 0.669],
            [0.972, 0.981, 0.9751, 0.975],
            [0.957, 0.978, 0.946, 0.970],
        ];
        let losses: Vec<Vec<f64>> = values.iter().map(|row| row.iter().map(|value| 1.0 - value).collect()).collect();
        let found = friedman(&losses).unwrap();
        let rounded: Vec<String> = found.mean_ranks.iter().map(|rank| format!("{rank:.3}")).collect();
        assert_eq!(rounded, ["3.143", "2.000", "2.893", "1.964"]);
        // Without the correction for ties 9.28; the four equal values of one row and two pairs make it a little more.
        assert!((9.28..10.5).contains(&found.chi_squared), "{found:?}");
        assert!(found.p_f < 0.05 && found.p_f < found.p_chi_squared, "{found:?}");
        assert_eq!(critical_difference(4, 14).map(|cd| format!("{cd:.2}")), Some("1.25".into()));
    }

    #[test]
    fn a_hand_computed_case() {
        // Ranks (1, 2, 3), (1, 2, 3), (1, 3, 2): sums 3, 7, 8; 12/(3*3*4) * (9 + 49 + 64) - 3*3*4 = 14/3.
        let found = friedman(&[vec![0.1, 0.2, 0.3], vec![1.0, 2.0, 3.0], vec![0.0, 9.0, 5.0]]).unwrap();
        assert!((found.chi_squared - 14.0 / 3.0).abs() < 1e-12);
        // The chi-squared distribution of two degrees of freedom is exponential.
        assert!((found.p_chi_squared - (-7.0f64 / 3.0).exp()).abs() < 1e-12);
        // F = 2*(14/3)/(6 - 14/3) = 7 with 2 and 4 degrees of freedom: p = (1 + 7*2/4)**-2.
        assert!((found.p_f - 4.5f64.powi(-2)).abs() < 1e-12, "{}", found.p_f);
    }

    #[test]
    fn too_little_is_no_test() {
        assert_eq!(friedman(&[]), None);
        assert_eq!(friedman(&[vec![1.0, 2.0]]), None);
        assert_eq!(friedman(&[vec![1.0, 1.0], vec![2.0, 2.0]]), None);
        assert_eq!((critical_difference(1, 9), critical_difference(21, 9)), (None, None));
    }
}
