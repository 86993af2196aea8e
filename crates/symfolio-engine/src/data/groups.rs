//! [`load_groups`]: tables whose rows belong to groups, such as samples, runs or instruments.

use symfolio_core::Column;

use super::error::{DataError, Refusal};
use super::table::Table;
use super::{LoadOptions, Loaded, Role, Source, assemble, finished, selection};

/// Rows that belong to groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Grouped {
    /// All rows; a column of groups is no feature.
    pub loaded: Loaded,
    /// The group of each row, shape `(n_rows)`, as the table writes it.
    pub labels: Vec<String>,
}

/// Reads one or more tables of the same columns whose rows belong to groups.
///
/// `group` selects the column that names each row's group, in text or numbers; rows without an entry there count as incomplete.
/// Without it every table is a group, called by its file's name without the ending, or by its whole path where two
/// files have the same name. Features that do not vary over all tables together are left out and reported.
///
/// ```
/// use symfolio_engine::data::{LoadOptions, Source, load_groups};
/// let bytes = "x,sample,y\n1,new,2\n2,new,4\n1,old,3\n".into();
/// let source = Source::Bytes { name: "samples.csv".into(), bytes };
/// let grouped = load_groups(&[source], &LoadOptions::default(), Some("sample"))?;
/// assert_eq!(grouped.loaded.dataset.feature_names(), ["x"]);
/// assert_eq!(grouped.labels, ["new", "new", "old"]);
/// # Ok::<(), symfolio_engine::data::DataError>(())
/// ```
///
/// # Errors
/// As [`load`](super::load); also where a later table lacks a column of the first.
pub fn load_groups(sources: &[Source], options: &LoadOptions, group: Option<&str>) -> Result<Grouped, DataError> {
    let mut whole: Option<Table> = None;
    for source in sources {
        let named = |refusal| DataError::new(source, refusal);
        let read = |options: &LoadOptions| {
            Table::read(source, options, |header| selection::select_grouped(header, options, group))
        };
        let mut table = match &whole {
            None => read(options),
            // Later tables are read by the names that the first one has, whatever their order of columns.
            Some(first) => read(&like(first, options)),
        }
        .map_err(named)?;
        if group.is_none() {
            let rows = table.report.rows_read - table.report.rows_dropped;
            table.labels = vec![name(source, sources); rows];
        }
        match &mut whole {
            None => whole = Some(table),
            Some(first) => append(first, table),
        }
    }
    let (Some(mut table), Some(first)) = (whole, sources.first()) else {
        return Err(DataError::new(&Source::Stdin, Refusal::Empty));
    };
    let labels = std::mem::take(&mut table.labels);
    let loaded = assemble(table, &first.stem()).map_err(|refusal| DataError::new(first, refusal))?;
    Ok(Grouped { loaded, labels })
}

/// Reads a table with a row a group: the groups' names from the column `group` (the first where nothing is said), numbers from
/// all others.
///
/// # Errors
/// As [`load`](super::load), save that short tables and columns that do not vary are fine.
pub fn load_labelled(
    source: &Source,
    options: &LoadOptions,
    group: Option<&str>,
) -> Result<(Vec<String>, Vec<Column>), DataError> {
    let table = Table::read(source, options, |header| selection::labelled(header, group));
    let table = table.map_err(|refusal| DataError::new(source, refusal))?;
    let numbers = table.columns.into_iter().filter(|column| column.role != Role::Group);
    Ok((table.labels, numbers.map(finished).collect()))
}

/// What a table without a column of groups calls its rows.
fn name(source: &Source, sources: &[Source]) -> String {
    let stem = source.stem();
    match sources.iter().filter(|other| other.stem() == stem).count() {
        1 => stem,
        _ => source.label(),
    }
}

/// `options` with the columns that `first` was read from, by name.
fn like(first: &Table, options: &LoadOptions) -> LoadOptions {
    let of =
        |role: Role| first.columns.iter().filter(move |column| column.role == role).map(|column| column.name.clone());
    LoadOptions {
        target: of(Role::Target).next(),
        features: Some(of(Role::Feature).chain(of(Role::Needed)).collect()),
        weights: of(Role::Weights).next(),
        ..options.clone()
    }
}

