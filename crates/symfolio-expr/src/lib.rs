//! Expressions: operators, text forms, complexity, evaluation and derivatives.
