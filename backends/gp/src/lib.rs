//! Memetic genetic programming: NSGA-II over loss and complexity, every child's constants fitted.
