//! What the runs in a database say of the methods: [`Comparison`], and its forms as text, page and table.

mod aslib;
mod charts;
mod comparison;
mod csv;
mod curves;
mod groups;
mod html;
mod pairs;
mod shares;
mod summary;
mod text;

pub use aslib::write_aslib;
pub use comparison::{Cell, Choice, Comparison, ReportError, Runs, Seeds};
pub use csv::write_csv;
pub use curves::{AnyTime, Profile};
pub use groups::Group;
pub use html::write_html;
pub use pairs::Pair;
pub use summary::{Place, Summary};
pub use text::text;
