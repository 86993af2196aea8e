//! `symfolio relate`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use symfolio::data::{Grouped, LoadOptions, Source, load_groups, load_labelled};
use symfolio::expr::{number_text, rounded_number_text};
use symfolio::relate::{Kind, Quantity, RelateResult, design, relate};
use symfolio::{DataConfig, Formula, GroupedConstants, GroupedData};

use super::fit_constants::{in_order, shown};
use crate::args::{Reading, Relate};
use crate::failure::Failure;
use crate::groups::{Tables, formula};
use crate::inputs::source;
use crate::oracle::Oracle;
use crate::print;
use crate::table::Table;

/// Settings of an oracle where nothing is said, and seconds for a call.
const POINTS: usize = 8;
const TIMEOUT: f64 = 60.0;

pub fn run(arguments: Relate) -> Result<ExitCode, Failure> {
    let (data, quantities, formula) = match &arguments.oracle.oracle {
        Some(command) => simulated(command, &arguments)?,
        None => read(&arguments)?,
    };
    let shared = arguments.groups.shared(&formula)?;
    let settings = GroupedConstants { fit: arguments.fitting.settings(30.0), shared };
    let result = relate(&data, &formula, &quantities, &settings).map_err(Failure::usage)?;
    print(&match arguments.json {
        true => serde_json::to_string(&result).map_err(Failure::internal)? + "\n",
        false => text(&result, &data.dataset.target().name, &quantities),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// What the formula is fitted to, the known quantities, and it.
type Read = (GroupedData, Vec<Quantity>, Formula);

/// Reads the tables and the quantities.
fn read(arguments: &Relate) -> Result<Read, Failure> {
    let group = arguments.groups.group.as_deref();
    let mut reading = arguments.reading.clone();
    // Quantities are read whether they are features or not.
    let by: Vec<&String> = arguments.by.iter().filter(|name| Some(name.as_str()) != group).collect();
    if let Some(features) = &mut reading.features {
        let missing: Vec<String> =
            by.iter().filter(|name| !features.contains(name)).map(|name| name.to_string()).collect();
        features.extend(missing);
    }
    let paths: Vec<&Path> = arguments.tables.iter().map(|path| &**path).collect();
    let mut needed = arguments.fitting.needed();
    needed.extend(by.iter().map(|name| name.to_string()));
    let tables = Tables { paths, reading: &reading, group, needed };
    let mut grouped = tables.load(!arguments.json)?;
    if group.is_none() && arguments.tables.len() == 1 {
        if by.is_empty() {
            return Err(Failure::Usage(
                "one table needs a column that tells its groups apart: name it by --group, or the quantities by --by"
                    .into(),
            ));
        }
        grouped.labels = labels_by(&by, &grouped);
    }
    let formula = formula(&arguments.fitting.expr, &grouped.loaded)?;
    let constant = std::mem::take(&mut grouped.loaded.report.constant);
    let data = GroupedData::new(grouped.loaded.dataset, &grouped.labels);
    let mut quantities = Vec::new();
    for name in &arguments.by {
        quantities.push(match Some(name.as_str()) == group {
            true => from_names(name, &data)?,
            false => from_column(name, &data, &constant)?,
        });
    }
    quantities
        .extend(arguments.with.iter().map(|(name, values)| Quantity { name: name.clone(), values: values.clone() }));
    if let Some(path) = &arguments.quantities {
        quantities.extend(from_table(path, &data, &reading, group)?);
    }
    for (index, quantity) in quantities.iter().enumerate() {
        if quantities[..index].iter().any(|other| other.name == quantity.name) {
            return Err(Failure::Usage(format!("the quantity {} is given twice; give it once", quantity.name)));
        }
    }
    Ok((data, quantities, formula))
}

/// Groups of the rows in which the quantities have the same values, called by them.
fn labels_by(by: &[&String], grouped: &Grouped) -> Vec<String> {
    let dataset = &grouped.loaded.dataset;
    // A column that does not vary tells no groups apart.
    let columns = || by.iter().filter_map(|name| dataset.features().iter().find(|column| *column.name == ***name));
    let labels = |shown: &dyn Fn(f64) -> String| -> Vec<String> {
        let of_row = |row: usize| {
            let parts = columns().map(|column| format!("{}={}", column.name, shown(column.values[row])));
            parts.collect::<Vec<_>>().join(", ")
        };
        (0..dataset.n_rows()).map(of_row).collect()
    };
    let distinct = |labels: &[String]| labels.iter().collect::<BTreeSet<_>>().len();
    let (whole, short) = (labels(&number_text), labels(&shown));
    if distinct(&whole) == distinct(&short) { short } else { whole }
}

/// The names of the groups, as numbers.
fn from_names(name: &str, data: &GroupedData) -> Result<Quantity, Failure> {
    let number = |group: &String| {
        group.trim().parse().map_err(|_| {
            Failure::Usage(format!("--by {name}: the group {group:?} is no number; name a column of numbers"))
        })
    };
    Ok(Quantity { name: name.to_string(), values: data.names.iter().map(number).collect::<Result<_, _>>()? })
}

/// A column that is constant within the groups.
fn from_column(name: &str, data: &GroupedData, constant: &[(String, f64)]) -> Result<Quantity, Failure> {
    if let Some((_, value)) = constant.iter().find(|(known, _)| known == name) {
        return Ok(Quantity { name: name.to_string(), values: vec![*value; data.names.len()] });
    }
    let Some(column) = data.dataset.features().iter().find(|column| &*column.name == name) else {
        let known: Vec<String> = data.dataset.feature_names();
        let known = known.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        return Err(Failure::Usage(format!("--by {name}: there is no such column among the features {known}")));
    };
    let values = data.constant_in_groups(&column.values).map_err(|(group, first, other)| {
        Failure::Usage(format!(
            "--by {name}: it is {} and {} in group {group}; a quantity has one value in each group",
            number_text(first),
            number_text(other)
        ))
    })?;
    Ok(Quantity { name: name.to_string(), values })
}

/// The quantities of a table with a row a group.
fn from_table(
    path: &Path,
    data: &GroupedData,
    reading: &Reading,
    group: Option<&str>,
) -> Result<Vec<Quantity>, Failure> {
    let config = reading.config(DataConfig::default());
    let options =
        LoadOptions { target: None, features: None, weights: None, ..config.options().map_err(Failure::usage)? };
    let source = source(path);
    let has_group =
        group.filter(|group| symfolio::data::names(&source, &options).is_ok_and(|n| n.iter().any(|n| n == group)));
    let (labels, columns) = load_labelled(&source, &options, has_group)?;
    let row = |name: &String| {
        let mut rows = (0..labels.len()).filter(|row| GroupedData::same_group(&labels[*row], name));
        match (rows.next(), rows.next()) {
            (Some(row), None) => Ok(row),
            (None, _) => {
                Err(Failure::Usage(format!("{}: there is no row for group {name:?}; add one", path.display())))
            }
            _ => Err(Failure::Usage(format!("{}: group {name:?} has two rows; keep one", path.display()))),
        }
    };
    let rows: Vec<usize> = data.names.iter().map(row).collect::<Result<_, _>>()?;
    let quantity = |column: &symfolio::Column| Quantity {
        name: column.name.to_string(),
        values: rows.iter().map(|row| column.values[*row]).collect(),
    };
    Ok(columns.iter().map(quantity).collect())
}

/// Runs the oracle and reads what it printed.
fn simulated(command: &str, arguments: &Relate) -> Result<Read, Failure> {
    let vary = &arguments.oracle.vary;
    let timeout = arguments.oracle.timeout.unwrap_or(TIMEOUT);
    let oracle = Oracle::new(command, vary, arguments.oracle.x.as_ref(), timeout, arguments.json)?;
    let mut rng = ChaCha8Rng::seed_from_u64(arguments.fitting.seed);
    let settings = design(&mut rng, vary, arguments.oracle.points.unwrap_or(POINTS));
    let tables: Vec<Source> = oracle.run(&settings)?;
    let config = arguments.reading.config(DataConfig::default());
    let options = LoadOptions { mentioned_in: arguments.fitting.needed(), ..config.options().map_err(Failure::usage)? };
    let Grouped { loaded, labels } = load_groups(&tables, &options, None)?;
    let formula = formula(&arguments.fitting.expr, &loaded)?;
    let mut data = GroupedData::new(loaded.dataset, &labels);
    if data.names.len() < settings.len() {
        return Err(Failure::Usage("--oracle printed tables without a complete row; check its output".into()));
    }
    let called = |setting: &Vec<f64>| {
        let parts =
            vary.iter().zip(setting).map(|(range, value)| format!("{}={}", range.name, rounded_number_text(*value, 6)));
        parts.collect::<Vec<_>>().join(", ")
    };
    data.names = settings.iter().map(called).collect();
    let quantity = |(index, range): (usize, &symfolio::relate::Range)| Quantity {
        name: range.name.clone(),
        values: settings.iter().map(|setting| setting[index]).collect(),
    };
    Ok((data, vary.iter().enumerate().map(quantity).collect(), formula))
}

fn text(result: &RelateResult, target: &str, quantities: &[Quantity]) -> String {
    let mut out = format!("{target} = {}\n\n", result.fit.form);
    for (name, value) in in_order(&result.fit.shared) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name} = {} in all groups", shown(*value));
    }
    let mut values = Table::new(["group"]);
    quantities.iter().for_each(|quantity| values.heading(&quantity.name));
    let own = result.fit.groups.first().map(|group| in_order(&group.constants)).unwrap_or_default();
    own.iter().for_each(|(name, _)| values.heading(name));
    values.heading("loss");
    for (index, group) in result.fit.groups.iter().enumerate() {
        let mut row = vec![group.name.clone()];
        row.extend(quantities.iter().map(|quantity| shown(quantity.values[index])));
        row.extend(in_order(&group.constants).iter().map(|(_, value)| shown(**value)));
        row.push(rounded_number_text(group.loss, 4));
        values.row(row);
    }
    let mut relations = Table::new(["constant", "quantity", "relation", "value", "95 % within", "bits", "p", "R2"]);
    for relation in &result.relations {
        for found in &relation.dependences {
            let kind = match (found.kind, &found.untested) {
                (Some(Kind::Power), _) => "power",
                (Some(Kind::Exponential), _) => "exponential",
                (Some(Kind::Linear), _) => "linear",
                (Some(Kind::Inverse), _) => "inverse",
                (None, None) => "none",
                (None, Some(_)) => "not tested",
            };
            let interval = found.interval.map(|(low, high)| format!("[{}, {}]", shown(low), shown(high)));
            relations.row(vec![
                relation.constant.clone(),
                found.quantity.clone(),
                kind.to_string(),
                found.value.map(shown).unwrap_or_default(),
                interval.unwrap_or_default(),
                format!("{:.1}", found.bits),
                rounded_number_text(found.p_value, 2),
                relation.r2.filter(|_| found.kind.is_some()).map(|r2| rounded_number_text(r2, 4)).unwrap_or_default(),
            ]);
        }
    }
    let _ = write!(out, "{values}\n{relations}\n");
    for relation in &result.relations {
        let _ = writeln!(out, "{}", relation.sentence);
    }
    result.notes.iter().for_each(|note| out += &format!("note: {note}\n"));
    out
}
