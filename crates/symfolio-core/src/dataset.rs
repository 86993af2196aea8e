//! A table of finite numbers with a target: what a problem with data is about.

use std::sync::Arc;

/// Fewest rows a [`Dataset`] may have: with two, a straight line explains everything.
pub const MIN_ROWS: usize = 3;

/// Most features a [`Dataset`] may have: expressions number their variables in 16 bits, and a [`View`](crate::View) needs one
/// number besides.
pub const MAX_FEATURES: usize = u16::MAX as usize;

/// One named column of a table.
///
/// The values sit behind an [`Arc`], so that slots, splits and reports share them: cloning a column, or a whole
/// [`Dataset`], copies no number. `Arc<[f64]>` and not `Arc<Vec<f64>>`, because readers then follow one pointer; the
/// single copy is in `Arc::from(vec)`, one column at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name as in the table's header, in any script.
    pub name: Arc<str>,
    /// One value a row.
    pub values: Arc<[f64]>,
    /// Unit as text, for instance `m/s^2`; `None` when unknown.
    pub unit: Option<Arc<str>>,
}

impl Column {
    /// A column without a unit.
    pub fn new(name: &str, values: impl Into<Arc<[f64]>>) -> Column {
        Column { name: name.into(), values: values.into(), unit: None }
    }
}

/// A table of numbers: features of shape `(n_rows, n_features)`, one target and optional weights of length `n_rows`.
///
/// The fields are private because of the invariants that [`Dataset::new`] checks once and everybody relies on: from one to
/// [`MAX_FEATURES`] features, at least [`MIN_ROWS`] rows, equal lengths, every number finite, names unique and not empty, a
/// target that varies, and weights that are not negative and have a positive, finite sum. A feature may be constant.
///
/// ```
/// use symfolio_core::{Column, Dataset};
/// let x = Column::new("x", vec![1.0, 2.0, 3.0]);
/// let y = Column::new("y", vec![1.0, 4.0, 9.0]);
/// let data = Dataset::new("squares", vec![x], y, None)?;
/// assert_eq!((data.n_rows(), data.n_features()), (3, 1));
/// # Ok::<(), symfolio_core::DatasetError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    name: Arc<str>,
    features: Arc<[Column]>,
    target: Column,
    weights: Option<Arc<[f64]>>,
}

impl Dataset {
    /// Checks the invariants and takes the columns as they are.
    ///
    /// `name` is for people (a file name, say); it may be empty and is no part of [`Dataset::content_hash`].
    ///
    /// # Errors
    /// A [`DatasetError`] for the first broken invariant, in the order of its variants.
    pub fn new(
        name: &str,
        features: Vec<Column>,
        target: Column,
        weights: Option<Vec<f64>>,
    ) -> Result<Dataset, DatasetError> {
        if features.is_empty() {
            return Err(DatasetError::NoFeature);
        }
        if features.len() > MAX_FEATURES {
            return Err(DatasetError::TooManyFeatures { n_features: features.len() });
        }
        let n_rows = target.values.len();
        if n_rows < MIN_ROWS {
            return Err(DatasetError::TooFewRows { n_rows });
        }
        check_names(&features, &target)?;
        for column in features.iter().chain([&target]) {
            check_values(column, n_rows)?;
        }
        if target.values.iter().all(|value| *value == target.values[0]) {
            return Err(DatasetError::ConstantTarget { target: target.name.to_string(), value: target.values[0] });
        }
        if let Some(weights) = &weights {
            check_weights(weights, n_rows)?;
        }
        Ok(Dataset { name: name.into(), features: features.into(), target, weights: weights.map(Arc::from) })
    }

    /// Name for people, as given to [`Dataset::new`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows, at least [`MIN_ROWS`].
    pub fn n_rows(&self) -> usize {
        self.target.values.len()
    }

    /// Number of features, from one to [`MAX_FEATURES`].
    pub fn n_features(&self) -> usize {
        self.features.len()
    }

