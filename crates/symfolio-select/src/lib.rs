//! Choosing and certifying formulas: description length, validation, snapped constants, intervals.
