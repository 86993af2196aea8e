//! What `symfolio bench` measures: the constant fitter on families of hard landscapes.

mod families;
mod fit;
mod landscapes;

pub use families::{FAMILIES, Family};
pub use fit::{Ablation, FamilyScore, FitBench};
pub use landscapes::Landscape;
