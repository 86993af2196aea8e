//! The rules, one table: name, left side, right side, and what must be known for the two to be the same.
//!
//! A rule makes its two sides equal for good, in both directions and inside every other expression. Its conditions
//! therefore have to ensure that both sides have values at the same points of the domain, not only that the values
//! agree where both have one. `1/a` at 0 counts as infinite, as in floating-point arithmetic.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::condition::Condition::*;
use crate::rules::Rule;

/// Makes rows of `"name": "left" => "right" [if conditions];`, with `==` where the rule is applied in both directions.
macro_rules! rules {
    ($($name:literal: $left:literal $way:tt $right:literal $(if $($condition:expr),+)?;)*) => {
        &[$(Rule {
            name: $name,
            left: $left,
            right: $right,
            both_ways: rules!(@ $way),
            conditions: &[$($($condition),+)?],
        }),*]
    };
    (@ =>) => { false };
    (@ ==) => { true };
}

/// Rules that make an expression smaller, or at least no larger. They are applied before the others.
pub(crate) const SHRINKING: &[Rule] = rules! {
    // Neutral and absorbing elements.
    "a + 0": "(add ?a 0)" => "?a";
    "a - 0": "(sub ?a 0)" => "?a";
    "0 - a": "(sub 0 ?a)" => "(neg ?a)";
    "a - a": "(sub ?a ?a)" => "0" if Total("?a");
    "a + -a": "(add ?a (neg ?a))" => "0" if Total("?a");
    "a * 1": "(mul ?a 1)" => "?a";
    "a * 0": "(mul ?a 0)" => "0" if Total("?a");
    "0 / a": "(div 0 ?a)" => "0" if Total("?a"), NonZero("?a");
    "a / 1": "(div ?a 1)" => "?a";
    "1 / a": "(div 1 ?a)" => "(inv ?a)";
    "a / a": "(div ?a ?a)" => "1" if Total("?a"), NonZero("?a");
    "a * (1 / a)": "(mul ?a (inv ?a))" => "1" if Total("?a"), NonZero("?a");
    "(a * b) / a": "(div (mul ?a ?b) ?a)" => "?b" if Total("?a"), NonZero("?a");
    "a / (a * b)": "(div ?a (mul ?a ?b))" => "(inv ?b)" if Total("?a"), NonZero("?a");
    "(a + b) - a": "(sub (add ?a ?b) ?a)" => "?b" if Total("?a");
    "a - (a + b)": "(sub ?a (add ?a ?b))" => "(neg ?b)" if Total("?a");
    "(a - b) + b": "(add (sub ?a ?b) ?b)" => "?a" if Total("?b");
    // Signs.
    "-(-a)": "(neg (neg ?a))" => "?a";
    "-(a - b)": "(neg (sub ?a ?b))" => "(sub ?b ?a)";
    "a + -b": "(add ?a (neg ?b))" => "(sub ?a ?b)";
    "a - -b": "(sub ?a (neg ?b))" => "(add ?a ?b)";
    "-a - b": "(sub (neg ?a) ?b)" => "(neg (add ?a ?b))";
    "-1 * a": "(mul -1 ?a)" => "(neg ?a)";
    "a / -1": "(div ?a -1)" => "(neg ?a)";
    "-a * -b": "(mul (neg ?a) (neg ?b))" => "(mul ?a ?b)";
    "-a / -b": "(div (neg ?a) (neg ?b))" => "(div ?a ?b)";
    // Reciprocals.
    "1/(1/a)": "(inv (inv ?a))" => "?a";
    "a * (1/b)": "(mul ?a (inv ?b))" => "(div ?a ?b)";
    "a / (1/b)": "(div ?a (inv ?b))" => "(mul ?a ?b)";
    "1 / (a / b)": "(inv (div ?a ?b))" => "(div ?b ?a)";
    "1 / -a": "(inv (neg ?a))" => "(neg (inv ?a))";
    "(1/a) * (1/b)": "(mul (inv ?a) (inv ?b))" => "(inv (mul ?a ?b))";
    // Powers with literal exponents.
    "a ** 0": "(pow ?a 0)" => "1" if Total("?a");
    "a ** 1": "(pow ?a 1)" => "?a";
    "a ** 2": "(pow ?a 2)" => "(square ?a)";
    "a ** 3": "(pow ?a 3)" => "(cube ?a)";
    "a ** 0.5": "(pow ?a 0.5)" => "(sqrt ?a)";
    "a ** -1": "(pow ?a -1)" => "(inv ?a)";
    "a ** -0.5": "(pow ?a -0.5)" => "(inv (sqrt ?a))";
    "a ** (1/3)": "(pow ?a 0.3333333333333333)" => "(cbrt ?a)" if NonNegative("?a");
    "1 ** a": "(pow 1 ?a)" => "1" if Total("?a");
    "e ** a": "(pow 2.718281828459045 ?a)" => "(exp ?a)";
    "a * a": "(mul ?a ?a)" => "(square ?a)";
    "a * a**2": "(mul ?a (square ?a))" => "(cube ?a)";
    "a**2 / a": "(div (square ?a) ?a)" => "?a" if NonZero("?a");
    "a**3 / a": "(div (cube ?a) ?a)" => "(square ?a)" if NonZero("?a");
    "a / a**2": "(div ?a (square ?a))" => "(inv ?a)";
    "(-a)**2": "(square (neg ?a))" => "(square ?a)";
    "|a|**2": "(square (abs ?a))" => "(square ?a)";
    "(a - b)**2": "(square (sub ?a ?b))" => "(square (sub ?b ?a))";
    "(-a)**3": "(cube (neg ?a))" => "(neg (cube ?a))";
    "a**2 * b**2": "(mul (square ?a) (square ?b))" => "(square (mul ?a ?b))";
    "a**2 / b**2": "(div (square ?a) (square ?b))" => "(square (div ?a ?b))";
    "1 / a**2": "(inv (square ?a))" == "(square (inv ?a))";
    "a**3 * b**3": "(mul (cube ?a) (cube ?b))" => "(cube (mul ?a ?b))";
    "a**3 / b**3": "(div (cube ?a) (cube ?b))" => "(cube (div ?a ?b))";
    "a**m * a**n": "(mul (pow ?a ?m) (pow ?a ?n))" => "(pow ?a (add ?m ?n))" if Positive("?a"), Total("?a"), Total("?m"), Total("?n");
    "a**m / a**n": "(div (pow ?a ?m) (pow ?a ?n))" => "(pow ?a (sub ?m ?n))" if Positive("?a"), Total("?a"), Total("?m"), Total("?n");
    "a * a**n": "(mul ?a (pow ?a ?n))" => "(pow ?a (add 1 ?n))" if Positive("?a"), Total("?a"), Total("?n");
    "a**n / a": "(div (pow ?a ?n) ?a)" => "(pow ?a (sub ?n 1))" if Positive("?a"), Total("?a"), Total("?n");
    "(a**m)**n": "(pow (pow ?a ?m) ?n)" => "(pow ?a (mul ?m ?n))" if Positive("?a"), Total("?a"), Total("?m"), Total("?n");
    "(a**m)**n, n whole": "(pow (pow ?a ?m) ?n)" => "(pow ?a (mul ?m ?n))" if Whole("?m"), Whole("?n"), NonZero("?a"), Total("?a");
    "(a**n)**2": "(square (pow ?a ?n))" => "(pow ?a (mul 2 ?n))" if Positive("?a"), Total("?a"), Total("?n");
    "sqrt(a**n)": "(sqrt (pow ?a ?n))" => "(pow ?a (mul 0.5 ?n))" if Positive("?a"), Total("?a"), Total("?n");
    "(a**2)**n": "(pow (square ?a) ?n)" => "(pow ?a (mul 2 ?n))" if Positive("?a"), Total("?a"), Total("?n");
    "sqrt(a)**n": "(pow (sqrt ?a) ?n)" => "(pow ?a (mul 0.5 ?n))" if Positive("?a"), Total("?a"), Total("?n");
    "a**n * b**n": "(mul (pow ?a ?n) (pow ?b ?n))" => "(pow (mul ?a ?b) ?n)" if Positive("?a"), Positive("?b"), Total("?a"), Total("?n");
    "a**n / b**n": "(div (pow ?a ?n) (pow ?b ?n))" => "(pow (div ?a ?b) ?n)" if Positive("?a"), Positive("?b"), Total("?a"), Total("?n");
    "1 / a**n": "(inv (pow ?a ?n))" => "(pow ?a (neg ?n))" if Positive("?a"), Total("?a"), Total("?n");
    // Roots and absolute values.
    "sqrt(a**2)": "(sqrt (square ?a))" => "(abs ?a)";
    "sqrt(a)**2": "(square (sqrt ?a))" => "?a" if NonNegative("?a");
    "sqrt(a) * sqrt(b)": "(mul (sqrt ?a) (sqrt ?b))" => "(sqrt (mul ?a ?b))" if NonNegative("?a"), NonNegative("?b");
    "sqrt(a) / sqrt(b)": "(div (sqrt ?a) (sqrt ?b))" => "(sqrt (div ?a ?b))" if NonNegative("?a"), Positive("?b");
    "a / sqrt(a)": "(div ?a (sqrt ?a))" => "(sqrt ?a)" if Positive("?a");
    "sqrt(a) / a": "(div (sqrt ?a) ?a)" => "(inv (sqrt ?a))";
    "1 / sqrt(a)": "(inv (sqrt ?a))" == "(sqrt (inv ?a))";
    "cbrt(a**3)": "(cbrt (cube ?a))" => "?a";
    "cbrt(a)**3": "(cube (cbrt ?a))" => "?a";
    "cbrt(-a)": "(cbrt (neg ?a))" => "(neg (cbrt ?a))";
    "cbrt(a) * cbrt(b)": "(mul (cbrt ?a) (cbrt ?b))" => "(cbrt (mul ?a ?b))";
    "|a|, a >= 0": "(abs ?a)" => "?a" if NonNegative("?a");
    "|a|, a <= 0": "(abs ?a)" => "(neg ?a)" if NonPositive("?a");
    "|-a|": "(abs (neg ?a))" => "(abs ?a)";
    "||a||": "(abs (abs ?a))" => "(abs ?a)";
    "|a - b|": "(abs (sub ?a ?b))" => "(abs (sub ?b ?a))";
    "|a| * |b|": "(mul (abs ?a) (abs ?b))" => "(abs (mul ?a ?b))";
    "|a| / |b|": "(div (abs ?a) (abs ?b))" => "(abs (div ?a ?b))";
    // Exponentials and logarithms.
    "log(exp(a))": "(log (exp ?a))" => "?a";
    "exp(log(a))": "(exp (log ?a))" => "?a" if Positive("?a");
    "exp(a) * exp(b)": "(mul (exp ?a) (exp ?b))" => "(exp (add ?a ?b))";
    "exp(a) / exp(b)": "(div (exp ?a) (exp ?b))" => "(exp (sub ?a ?b))";
    "1 / exp(a)": "(inv (exp ?a))" => "(exp (neg ?a))";
    "b / exp(a)": "(div ?b (exp ?a))" => "(mul ?b (exp (neg ?a)))";
    "exp(a)**n": "(pow (exp ?a) ?n)" => "(exp (mul ?a ?n))" if Total("?a"), Total("?n");
    "exp(a)**2": "(square (exp ?a))" => "(exp (mul 2 ?a))";
    "exp(a)**3": "(cube (exp ?a))" => "(exp (mul 3 ?a))";
    "sqrt(exp(a))": "(sqrt (exp ?a))" => "(exp (mul 0.5 ?a))";
    "exp(b * log(a))": "(exp (mul ?b (log ?a)))" => "(pow ?a ?b)" if Positive("?a"), Total("?a"), Total("?b");
    "exp(log(a) / b)": "(exp (div (log ?a) ?b))" => "(pow ?a (inv ?b))" if Positive("?a"), Total("?a"), Total("?b");
    "exp(b - log(a))": "(exp (sub ?b (log ?a)))" => "(div (exp ?b) ?a)" if Positive("?a");
    "exp(log(a) + b)": "(exp (add (log ?a) ?b))" => "(mul ?a (exp ?b))" if Positive("?a");
    "exp(-log(a))": "(exp (neg (log ?a)))" => "(inv ?a)" if Positive("?a");
    "log(a) + log(b)": "(add (log ?a) (log ?b))" => "(log (mul ?a ?b))" if Positive("?a"), Positive("?b");
    "log(a) - log(b)": "(sub (log ?a) (log ?b))" => "(log (div ?a ?b))" if Positive("?a"), Positive("?b");
    "log(a * exp(b))": "(log (mul ?a (exp ?b)))" => "(add (log ?a) ?b)";
    "log(1/a)": "(log (inv ?a))" => "(neg (log ?a))";
    "-log(a / b)": "(neg (log (div ?a ?b)))" => "(log (div ?b ?a))" if Positive("?a"), Positive("?b");
    // Parity.
    "sin(-a)": "(sin (neg ?a))" => "(neg (sin ?a))";
    "cos(-a)": "(cos (neg ?a))" => "(cos ?a)";
    "tan(-a)": "(tan (neg ?a))" => "(neg (tan ?a))";
    "asin(-a)": "(asin (neg ?a))" => "(neg (asin ?a))";
    "atan(-a)": "(atan (neg ?a))" => "(neg (atan ?a))";
    "sinh(-a)": "(sinh (neg ?a))" => "(neg (sinh ?a))";
    "cosh(-a)": "(cosh (neg ?a))" => "(cosh ?a)";
    "tanh(-a)": "(tanh (neg ?a))" => "(neg (tanh ?a))";
    "sinc(-a)": "(sinc (neg ?a))" => "(sinc ?a)";
    "cos(|a|)": "(cos (abs ?a))" => "(cos ?a)";
    "cosh(|a|)": "(cosh (abs ?a))" => "(cosh ?a)";
    "sinc(|a|)": "(sinc (abs ?a))" => "(sinc ?a)";
    "cos(a - b)": "(cos (sub ?a ?b))" => "(cos (sub ?b ?a))";
    // Trigonometry.
    "sin**2 + cos**2": "(add (square (sin ?a)) (square (cos ?a)))" => "1" if Total("?a");
    "1 - sin**2": "(sub 1 (square (sin ?a)))" => "(square (cos ?a))";
    "1 - cos**2": "(sub 1 (square (cos ?a)))" => "(square (sin ?a))";
    "cos**2 - sin**2": "(sub (square (cos ?a)) (square (sin ?a)))" => "(cos (mul 2 ?a))";
    "1 - 2 sin**2": "(sub 1 (mul 2 (square (sin ?a))))" => "(cos (mul 2 ?a))";
    "2 cos**2 - 1": "(sub (mul 2 (square (cos ?a))) 1)" => "(cos (mul 2 ?a))";
    "sin * cos": "(mul (sin ?a) (cos ?a))" => "(div (sin (mul 2 ?a)) 2)";
    "sin / cos": "(div (sin ?a) (cos ?a))" => "(tan ?a)";
    "cos / sin": "(div (cos ?a) (sin ?a))" => "(inv (tan ?a))" if NonZero("?a"), Within("?a", -1.5, 1.5);
    "tan * cos": "(mul (tan ?a) (cos ?a))" => "(sin ?a)";
    "sin(a) / a": "(div (sin ?a) ?a)" => "(sinc ?a)" if NonZero("?a");
    "a * sinc(a)": "(mul ?a (sinc ?a))" => "(sin ?a)";
    "sin(a + b)": "(add (mul (sin ?a) (cos ?b)) (mul (cos ?a) (sin ?b)))" => "(sin (add ?a ?b))";
    "sin(a - b)": "(sub (mul (sin ?a) (cos ?b)) (mul (cos ?a) (sin ?b)))" => "(sin (sub ?a ?b))";
    "cos(a + b)": "(sub (mul (cos ?a) (cos ?b)) (mul (sin ?a) (sin ?b)))" => "(cos (add ?a ?b))";
    "cos(a - b), expanded": "(add (mul (cos ?a) (cos ?b)) (mul (sin ?a) (sin ?b)))" => "(cos (sub ?a ?b))";
    "sin(a + pi/2)": "(sin (add ?a 1.5707963267948966))" => "(cos ?a)";
    "sin(pi/2 - a)": "(sin (sub 1.5707963267948966 ?a))" => "(cos ?a)";
    "cos(a - pi/2)": "(cos (sub ?a 1.5707963267948966))" => "(sin ?a)";
    // Inverse functions, on the principal branch.
    "sin(asin(a))": "(sin (asin ?a))" => "?a" if Within("?a", -1.0, 1.0);
    "cos(acos(a))": "(cos (acos ?a))" => "?a" if Within("?a", -1.0, 1.0);
    "tan(atan(a))": "(tan (atan ?a))" => "?a";
    "asin(sin(a))": "(asin (sin ?a))" => "?a" if Within("?a", -FRAC_PI_2, FRAC_PI_2);
    "acos(cos(a))": "(acos (cos ?a))" => "?a" if Within("?a", 0.0, PI);
    "atan(tan(a))": "(atan (tan ?a))" => "?a" if Within("?a", -FRAC_PI_2, FRAC_PI_2);
    "cos(asin(a))": "(cos (asin ?a))" == "(sqrt (sub 1 (square ?a)))" if Within("?a", -1.0, 1.0);
    "sin(acos(a))": "(sin (acos ?a))" => "(sqrt (sub 1 (square ?a)))";
    "asin + acos": "(add (asin ?a) (acos ?a))" => "1.5707963267948966" if Total("?a"), Within("?a", -1.0, 1.0);
    // Hyperbolic functions.
    "sinh from exp": "(sub (exp ?a) (exp (neg ?a)))" => "(mul 2 (sinh ?a))";
    "cosh from exp": "(add (exp ?a) (exp (neg ?a)))" => "(mul 2 (cosh ?a))";
    "sinh / cosh": "(div (sinh ?a) (cosh ?a))" => "(tanh ?a)";
    "tanh * cosh": "(mul (tanh ?a) (cosh ?a))" => "(sinh ?a)";
    "sinh / tanh": "(div (sinh ?a) (tanh ?a))" => "(cosh ?a)" if NonZero("?a");
    "tanh from exp(2a)": "(div (sub (exp (mul 2 ?a)) 1) (add (exp (mul 2 ?a)) 1))" => "(tanh ?a)";
    "tanh from exp(-2a)": "(div (sub 1 (exp (mul -2 ?a))) (add 1 (exp (mul -2 ?a))))" => "(tanh ?a)";
    "tanh from the logistic curve": "(sub (div 2 (add 1 (exp (mul -2 ?a)))) 1)" => "(tanh ?a)";
    "cosh**2 - sinh**2": "(sub (square (cosh ?a)) (square (sinh ?a)))" => "1" if Total("?a");
    "cosh**2 - 1": "(sub (square (cosh ?a)) 1)" => "(square (sinh ?a))";
    "1 + sinh**2": "(add 1 (square (sinh ?a)))" => "(square (cosh ?a))";
    "cosh + sinh": "(add (cosh ?a) (sinh ?a))" => "(exp ?a)";
    "cosh - sinh": "(sub (cosh ?a) (sinh ?a))" => "(exp (neg ?a))";
    "sinh * cosh": "(mul (sinh ?a) (cosh ?a))" => "(div (sinh (mul 2 ?a)) 2)";
    // Minimum, maximum and choices.
    "min(a, a)": "(min ?a ?a)" => "?a";
    "max(a, a)": "(max ?a ?a)" => "?a";
    "min(a, b), a below b": "(min ?a ?b)" => "?a" if Below("?a", "?b"), Total("?b");
    "max(a, b), a below b": "(max ?a ?b)" => "?b" if Below("?a", "?b"), Total("?a");
    "max(a, -a)": "(max ?a (neg ?a))" => "(abs ?a)";
    "min(a, -a)": "(min ?a (neg ?a))" => "(neg (abs ?a))";
    "min + max": "(add (min ?a ?b) (max ?a ?b))" => "(add ?a ?b)";
    "max - min": "(sub (max ?a ?b) (min ?a ?b))" => "(abs (sub ?a ?b))";
    "max(a, min(a, b))": "(max ?a (min ?a ?b))" => "?a" if Total("?b");
    "min(a, max(a, b))": "(min ?a (max ?a ?b))" => "?a" if Total("?b");
    "min(-a, -b)": "(min (neg ?a) (neg ?b))" => "(neg (max ?a ?b))";
    "max(-a, -b)": "(max (neg ?a) (neg ?b))" => "(neg (min ?a ?b))";
    "a < a": "(less ?a ?a)" => "0" if Total("?a");
    "a < b, always": "(less ?a ?b)" => "1" if StrictlyBelow("?a", "?b"), Total("?a"), Total("?b");
    "a < b, never": "(less ?a ?b)" => "0" if Below("?b", "?a"), Total("?a"), Total("?b");
    "-a < -b": "(less (neg ?a) (neg ?b))" => "(less ?b ?a)";
    "where(c, a, a)": "(where ?c ?a ?a)" => "?a" if Total("?c");
    "where(c, a, b), c never 0": "(where ?c ?a ?b)" => "?a" if NonZero("?c"), Total("?c");
    "where(0, a, b)": "(where 0 ?a ?b)" => "?b";
    "where(a < b, a, b)": "(where (less ?a ?b) ?a ?b)" => "(min ?a ?b)";
    "where(a < b, b, a)": "(where (less ?a ?b) ?b ?a)" => "(max ?a ?b)";
    "where(a < b, 1, 0)": "(where (less ?a ?b) 1 0)" => "(less ?a ?b)";
};

