//! One file a command.

pub mod bench;
pub mod explain;
pub mod export;
pub mod fit;
pub mod fit_constants;
pub mod predict;
pub mod profile;
pub mod relate;
pub mod replay;
pub mod report;
pub mod resume;
pub mod train_prior;
