//! The contract between searches and whoever runs them: values and traits only.
//!
//! A [`Backend`] starts [`Search`]es on a [`Problem`]; a search advances by [`Slice`]s and reaches the world through its
//! [`Host`]; a [`Policy`] decides who gets the next slice. Nothing here does I/O, reads a clock or starts a thread.

mod archive;
mod budget;
mod candidate;
pub mod conformance;
mod conversation;
mod dataset;
mod directives;
mod exchange;
mod form;
mod objective;
mod oracle;
mod policy;
mod problem;
mod profile;
mod prompt;
mod rows;
mod search;
mod shape;
mod view;

pub use archive::Archive;
pub use budget::{Budget, BudgetError, Cost, StopReason};
pub use candidate::{Candidate, Evaluation, Lineage};
pub use conversation::{Conversation, Heard, ProgramError, ProgramSpec, ProgramTime};
pub use dataset::*;
pub use directives::Directives;
pub use exchange::Exchange;
pub use form::Form;
pub use objective::{DataObjective, Measure, Objective};
pub use oracle::OracleError;
pub use policy::{Action, Arm, Decision, History, Policy, Reward, SliceRecord};
pub use problem::{Constraints, Nested, Problem, Split};
pub use profile::{ColumnProfile, Combination, FeatureProfile, Profile, Symmetry};
pub use prompt::{Answer, AskError, Message, Prompt, Role, Ticket};
pub use rows::{RowSet, Table};
pub use search::{Backend, Config, Host, Need, Progress, Resource, Search, SearchError, Slice, Traits};
pub use shape::{Bounds, BoundsError, Direction, Shape, ShapeError, Verdict};
pub use view::{Finding, Proposal, View, ViewData, ViewError};