/// Rules that rearrange, so that the shrinking ones find what they look for.
pub(crate) const REARRANGING: &[Rule] = rules! {
    "a + b": "(add ?a ?b)" => "(add ?b ?a)";
    "a * b": "(mul ?a ?b)" => "(mul ?b ?a)";
    "min(a, b)": "(min ?a ?b)" => "(min ?b ?a)";
    "max(a, b)": "(max ?a ?b)" => "(max ?b ?a)";
    // Signs and differences.
    "a - b": "(sub ?a ?b)" => "(add ?a (neg ?b))";
    "-(a * b)": "(neg (mul ?a ?b))" == "(mul (neg ?a) ?b)";
    "-(a / b)": "(neg (div ?a ?b))" == "(div (neg ?a) ?b)";
    "(a - b) + c": "(add (sub ?a ?b) ?c)" == "(sub (add ?a ?c) ?b)";
    "a - (b + c)": "(sub ?a (add ?b ?c))" == "(sub (sub ?a ?b) ?c)";
    "a - (b - c)": "(sub ?a (sub ?b ?c))" => "(sub (add ?a ?c) ?b)";
    // Common factors.
    "a*b + a*c": "(add (mul ?a ?b) (mul ?a ?c))" => "(mul ?a (add ?b ?c))";
    "a*b - a*c": "(sub (mul ?a ?b) (mul ?a ?c))" => "(mul ?a (sub ?b ?c))";
    "a + a*b": "(add ?a (mul ?a ?b))" => "(mul ?a (add 1 ?b))";
    "a - a*b": "(sub ?a (mul ?a ?b))" => "(mul ?a (sub 1 ?b))";
    "a*b - a": "(sub (mul ?a ?b) ?a)" => "(mul ?a (sub ?b 1))";
    "a + a": "(add ?a ?a)" => "(mul 2 ?a)";
    "a/c + b/c": "(add (div ?a ?c) (div ?b ?c))" => "(div (add ?a ?b) ?c)";
    "a/c - b/c": "(sub (div ?a ?c) (div ?b ?c))" => "(div (sub ?a ?b) ?c)";
    "a**2 - b**2": "(sub (square ?a) (square ?b))" == "(mul (sub ?a ?b) (add ?a ?b))";
    // Quotients.
    "a * (b / c)": "(mul ?a (div ?b ?c))" == "(div (mul ?a ?b) ?c)";
    "(a / b) / c": "(div (div ?a ?b) ?c)" == "(div ?a (mul ?b ?c))";
    "a / (b / c)": "(div ?a (div ?b ?c))" => "(div (mul ?a ?c) ?b)";
    // Powers, roots, absolute values.
    "sqrt(a * b)": "(sqrt (mul ?a ?b))" => "(mul (sqrt ?a) (sqrt ?b))" if NonNegative("?a"), NonNegative("?b");
    "sqrt(a / b)": "(sqrt (div ?a ?b))" => "(div (sqrt ?a) (sqrt ?b))" if NonNegative("?a"), Positive("?b");
    "|a * b|": "(abs (mul ?a ?b))" => "(mul (abs ?a) (abs ?b))";
    "|a / b|": "(abs (div ?a ?b))" => "(div (abs ?a) (abs ?b))";
    // Exponentials and logarithms.
    "exp(a + b)": "(exp (add ?a ?b))" => "(mul (exp ?a) (exp ?b))";
    "exp(a - b)": "(exp (sub ?a ?b))" => "(div (exp ?a) (exp ?b))";
    "log(a * b)": "(log (mul ?a ?b))" => "(add (log ?a) (log ?b))" if Positive("?a"), Positive("?b");
    "log(a / b)": "(log (div ?a ?b))" => "(sub (log ?a) (log ?b))" if Positive("?a"), Positive("?b");
    "log(a**n)": "(log (pow ?a ?n))" == "(mul ?n (log ?a))" if Positive("?a"), Total("?a"), Total("?n");
    "log(a**2)": "(log (square ?a))" == "(mul 2 (log ?a))" if Positive("?a");
    "log(a**3)": "(log (cube ?a))" => "(mul 3 (log ?a))" if Positive("?a");
    "log(sqrt(a))": "(log (sqrt ?a))" == "(mul 0.5 (log ?a))";
    // Trigonometry.
    // Grouping, last: it adds most.
    "(a + b) + c": "(add (add ?a ?b) ?c)" => "(add ?a (add ?b ?c))";
    "(a * b) * c": "(mul (mul ?a ?b) ?c)" => "(mul ?a (mul ?b ?c))";
    "min(min(a, b), c)": "(min (min ?a ?b) ?c)" => "(min ?a (min ?b ?c))";
    "max(max(a, b), c)": "(max (max ?a ?b) ?c)" => "(max ?a (max ?b ?c))";
};

