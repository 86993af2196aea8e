//! Symfolio finds the formula behind data: the facade with the default backends.
