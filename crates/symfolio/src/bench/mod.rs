//! What `symfolio bench` measures: the speed of evaluation, and the constant fitter on families of hard landscapes.

mod families;
mod fit;
mod kernel;
mod landscapes;

pub use families::{FAMILIES, Family};
pub use fit::{Ablation, FamilyScore, FitBench};
pub use kernel::{KernelBench, KernelScore, KernelScores};
pub use landscapes::Landscape;
