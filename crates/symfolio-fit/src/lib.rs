//! Finding the constants of a given expression.
