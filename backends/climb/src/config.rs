//! [`ClimbConfig`]: the settings of the climbers.

use serde::{Deserialize, Serialize};

use crate::error::ClimbError;

/// The settings of the climbers, as the study file's table for this backend has them.
///
/// | name | default | purpose | range |
/// |---|---|---|---|
/// | `climbers` | 16 | climbers that take turns | 1 to 1024 |
/// | `instructions` | 20 | length of a program | 1 to 60 |
/// | `constants` | 4 | constants of a program | 1 to 30 |
/// | `turn` | 2000 | steps of a climber before the next one's turn | 1 to 1000000 |
/// | `cycle` | 5000 | steps from hot to cold, times Luby's sequence | 10 to 1000000000 |
/// | `hot` | 25 | temperature at the start of a cycle, in nats | 0.01 to 10000 |
/// | `cold` | 1 | temperature at its end | 0.01 to `hot` |
/// | `node` | 1 | what a node costs, in nats | 0 to 100 |
/// | `terms` | 3 | most results that a formula is the sum of, each with a scale | 1 to 3 |
/// | `transformed` | 0.5 | share of the climbers that climb towards a transform of the target | 0 to 1 |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs, reason = "the table above documents each setting")]
pub struct ClimbConfig {
    pub climbers: usize,
    pub instructions: usize,
    pub constants: usize,
    pub turn: u32,
    pub cycle: u64,
    pub hot: f64,
    pub cold: f64,
    pub node: f64,
    pub terms: usize,
    pub transformed: f64,
}

impl Default for ClimbConfig {
    fn default() -> ClimbConfig {
        ClimbConfig {
            climbers: 16,
            instructions: 20,
            constants: 4,
            turn: 2000,
            cycle: 5000,
            hot: 25.0,
            cold: 1.0,
            node: 1.0,
            terms: 3,
            transformed: 0.5,
        }
    }
}

impl ClimbConfig {
    /// The same settings.
    ///
    /// # Errors
    /// [`ClimbError::Setting`] names the first one that is out of its range.
    pub fn checked(self) -> Result<ClimbConfig, ClimbError> {
        let within = |key: &'static str, value: f64, low: f64, high: f64, range: &'static str| {
            if (low..=high).contains(&value) { Ok(()) } else { Err(ClimbError::Setting { key, value, range }) }
        };
        within("climbers", self.climbers as f64, 1.0, 1024.0, "from 1 to 1024")?;
        within("instructions", self.instructions as f64, 1.0, 60.0, "from 1 to 60")?;
        within("constants", self.constants as f64, 1.0, 30.0, "from 1 to 30")?;
        within("turn", f64::from(self.turn), 1.0, 1e6, "from 1 to 1000000")?;
        within("cycle", self.cycle as f64, 10.0, 1e9, "from 10 to 1000000000")?;
        within("hot", self.hot, 0.01, 1e4, "from 0.01 to 10000")?;
        within("cold", self.cold, 0.01, self.hot, "from 0.01 to the setting `hot`")?;
        within("node", self.node, 0.0, 100.0, "from 0 to 100")?;
        within("terms", self.terms as f64, 1.0, 3.0, "from 1 to 3")?;
        within("transformed", self.transformed, 0.0, 1.0, "from 0 to 1")?;
        Ok(self)
    }
}
