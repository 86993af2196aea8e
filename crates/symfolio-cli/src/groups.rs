//! Groups of rows, and the formulas that are fitted to them, as the command line names them.

use std::collections::BTreeSet;
use std::path::Path;

use symfolio::data::{Grouped, LoadOptions, Loaded, Source, load_groups};
use symfolio::expr::ParseErrorKind;
use symfolio::{Budget, Criterion, DataConfig, Formula};

use crate::args::{Fitting, Groups, Reading};
use crate::failure::Failure;
use crate::inputs::{remarks, source};
use crate::progress::note;

/// Tables whose rows belong to groups.
pub struct Tables<'a> {
    pub paths: Vec<&'a Path>,
    pub reading: &'a Reading,
    pub group: Option<&'a str>,
    /// The formula and the names of other columns that are needed.
    pub needed: Vec<String>,
}

impl Tables<'_> {
    /// Reads them, with remarks on how if `talk` says so.
    pub fn load(&self, talk: bool) -> Result<Grouped, Failure> {
        let config = self.reading.config(DataConfig::default());
        let options = LoadOptions { mentioned_in: self.needed.clone(), ..config.options().map_err(Failure::usage)? };
        let sources: Vec<Source> = self.paths.iter().map(|path| source(path)).collect();
        let grouped = load_groups(&sources, &options, self.group)?;
        if talk {
            remarks(&grouped.loaded, &config).iter().for_each(|remark| note(remark));
        }
        Ok(grouped)
    }
}

impl Groups {
    /// Is there anything about groups on the command line?
    pub fn is_used(&self) -> bool {
        self.group.is_some() || self.shared.is_some() || self.own.is_some()
    }

    /// Refuses to share constants between groups that nothing tells apart.
    pub fn check(&self, n_tables: usize) -> Result<(), Failure> {
        if self.group.is_some() || n_tables > 1 {
            return Ok(());
        }
        let list = if self.shared.is_some() { "--shared" } else { "--own" };
        Err(Failure::Usage(format!(
            "{list} is about groups; name the column that tells the groups apart by --group, or give several tables"
        )))
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

impl Fitting {
    /// Texts that name the columns that are needed: the formula and the loss.
    pub fn needed(&self) -> Vec<String> {
        let axis = match &self.loss {
            Some(Criterion::Wasserstein { axis }) => axis.clone(),
            _ => None,
        };
        std::iter::once(self.expr.clone()).chain(axis).collect()
    }

    /// How to fit, with this budget in seconds where none is given.
    pub fn settings(&self, seconds: f64) -> symfolio::FitConstants {
        symfolio::FitConstants {
            loss: self.loss.clone().unwrap_or_default(),
            budget: self.budget.unwrap_or(Budget::Wall(seconds)),
            seed: self.seed,
            bounds: self.bounds.iter().cloned().collect(),
            start: self.start.iter().cloned().collect(),
            intervals: symfolio::Intervals::Delta,
        }
    }
}

/// The formula over the features that were read for it.
pub fn formula(text: &str, loaded: &Loaded) -> Result<Formula, Failure> {
    let target = &*loaded.dataset.target().name;
    let names = loaded.dataset.feature_names();
    // Columns that it does not name were not read; whoever has misspelt one wants to see them all.
    let all = || [names.as_slice(), loaded.report.ignored.as_slice()].concat();
    let told = |error| Formula::parse(text, &all()).err().unwrap_or(error);
    let formula = Formula::parse(text, &names).map_err(told).map_err(|error| match error.kind() {
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