/// Rules that make an expression larger, for finding different forms. The smallest form rarely needs them: algebra sows
/// the graph with the form multiplied out.
pub(crate) const EXPANDING: &[Rule] = rules! {
    "a * (b + c)": "(mul ?a (add ?b ?c))" => "(add (mul ?a ?b) (mul ?a ?c))";
    "a * (b - c)": "(mul ?a (sub ?b ?c))" => "(sub (mul ?a ?b) (mul ?a ?c))";
    "(a + b) / c": "(div (add ?a ?b) ?c)" => "(add (div ?a ?c) (div ?b ?c))";
    "a / b": "(div ?a ?b)" => "(mul ?a (inv ?b))";
    "(a * b)**2": "(square (mul ?a ?b))" => "(mul (square ?a) (square ?b))";
    "(a / b)**2": "(square (div ?a ?b))" => "(div (square ?a) (square ?b))";
    "(a * b)**3": "(cube (mul ?a ?b))" => "(mul (cube ?a) (cube ?b))";
    "a**3": "(cube ?a)" => "(mul ?a (square ?a))";
    "exp(2 a)": "(exp (mul 2 ?a))" => "(square (exp ?a))";
    "cos(2 a)": "(cos (mul 2 ?a))" => "(sub 1 (mul 2 (square (sin ?a))))";
    "sin(2 a)": "(sin (mul 2 ?a))" => "(mul 2 (mul (sin ?a) (cos ?a)))";
    "tan": "(tan ?a)" => "(div (sin ?a) (cos ?a))";
    "tanh": "(tanh ?a)" => "(div (sinh ?a) (cosh ?a))";
    "-(a + b)": "(neg (add ?a ?b))" => "(sub (neg ?a) ?b)";
    "a - b = -(b - a)": "(sub ?a ?b)" => "(neg (sub ?b ?a))";
    "exp(-a)": "(exp (neg ?a))" => "(inv (exp ?a))";
};
