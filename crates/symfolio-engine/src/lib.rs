//! Runs a study: data, slots, slices, the event log, checkpoints.

pub mod data;
