//! [`Point`]: constants as argmin handles them.
//!
//! argmin-math has these traits for `Vec<f64>`, together with a dependency on an operating system's randomness, which does
//! not exist everywhere that Symfolio runs and which nothing here may use. The few that L-BFGS and Nelder-Mead need are these.

use argmin_math::{
    ArgminAdd, ArgminDot, ArgminL1Norm, ArgminL2Norm, ArgminMinMax, ArgminMul, ArgminScaledAdd, ArgminSignum,
    ArgminSub, ArgminZeroLike,
};

/// A point, or a direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Point(pub Vec<f64>);

impl Point {
    fn each(&self, f: impl Fn(f64) -> f64) -> Point {
        Point(self.0.iter().map(|value| f(*value)).collect())
    }

    fn with(&self, other: &Point, f: impl Fn(f64, f64) -> f64) -> Point {
        Point(self.0.iter().zip(&other.0).map(|(a, b)| f(*a, *b)).collect())
    }
}

impl ArgminAdd<Point, Point> for Point {
    fn add(&self, other: &Point) -> Point {
        self.with(other, |a, b| a + b)
    }
}

impl ArgminAdd<f64, Point> for Point {
    fn add(&self, other: &f64) -> Point {
        self.each(|a| a + other)
    }
}

impl ArgminSub<Point, Point> for Point {
    fn sub(&self, other: &Point) -> Point {
        self.with(other, |a, b| a - b)
    }
}

impl ArgminSub<f64, Point> for Point {
    fn sub(&self, other: &f64) -> Point {
        self.each(|a| a - other)
    }
}

impl ArgminMul<f64, Point> for Point {
    fn mul(&self, other: &f64) -> Point {
        self.each(|a| a * other)
    }
}

impl ArgminMul<Point, Point> for Point {
    fn mul(&self, other: &Point) -> Point {
        self.with(other, |a, b| a * b)
    }
}

impl ArgminScaledAdd<Point, f64, Point> for Point {
    fn scaled_add(&self, factor: &f64, other: &Point) -> Point {
        self.with(other, |a, b| a + factor * b)
    }
}

impl ArgminDot<Point, f64> for Point {
    fn dot(&self, other: &Point) -> f64 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

impl ArgminL1Norm<f64> for Point {
    fn l1_norm(&self) -> f64 {
        self.0.iter().map(|a| a.abs()).sum()
    }
}

impl ArgminL2Norm<f64> for Point {
    fn l2_norm(&self) -> f64 {
        self.dot(self).sqrt()
    }
}

impl ArgminSignum for Point {
    fn signum(self) -> Point {
        self.each(f64::signum)
    }
}

impl ArgminZeroLike for Point {
    fn zero_like(&self) -> Point {
        self.each(|_| 0.0)
    }
}

impl ArgminMinMax for Point {
    fn min(x: &Point, y: &Point) -> Point {
        x.with(y, f64::min)
    }

    fn max(x: &Point, y: &Point) -> Point {
        x.with(y, f64::max)
    }
}