    /// The features, in the order given to [`Dataset::new`].
    pub fn features(&self) -> &[Column] {
        &self.features
    }

    /// Names of the features, in the same order.
    pub fn feature_names(&self) -> Vec<String> {
        self.features.iter().map(|column| column.name.to_string()).collect()
    }

    /// The column to explain.
    pub fn target(&self) -> &Column {
        &self.target
    }

    /// One weight a row, or `None` when all rows count alike.
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// The same table with the unit that `unit` says of each column, by its name.
    pub fn with_units(self, unit: impl Fn(&str) -> Option<String>) -> Dataset {
        let with = |column: &Column| Column { unit: unit(&column.name).map(Arc::from), ..column.clone() };
        Dataset { features: self.features.iter().map(with).collect(), target: with(&self.target), ..self }
    }

    /// A 64-bit fingerprint of everything but the data set's own name: column names, units, bits of the values, weights.
    ///
    /// It is the same on every machine and in every version, so that a resumed study can tell whether it sees the data
    /// it began with. It guards against accidents, not against forgery.
    pub fn content_hash(&self) -> u64 {
        let mut hash = Fingerprint::default();
        hash.word(self.n_features() as u64);
        for column in self.features.iter().chain([&self.target]) {
            hash.text(Some(&column.name));
            hash.text(column.unit.as_deref());
            hash.values(Some(&column.values));
        }
        hash.values(self.weights());
        hash.finish()
    }
}

/// The first invariant of a [`Dataset`] that does not hold.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DatasetError {
    /// There is nothing to explain the target with.
    #[error("no feature column; give at least one")]
    NoFeature,
    /// There are more than [`MAX_FEATURES`].
    #[error("{n_features} feature columns, at most {MAX_FEATURES} can be told apart; choose fewer with --features")]
    TooManyFeatures {
        /// Number of features.
        n_features: usize,
    },
    /// The target is shorter than [`MIN_ROWS`].
    #[error("{n_rows} row(s), at least {MIN_ROWS} are needed; add rows")]
    TooFewRows {
        /// Length of the target.
        n_rows: usize,
    },
    /// A column without a name cannot appear in a formula.
    #[error("column {position} has an empty name; name it")]
    EmptyName {
        /// 1-based position among the features; the target comes after the last feature.
        position: usize,
    },
    /// Two columns, the target included, share a name.
    #[error("two columns are called \"{name}\"; rename one of them")]
    DuplicateName {
        /// The name they share.
        name: String,
    },
    /// A column is longer or shorter than the target.
    #[error("column \"{column}\" has {found} value(s), the target has {expected}; give one value a row")]
    UnequalLength {
        /// Name of the column.
        column: String,
        /// Its length.
        found: usize,
        /// Length of the target.
        expected: usize,
    },
    /// A value is NaN or infinite.
    #[error("column \"{column}\", row {row}: {value} is not a finite number; drop the row or correct the value")]
    NotFinite {
        /// Name of the column.
        column: String,
        /// 1-based row among the values.
        row: usize,
        /// The value found.
        value: f64,
    },
    /// Every row has the same target: there is nothing to explain.
    #[error("target \"{target}\" is {value} in every row; choose a column that varies")]
    ConstantTarget {
        /// Name of the target.
        target: String,
        /// Its only value.
        value: f64,
    },
    /// There are more or fewer weights than rows.
    #[error("{found} weight(s) for {expected} rows; give one weight a row")]
    WeightCount {
        /// Number of weights.
        found: usize,
        /// Number of rows.
        expected: usize,
    },
    /// A weight is negative, NaN or infinite.
    #[error("row {row}: weight {value} is not a finite number of at least 0; correct it")]
    BadWeight {
        /// 1-based row among the weights.
        row: usize,
        /// The weight found.
        value: f64,
    },
    /// The weights are all zero, or too large to be added up.
    #[error("the weights add up to {sum}; scale them to a positive, finite sum")]
    WeightSum {
        /// The sum found: zero or infinite.
        sum: f64,
    },
}

