//! [`GroupedData`]: rows that belong to groups.

use std::collections::BTreeMap;

use symfolio_core::{Dataset, Table};

/// Rows that belong to groups, in the order in which the groups first appear.
#[derive(Clone, Debug)]
pub struct GroupedData {
    /// All rows.
    pub dataset: Dataset,
    /// The names of the groups.
    pub names: Vec<String>,
    /// The rows of each group, ascending.
    pub rows: Vec<Vec<u32>>,
}

impl GroupedData {
    /// `labels` is the group of each row. Labels that are equal as numbers are the same group.
    ///
    /// # Panics
    /// Where there is not one label a row.
    pub fn new(dataset: Dataset, labels: &[String]) -> GroupedData {
        assert_eq!(labels.len(), dataset.n_rows(), "one label a row");
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        let (mut names, mut rows): (Vec<String>, Vec<Vec<u32>>) = (Vec::new(), Vec::new());
        for (row, label) in labels.iter().enumerate() {
            let key = key(label);
            let number = *numbers.entry(key).or_insert_with(|| {
                names.push(label.clone());
                rows.push(Vec::new());
                names.len() - 1
            });
            rows[number].push(row as u32);
        }
        GroupedData { dataset, names, rows }
    }

    /// The value of `column` in each group.
    ///
    /// # Errors
    /// The first group in which it has two values, and these.
    pub fn constant_in_groups(&self, column: &[f64]) -> Result<Vec<f64>, (String, f64, f64)> {
        let of_group = |(rows, name): (&Vec<u32>, &String)| {
            let first = column[rows[0] as usize];
            match rows.iter().map(|row| column[*row as usize]).find(|value| *value != first) {
                Some(other) => Err((name.clone(), first, other)),
                None => Ok(first),
            }
        };
        self.rows.iter().zip(&self.names).map(of_group).collect()
    }

    /// Do two labels mean the same group?
    pub fn same_group(one: &str, other: &str) -> bool {
        key(one) == key(other)
    }

    /// The rows of each group that count.
    pub(crate) fn tables(&self) -> Vec<Table> {
        self.rows.iter().map(|rows| Table::gather(&self.dataset, &self.counted(rows))).collect()
    }

    /// Those of `rows` that have a weight above 0.
    pub(crate) fn counted(&self, rows: &[u32]) -> Vec<u32> {
        let counts = |row: &u32| self.dataset.weights().is_none_or(|weights| weights[*row as usize] > 0.0);
        rows.iter().copied().filter(counts).collect()
    }
}

/// What a label is compared by: numbers by their value.
fn key(label: &str) -> String {
    let number: Option<f64> = label.trim().parse().ok().filter(|value: &f64| value.is_finite());
    // -0 is 0.
    number.map_or_else(|| label.trim().to_string(), |value| symfolio_expr::number_text(value + 0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_are_equal_as_numbers_are_one_group() {
        for (one, other, same) in [
            ("1", "1.0", true),
            ("-0", "0", true),
            ("-0.0", "0e5", true),
            (" a", "a ", true),
            ("1", "2", false),
            ("nan", "NaN", false),
        ] {
            assert_eq!(GroupedData::same_group(one, other), same, "{one} and {other}");
        }
    }
}
