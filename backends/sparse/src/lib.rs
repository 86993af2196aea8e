//! Target transforms times power laws, polynomials, rational functions and library regression.