fn check_names(features: &[Column], target: &Column) -> Result<(), DatasetError> {
    let mut seen = std::collections::BTreeSet::new();
    for (index, column) in features.iter().chain([target]).enumerate() {
        if column.name.trim().is_empty() {
            return Err(DatasetError::EmptyName { position: index + 1 });
        }
        if !seen.insert(&column.name) {
            return Err(DatasetError::DuplicateName { name: column.name.to_string() });
        }
    }
    Ok(())
}

fn check_values(column: &Column, n_rows: usize) -> Result<(), DatasetError> {
    if column.values.len() != n_rows {
        return Err(DatasetError::UnequalLength {
            column: column.name.to_string(),
            found: column.values.len(),
            expected: n_rows,
        });
    }
    match column.values.iter().position(|value| !value.is_finite()) {
        Some(index) => Err(DatasetError::NotFinite {
            column: column.name.to_string(),
            row: index + 1,
            value: column.values[index],
        }),
        None => Ok(()),
    }
}

fn check_weights(weights: &[f64], n_rows: usize) -> Result<(), DatasetError> {
    if weights.len() != n_rows {
        return Err(DatasetError::WeightCount { found: weights.len(), expected: n_rows });
    }
    if let Some(index) = weights.iter().position(|weight| !(weight.is_finite() && *weight >= 0.0)) {
        return Err(DatasetError::BadWeight { row: index + 1, value: weights[index] });
    }
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() { Ok(()) } else { Err(DatasetError::WeightSum { sum }) }
}

/// A word-wise 64-bit hash: multiply, rotate, multiply, and the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
/// Written out here because the hashers of the standard library may change between versions.
struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint(0x9e37_79b9_7f4a_7c15)
    }
}

impl Fingerprint {
    fn word(&mut self, word: u64) {
        let mixed = word.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(31);
        self.0 = (self.0 ^ mixed).wrapping_mul(0x94d0_49bb_1331_11eb).rotate_left(27);
    }

