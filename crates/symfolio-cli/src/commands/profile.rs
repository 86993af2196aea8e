//! `symfolio profile`.

use std::process::ExitCode;

use symfolio::DataConfig;
use symfolio::expr::{Product, Units};
use symfolio::profile::{describe, describe_units, profile};

use crate::args::Profile;
use crate::failure::Failure;
use crate::inputs::{remarks, units};
use crate::print;
use crate::progress::note;

pub fn run(arguments: Profile) -> Result<ExitCode, Failure> {
    let mut config = arguments.data.config(DataConfig::default())?;
    config.units = units(arguments.units.as_deref(), None)?;
    let loaded = arguments.data.load(&config)?;
    let facts = profile(&loaded.dataset);
    let units = symfolio::engine::units(&loaded.dataset, false).map_err(Failure::usage)?;
    let text = match arguments.json {
        true => {
            let names = loaded.dataset.feature_names();
            let mut object = serde_json::json!({
                "schema": 1, "target": &*loaded.dataset.target().name, "features": names, "profile": facts,
            });
            if let Some(units) = &units {
                object["units"] = unit_facts(units, &names);
            }
            serde_json::to_string(&object).map_err(Failure::internal)? + "\n"
        }
        false => {
            remarks(&loaded, &config).iter().for_each(|remark| note(remark));
            let (names, target) = (loaded.dataset.feature_names(), &loaded.dataset.target().name);
            let words = units.map_or_else(String::new, |units| format!("\n{}", describe_units(&units, &names, target)));
            describe(&facts, &names, target) + &words
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// The units of the columns, and which products of features have the target's unit or none.
fn unit_facts(units: &Units, names: &[String]) -> serde_json::Value {
    let texts = |products: &[Product]| products.iter().map(|product| product.text(names)).collect::<Vec<_>>();
    let analysis = units.analysis();
    let features: Vec<Option<String>> =
        (0..names.len()).map(|index| units.feature(index).map(|unit| units.text(unit))).collect();
    serde_json::json!({
        "target": units.target().map(|unit| units.text(unit)), "features": features,
        "products": texts(&analysis.products), "groups": texts(&analysis.groups),
    })
}
