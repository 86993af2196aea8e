//! How good a formula is: R2 on rows not seen, and whether it is the law.

mod exact;
mod solution;

pub use exact::Exactness;
pub use solution::is_solution;

use symfolio::Expr;

use crate::instance::Rows;

/// 1 - NMSE of `expr` on `rows`; `None` where it is undefined on some row.
pub fn r2(expr: &Expr, rows: &Rows) -> Option<f64> {
    let nmse = rows.nmse(expr);
    nmse.is_finite().then_some(1.0 - nmse)
}

/// The loss m of a run, 0 to 1: with a law, whether it was missed; else 1 - R2 on rows not seen, clipped.
pub fn loss(exact: Option<bool>, test_r2: Option<f64>) -> f64 {
    match (exact, test_r2) {
        (Some(exact), _) => f64::from(u8::from(!exact)),
        (None, Some(r2)) => (1.0 - r2).clamp(0.0, 1.0),
        (None, None) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_between_0_and_1() {
        for (exact, r2, expect) in [
            (Some(true), Some(0.2), 0.0),
            (Some(false), Some(1.0), 1.0),
            (None, Some(0.75), 0.25),
            (None, Some(-30.0), 1.0),
            (None, None, 1.0),
        ] {
            assert_eq!(loss(exact, r2), expect);
        }
    }
}
