//! `symfolio profile`.

use std::process::ExitCode;

use symfolio::DataConfig;
use symfolio::profile::{describe, profile};

use crate::args::Profile;
use crate::failure::Failure;
use crate::inputs::remarks;
use crate::print;
use crate::progress::note;

pub fn run(arguments: Profile) -> Result<ExitCode, Failure> {
    let config = arguments.data.config(DataConfig::default())?;
    let loaded = arguments.data.load(&config)?;
    let facts = profile(&loaded.dataset);
    let text = match arguments.json {
        true => {
            let names = loaded.dataset.feature_names();
            let object = serde_json::json!({
                "schema": 1, "target": &*loaded.dataset.target().name, "features": names, "profile": facts,
            });
            serde_json::to_string(&object).map_err(Failure::internal)? + "\n"
        }
        false => {
            remarks(&loaded, &config).iter().for_each(|remark| note(remark));
            describe(&facts, &loaded.dataset.feature_names(), &loaded.dataset.target().name)
        }
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
