//! The units that a user gives for the columns of a table.

use std::collections::BTreeMap;

use symfolio_expr::Bases;

use super::error::Refusal;
use super::selection::{Header, nearest};

/// What stands in the place of a unit that is not known.
const UNKNOWN: &str = "unknown";

/// Checks that each unit is of a column that the table has, used or not, and can be read.
pub(super) fn check(units: &BTreeMap<String, String>, header: &Header) -> Result<(), Refusal> {
    let mut bases = Bases::default();
    for (name, text) in units {
        if !header.distinct.contains(name) {
            let suggestion = nearest(name, &header.names).map(str::to_owned);
            return Err(Refusal::UnitOfNothing { name: name.clone(), suggestion, names: header.names.clone() });
        }
        if text != UNKNOWN {
            let wrong = |error| Refusal::Unit { name: name.clone(), error: Box::new(error) };
            bases.parse(text).map_err(wrong)?;
        }
    }
    Ok(())
}

/// The unit of the column `name`, where it is known.
pub(super) fn of(units: &BTreeMap<String, String>, name: &str) -> Option<String> {
    units.get(name).filter(|text| *text != UNKNOWN).cloned()
}