/// Adds the rows of `more`, which has the same columns in the same order, to `table`.
fn append(table: &mut Table, more: Table) {
    for (column, added) in table.columns.iter_mut().zip(more.columns) {
        column.values.extend(added.values);
    }
    table.labels.extend(more.labels);
    let (report, added) = (&mut table.report, more.report);
    report.rows_read += added.rows_read;
    report.rows_dropped += added.rows_dropped;
    report.decimal_comma.extend(added.decimal_comma);
    report.decimal_comma.sort();
    report.decimal_comma.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, text: &str) -> Source {
        Source::Bytes { name: name.into(), bytes: text.into() }
    }

    #[test]
    fn tables_are_put_together_by_the_names_of_their_columns() {
        let options = LoadOptions::default();
        let files = [source("a.csv", "x,L,y\n1,5,2\n2,5,4\n"), source("b.csv", "L,y,x\n6,9,3\n6,8,NA\n")];
        let found = load_groups(&files, &options, None).unwrap();
        assert_eq!(found.labels, ["a", "a", "b"]);
        assert_eq!(found.loaded.dataset.feature_names(), ["x", "L"]);
        assert_eq!(*found.loaded.dataset.target().values, [2.0, 4.0, 9.0]);
        assert_eq!(found.loaded.report.rows_dropped, 1);
        let same = [source("a.csv", "x,y\n1,2\n2,4\n"), source("a.txt", "x,y\n3,9\n")];
        assert_eq!(load_groups(&same, &options, None).unwrap().labels, ["a.csv", "a.csv", "a.txt"]);
        let lacking = [source("a.csv", "x,y\n1,2\n"), source("b.csv", "z,y\n1,2\n")];
        let refused = load_groups(&lacking, &options, None).unwrap_err().to_string();
        assert!(refused.starts_with("b.csv: no column \"x\" for the feature"), "{refused}");
    }

    #[test]
    fn only_columns_that_are_mentioned_are_read() {
        let options = |texts: &[&str]| LoadOptions {
            mentioned_in: texts.iter().map(|text| text.to_string()).collect(),
            ..LoadOptions::default()
        };
        let files = [
            source("a.csv", "x,note,L,T,y\n1,good,5,20,2\n2,bad,5,20,4\n3,,5,20,6\n"),
            source("b.csv", "note,x,L,y\nbad,3,6,9\n,4,6,8\n"),
        ];
        let found = load_groups(&files, &options(&["c0*x", "L"]), None).unwrap().loaded;
        assert_eq!(found.dataset.feature_names(), ["x", "L"]);
        assert_eq!((found.dataset.n_rows(), found.report.constant), (5, vec![]));
        let named = load_groups(&files, &options(&["c0*x*note"]), None).unwrap_err().to_string();
        assert!(named.contains("note") && named.ends_with("remove the text; the formula needs this column"), "{named}");
        // One that does not vary is kept; nothing is left out where no column is named.
        let kept = load_groups(&files[..1], &options(&["c0*T + c1*x"]), None).unwrap().loaded;
        assert_eq!(kept.dataset.feature_names(), ["x", "T"]);
        let all = load_groups(&files, &options(&["c0"]), None).unwrap_err().to_string();
        assert!(all.contains("note"), "{all}");
    }

    #[test]
    fn rows_without_a_group_are_incomplete() {
        let table = source("a.csv", "x,g,y\n1,p,1\n2,,2\n3,7,3\n4,p,5\n");
        let found = load_groups(std::slice::from_ref(&table), &LoadOptions::default(), Some("g")).unwrap();
        assert_eq!(found.labels, ["p", "7", "p"]);
        let refused = load_groups(&[table], &LoadOptions::default(), Some("h")).unwrap_err().to_string();
        assert!(refused.contains("no column \"h\" for the group"), "{refused}");
        let small = source("q.csv", "sample,L,T\nold,1,300\nnew,2,310\n");
        let (labels, columns) = load_labelled(&small, &LoadOptions::default(), None).unwrap();
        assert_eq!(labels, ["old", "new"]);
        assert_eq!((&*columns[1].name, &*columns[1].values), ("T", &[300.0, 310.0][..]));
    }
}
