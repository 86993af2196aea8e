//! Whole-program tests: command line, conformance, resume, golden studies.
