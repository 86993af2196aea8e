//! [`UnitRule`]: what an operator asks of its arguments' units, and what unit its value has.

/// What an operator asks of the units of its arguments, and what unit its value has. One for each row of the operator table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitRule {
    /// All arguments have one unit, which the value has too: `a + b`, `min(a, b)`, `abs(a)`.
    Agree,
    /// Both arguments have one unit, the value none: `less(a, b)`.
    Compare,
    /// The product of the arguments' units.
    Product,
    /// Their quotient.
    Quotient,
    /// The argument's unit to this power, in twelfths: 24 for a square, 6 for a root.
    Power(i16),
    /// A power: the exponent has no unit; unless it is a number, the base has none either, nor has the value.
    Exponent,
    /// The argument has no unit, and the value has none: functions such as `exp` and `sin`, which mix powers of their argument.
    Pure,
    /// The first argument may have any unit, the other two have one, which the value has too.
    Choose,
}
