//! [`GpConfig`]: the settings of genetic programming.

use serde::{Deserialize, Serialize};

use crate::error::GpError;

/// The settings of genetic programming, as the study file's table for this backend has them.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `population` | 300 | members of the population | 10 to 100000 |
/// | `tournament` | 4 | members that compete to be a parent | 1 to `population` |
/// | `selection` | `"tournament"` | how parents are chosen: `tournament` or `lexicase` | |
/// | `parsimony` | 0.5 | weight of adaptive parsimony: how strongly crowded complexities are avoided as parents | 0 to 10 |
/// | `max_initial` | 12 | most nodes of a first random tree | 1 to 100 |
/// | `fit_iterations` | 3 | Levenberg-Marquardt steps a child on the working rows | 0 to 100 |
/// | `screen_rows` | 64 | rows on which a child is tried first; hopeless ones go no further | 8 to 10000 |
/// | `screen_iterations` | 3 | Levenberg-Marquardt steps on those | 0 to 100 |
/// | `screen_slack` | 1.5 | how many times worse than the population a child may look there | 1 to 1000 |
/// | `glance_slack` | 5 | the same before its constants are fitted | 1 to 1e12 |
/// | `match_rate` | 2 | how often what is wished for at a node is looked up among known parts, next to crossover's 4 | 0 to 100 |
/// | `working_rows` | 2000 | rows of a larger table that the population is measured on; the front is measured on all | 16 to 1000000 |
/// | `refit` | 0.05 | probability that a form tried lately is fitted again | 0 to 1 |
/// | `memory` | 16384 | forms remembered as tried | 1 to 4194304 |
/// | `stagnation` | 8 | generations without news on the front before the population starts anew, times Luby's sequence | 1 to 1000000 |
/// | `polish` | 25 | generations between thorough fits of a member of the front; 0 for never | 0 to 1000000 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the table above documents each setting")]
pub struct GpConfig {
    pub population: usize,
    pub tournament: usize,
    pub selection: Selection,
    pub parsimony: f64,
    pub max_initial: usize,
    pub fit_iterations: usize,
    pub screen_rows: usize,
    pub screen_iterations: usize,
    pub screen_slack: f64,
    pub glance_slack: f64,
    pub match_rate: f64,
    pub working_rows: usize,
    pub refit: f64,
    pub memory: usize,
    pub stagnation: u32,
    pub polish: u32,
}

/// How parents are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selection {
    /// The best of a few by non-dominated rank, then crowding (NSGA-II).
    #[default]
    Tournament,
    /// The member that is best on row after row in random order (epsilon-lexicase, La Cava et al. 2016).
    Lexicase,
}

impl Default for GpConfig {
    fn default() -> GpConfig {
        GpConfig {
            population: 300,
            tournament: 4,
            selection: Selection::Tournament,
            parsimony: 0.5,
            max_initial: 12,
            fit_iterations: 3,
            screen_rows: 64,
            screen_iterations: 3,
            screen_slack: 1.5,
            glance_slack: 5.0,
            match_rate: 2.0,
            working_rows: 2000,
            refit: 0.05,
            memory: 16384,
            stagnation: 8,
            polish: 25,
        }
    }
}

impl GpConfig {
    /// Checks every range of the table.
    ///
    /// # Errors
    /// [`GpError::Setting`] names the first setting that is out of its range.
    pub fn check(&self) -> Result<(), GpError> {
        let within = |key: &'static str, value: f64, low: f64, high: f64, range: &'static str| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(GpError::Setting { key, value, range }) }
        };
        within("population", self.population as f64, 10.0, 1e5, "from 10 to 100000")?;
        within("tournament", self.tournament as f64, 1.0, self.population as f64, "from 1 to the population")?;
        within("parsimony", self.parsimony, 0.0, 10.0, "from 0 to 10")?;
        within("max_initial", self.max_initial as f64, 1.0, 100.0, "from 1 to 100")?;
        within("fit_iterations", self.fit_iterations as f64, 0.0, 100.0, "from 0 to 100")?;
        within("screen_rows", self.screen_rows as f64, 8.0, 1e4, "from 8 to 10000")?;
        within("screen_iterations", self.screen_iterations as f64, 0.0, 100.0, "from 0 to 100")?;
        within("screen_slack", self.screen_slack, 1.0, 1e3, "from 1 to 1000")?;
        within("glance_slack", self.glance_slack, 1.0, 1e12, "from 1 to 1e12")?;
        within("match_rate", self.match_rate, 0.0, 100.0, "from 0 to 100")?;
        within("working_rows", self.working_rows as f64, 16.0, 1e6, "from 16 to 1000000")?;
        within("refit", self.refit, 0.0, 1.0, "from 0 to 1")?;
        within("memory", self.memory as f64, 1.0, 4_194_304.0, "from 1 to 4194304")?;
        within("stagnation", f64::from(self.stagnation), 1.0, 1e6, "from 1 to 1000000")?;
        within("polish", f64::from(self.polish), 0.0, 1e6, "from 0 to 1000000")
    }
}
