//! What may be spent, what was spent, and why work stopped.

use std::fmt;
use std::ops::{Add, AddAssign};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What was spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Work in units of one addition on one row, weighted per operator (see `symfolio_expr::OPERATORS`).
    pub work: u64,
    /// Operator evaluations times rows, each counting 1.
    pub node_rows: u64,
    /// Tokens of language models, in and out.
    pub tokens: u64,
    /// Price of language models, in millionths of a dollar.
    pub micro_dollars: u64,
}

impl Cost {
    /// Work that a second of a core counts as, where seconds are all that is known: of programs that compute on their own.
    pub const WORK_PER_CPU_SECOND: u64 = 1_000_000_000;

    /// A cost of work alone.
    pub const fn work(work: u64) -> Cost {
        Cost { work, node_rows: 0, tokens: 0, micro_dollars: 0 }
    }
}

impl Add for Cost {
    type Output = Cost;

    fn add(self, other: Cost) -> Cost {
        Cost {
            work: self.work.saturating_add(other.work),
            node_rows: self.node_rows.saturating_add(other.node_rows),
            tokens: self.tokens.saturating_add(other.tokens),
            micro_dollars: self.micro_dollars.saturating_add(other.micro_dollars),
        }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

/// What one study may spend.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Budget {
    /// Seconds by the clock on the wall, all of the study included: `60s`, `5m`, `2h`.
    Wall(f64),
    /// Seconds of processor time over all threads: `20cpu`.
    Cpu(f64),
    /// Work units, in virtual time: the same seed gives the same result on any number of threads: `2e9`.
    Work(u64),
}

/// Longest time that a [`Budget`] may be read as, in seconds.
const MAX_SECONDS: f64 = 1e9;

/// Why text is not a [`Budget`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BudgetError {
    /// It is no number above 0 with a known unit.
    #[error(
        "cannot read the budget {text:?}; write 60s, 5m or 2h (wall time), 20cpu (CPU-seconds) or 2e9 (work units), above 0"
    )]
    Unreadable {
        /// The text.
        text: String,
    },
    /// It is a time longer than any study.
    #[error("the budget {text:?} is too long; give at most {MAX_SECONDS} seconds (about 30 years)")]
    TooLong {
        /// The text.
        text: String,
    },
}

impl FromStr for Budget {
    type Err = BudgetError;

    fn from_str(text: &str) -> Result<Budget, BudgetError> {
        let error = || BudgetError::Unreadable { text: text.to_string() };
        let seconds = |seconds: f64| match seconds <= MAX_SECONDS {
            true => Ok(seconds),
            false => Err(BudgetError::TooLong { text: text.to_string() }),
        };
        let trimmed = text.trim();
        let end = trimmed
            .char_indices()
            .find(|(i, c)| {
                c.is_ascii_alphabetic()
                    && !(*c == 'e' && trimmed[i + 1..].starts_with(|d: char| d.is_ascii_digit() || d == '+'))
            })
            .map_or(trimmed.len(), |(i, _)| i);
        let number: f64 = trimmed[..end].trim().parse().map_err(|_| error())?;
        if !number.is_finite() || number <= 0.0 {
            return Err(error());
        }
        match trimmed[end..].trim() {
            "s" | "sec" => seconds(number).map(Budget::Wall),
            "m" | "min" => seconds(60.0 * number).map(Budget::Wall),
            "h" => seconds(3600.0 * number).map(Budget::Wall),
            "cpu" => seconds(number).map(Budget::Cpu),
            "" if (1.0..1.8e19).contains(&number) => Ok(Budget::Work(number as u64)),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Budget::Wall(seconds) => write!(f, "{seconds}s"),
            Budget::Cpu(seconds) => write!(f, "{seconds}cpu"),
            Budget::Work(work) => write!(f, "{work}"),
        }
    }
}

impl TryFrom<String> for Budget {
    type Error = BudgetError;

    fn try_from(text: String) -> Result<Budget, BudgetError> {
        text.parse()
    }
}

impl From<Budget> for String {
    fn from(budget: Budget) -> String {
        budget.to_string()
    }
}

/// Why a search, or a whole study, stopped. Not an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// The slice's budget is spent; go on in the next one.
    SliceSpent,
    /// The study's budget is spent.
    BudgetSpent,
    /// A formula fits exactly and was confirmed on rows held out.
    ExactFound,
    /// The table is small and the choice has not changed for long.
    Settled,
    /// Every search has nothing left to try.
    Exhausted,
    /// A person asked for it.
    Cancelled,
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::SliceSpent => "slice_spent",
            StopReason::BudgetSpent => "budget_spent",
            StopReason::ExactFound => "exact_found",
            StopReason::Settled => "settled",
            StopReason::Exhausted => "exhausted",
            StopReason::Cancelled => "cancelled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_read_and_print() {
        for (text, budget, printed) in [
            ("60s", Budget::Wall(60.0), "60s"),
            ("1.5m", Budget::Wall(90.0), "90s"),
            ("2h", Budget::Wall(7200.0), "7200s"),
            ("20cpu", Budget::Cpu(20.0), "20cpu"),
            ("2e9", Budget::Work(2_000_000_000), "2000000000"),
            ("2e+9", Budget::Work(2_000_000_000), "2000000000"),
            (" 500 ", Budget::Work(500), "500"),
        ] {
            assert_eq!(text.parse(), Ok(budget), "{text}");
            assert_eq!(budget.to_string(), printed);
            assert_eq!(printed.parse(), Ok(budget), "{printed}");
        }
        for text in ["", "s", "-5s", "0cpu", "nan", "inf s", "5 parsecs", "1e30", "0.5"] {
            assert!(text.parse::<Budget>().is_err(), "{text}");
        }
    }

    #[test]
    fn times_that_no_clock_holds_are_refused() {
        for text in ["1e308h", "1e308m", "1.1e9s", "2e9cpu", "277778h"] {
            let message = format!("the budget {text:?} is too long; give at most 1000000000 seconds (about 30 years)");
            assert_eq!(text.parse::<Budget>().map_err(|error| error.to_string()), Err(message));
        }
        assert_eq!("1e9s".parse(), Ok(Budget::Wall(1e9)));
        assert_eq!("1e9cpu".parse(), Ok(Budget::Cpu(1e9)));
        let unread = "1e400s".parse::<Budget>().map_err(|error| error.to_string());
        assert!(unread.is_err_and(|message| message.contains("cannot read the budget \"1e400s\"")));
    }
}