    /// Lengths go in first, plus one, so that nothing, an empty text and shifted boundaries all differ.
    fn text(&mut self, text: Option<&str>) {
        self.word(text.map_or(0, |text| text.len() as u64 + 1));
        for chunk in text.unwrap_or_default().as_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(bytes));
        }
    }

    fn values(&mut self, values: Option<&[f64]>) {
        self.word(values.map_or(0, |values| values.len() as u64 + 1));
        for value in values.unwrap_or_default() {
            self.word(value.to_bits());
        }
    }

    fn finish(&self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(features: &[(&str, &[f64])]) -> Vec<Column> {
        features.iter().map(|(name, values)| Column::new(name, *values)).collect()
    }

    fn build(features: &[(&str, &[f64])], y: (&str, &[f64]), w: Option<&[f64]>) -> Result<Dataset, DatasetError> {
        Dataset::new("t", columns(features), Column::new(y.0, y.1), w.map(<[f64]>::to_vec))
    }

    #[test]
    fn accepts_a_sound_table() {
        let data = build(&[("a", &[1.0; 3]), ("面積", &[-0.0, 1e300, 2.0])], ("y", &[1.0, 2.0, 3.0]), None).unwrap();
        assert_eq!(data.name(), "t");
        assert_eq!((data.n_rows(), data.n_features()), (3, 2));
        assert_eq!(data.feature_names(), ["a", "面積"]);
        assert_eq!(&*data.target().values, [1.0, 2.0, 3.0]);
        assert_eq!(data.weights(), None);
    }

    #[test]
    fn every_refusal_names_value_place_and_remedy() {
        fn check(features: &[(&str, &[f64])], y: (&str, &[f64]), weights: Option<&[f64]>, expected: &str) {
            let refusal = build(features, y, weights).err().map(|error| error.to_string());
            assert_eq!(refusal.as_deref(), Some(expected));
        }
        let (a, y) = (("a", &[1.0, 2.0, 3.0][..]), ("y", &[1.0, 2.0, 3.0][..]));
        check(&[], y, None, "no feature column; give at least one");
        let names: Vec<String> = (0..=65_535).map(|i| format!("x{i}")).collect();
        let wide: Vec<(&str, &[f64])> = names.iter().map(|name| (name.as_str(), a.1)).collect();
        let message = "65536 feature columns, at most 65535 can be told apart; choose fewer with --features";
        check(&wide, y, None, message);
        assert_eq!(build(&wide[..65_535], y, None).unwrap().n_features(), 65_535);
        check(&[("a", &[1.0])], ("y", &[1.0]), None, "1 row(s), at least 3 are needed; add rows");
        check(&[a, (" ", y.1)], y, None, "column 2 has an empty name; name it");
        check(&[a, a], y, None, "two columns are called \"a\"; rename one of them");
        check(&[a], ("a", y.1), None, "two columns are called \"a\"; rename one of them");
        let message = "column \"a\" has 2 value(s), the target has 3; give one value a row";
        check(&[("a", &[1.0, 2.0])], y, None, message);
        let message = "column \"a\", row 2: inf is not a finite number; drop the row or correct the value";
        check(&[("a", &[1.0, f64::INFINITY, 2.0])], y, None, message);
        let message = "column \"y\", row 3: NaN is not a finite number; drop the row or correct the value";
        check(&[a], ("y", &[1.0, 2.0, f64::NAN]), None, message);
        check(&[a], ("y", &[7.0; 3]), None, "target \"y\" is 7 in every row; choose a column that varies");
        check(&[a], y, Some(&[1.0]), "1 weight(s) for 3 rows; give one weight a row");
        let message = "row 2: weight -1 is not a finite number of at least 0; correct it";
        check(&[a], y, Some(&[1.0, -1.0, 1.0]), message);
        let message = "row 1: weight NaN is not a finite number of at least 0; correct it";
        check(&[a], y, Some(&[f64::NAN, 1.0, 1.0]), message);
        let message = "the weights add up to 0; scale them to a positive, finite sum";
        check(&[a], y, Some(&[0.0; 3]), message);
        let message = "the weights add up to inf; scale them to a positive, finite sum";
        check(&[a], y, Some(&[f64::MAX; 3]), message);
    }

    #[test]
    fn content_hash_sees_everything_but_the_name() {
        let a: &[f64] = &[1.0, 2.0, 3.0];
        let base = build(&[("a", a)], ("y", a), None).unwrap();
        // Pinned: a study written by an older version must still recognise its data.
        assert_eq!(base.content_hash(), 0xc6cb_6247_cefc_13df);
        let renamed = Dataset::new("other", base.features().to_vec(), base.target().clone(), None).unwrap();
        assert_eq!(renamed.content_hash(), base.content_hash());

        let with_unit = Column { unit: Some("m".into()), ..Column::new("a", a) };
        let others = [
            build(&[("b", a)], ("y", a), None),
            build(&[("a", a)], ("z", a), None),
            build(&[("a", &[1.0, 3.0, 2.0])], ("y", a), None),
            build(&[("a", &[1.0, 2.0, 3.0000000000000004])], ("y", a), None),
            build(&[("a", a)], ("y", &[1.0, 2.0, -3.0]), None),
            build(&[("a", a), ("b", a)], ("y", a), None),
            build(&[("a", a)], ("y", a), Some(&[1.0; 3])),
            build(&[("a", a)], ("y", a), Some(&[2.0; 3])),
            Dataset::new("t", vec![with_unit], Column::new("y", a), None),
        ];
        let mut hashes: Vec<u64> = others.iter().map(|data| data.as_ref().unwrap().content_hash()).collect();
        hashes.push(base.content_hash());
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), others.len() + 1);
    }
}
