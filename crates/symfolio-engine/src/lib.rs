//! Runs a study: data, slots, slices, the event log, checkpoints.
