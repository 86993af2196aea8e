//! Budgets as people type and read them.

use symfolio::Budget;

/// The smallest budget in work units that is taken for meant: less buys no search at all.
const LEAST_WORK: u64 = 100_000;

/// Reads `--budget`. A bare number that is too small for work units was meant as a time.
pub fn read(text: &str) -> Result<Budget, String> {
    let budget = text.parse().map_err(|error: symfolio::BudgetError| error.to_string())?;
    check(budget)
}

/// The budget, unless it is so few work units that a time was meant.
pub fn check(budget: Budget) -> Result<Budget, String> {
    match budget {
        Budget::Work(work) if work < LEAST_WORK => Err(format!(
            "{work} work units are too few for a search; write {work}s for seconds, {work}m for minutes, \
             {work}cpu for CPU-seconds, or at least 1e5 for work units"
        )),
        budget => Ok(budget),
    }
}

/// Reads a time such as `60s` or `5m`, in seconds.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(Budget::Wall(seconds)) if seconds > 0.0 => Ok(seconds),
        _ => Err(format!("{text:?} is no time; write 60s or 5m")),
    }
}

/// The budget in words as short as [`read`] takes them.
pub fn shown(budget: Budget) -> String {
    match budget {
        Budget::Work(work) => format!("{:e}", work as f64),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_numbers_are_work_units_only_where_they_can_be_meant() {
        for (text, budget) in [("5s", "5s"), ("1e5", "1e5"), ("100000000000", "1e11"), ("2.5e9", "2.5e9")] {
            assert_eq!(shown(read(text).unwrap()), budget);
        }
        for text in ["5", "60", "99999"] {
            let message = read(text).unwrap_err();
            assert!(message.contains(&format!("write {text}s for seconds")), "{message}");
        }
        assert!(read("soon").unwrap_err().contains("cannot read the budget"));
    }
}
