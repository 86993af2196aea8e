//! The contract between searches and whoever runs them: values and traits only.
