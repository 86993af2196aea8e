//! Groups of rows, and the formulas that are fitted to them, as the command line names them.

use std::collections::BTreeSet;

use symfolio::data::{Source, load_groups};
use symfolio::expr::ParseErrorKind;
use symfolio::{DataConfig, Dataset, Formula, GroupedData};

use crate::args::{Data, Groups};
use crate::failure::Failure;
use crate::inputs::{remarks, source};
use crate::progress::note;

impl Groups {
    /// Is there anything about groups on the command line?
    pub fn is_used(&self) -> bool {
        self.group.is_some() || !self.more.is_empty() || self.shared.is_some() || self.own.is_some()
    }

    /// Reads the table or the tables.
    pub fn load(&self, data: &Data, quiet: bool) -> Result<GroupedData, Failure> {
        if self.group.is_none() && self.more.is_empty() {
            let list = if self.shared.is_some() { "--shared" } else { "--own" };
            return Err(Failure::Usage(format!(
                "{list} is about groups; name the column that tells the groups apart by --group, or give several tables"
            )));
        }
        let config = data.config(DataConfig::default())?;
        let options = config.options().map_err(Failure::usage)?;
        let sources: Vec<Source> = std::iter::once(&data.data).chain(&self.more).map(|path| source(path)).collect();
        let grouped = load_groups(&sources, &options, self.group.as_deref())?;
        if !quiet {
            remarks(&grouped.loaded, &config).iter().for_each(|remark| note(remark));
        }
        Ok(GroupedData::new(grouped.loaded.dataset, &grouped.labels))
    }

    /// The names of the shared constants.
    pub fn shared(&self, formula: &Formula) -> Result<BTreeSet<String>, Failure> {
        let names = |list: &[String]| -> BTreeSet<String> {
            list.iter().map(|name| name.trim().to_string()).filter(|name| !name.is_empty()).collect()
        };
        let Some(own) = &self.own else { return Ok(names(self.shared.as_deref().unwrap_or_default())) };
        let own = names(own);
        if let Some(name) = own.iter().find(|name| !formula.constants.contains(name)) {
            let known = formula.constants.join(", ");
            return Err(Failure::Usage(format!(
                "--own names {name}, and the formula has no such constant; it has {known}"
            )));
        }
        Ok(formula.constants.iter().filter(|name| !own.contains(*name)).cloned().collect())
    }
}

/// The formula over the features of `dataset`.
pub fn formula(text: &str, dataset: &Dataset) -> Result<Formula, Failure> {
    let target = &*dataset.target().name;
    let formula = Formula::parse(text, &dataset.feature_names()).map_err(|error| match error.kind() {
        ParseErrorKind::UnknownName(name) if name == target => Failure::Usage(format!(
            "--expr: {target:?} is the target, which the formula is to explain; leave it out, or name another column \
             with --target"
        )),
        _ => Failure::formula(text, error),
    })?;
    for name in &formula.hidden {
        note(&format!("{name} is the column {name:?} here, no constant; number the constants otherwise to fit one"));
    }
    Ok(formula)
}
