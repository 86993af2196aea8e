//! Units of measure from the outside: what breaks them is not considered, and results say them.
#![cfg(test)]

mod common;

use common::{chosen, json, run};
use symfolio::expr::{Expr, Literals, Units};

/// Energy (J) of bodies of mass m (kg) that move at speed v (m/s) at height h (m): E = m*v**2/2 + 9.81*m*h, with 1 % of noise.
fn energies(dir: &tempfile::TempDir) -> String {
    let rows: String = (0..120)
        .map(|i| {
            let at = |step: i32, modulus: i32| f64::from((i * step) % modulus) / f64::from(modulus);
            let (m, v, h) = (1.0 + 4.0 * at(37, 101), 1.0 + 9.0 * at(53, 97), 0.5 + 5.0 * at(29, 89));
            let noise = 1.0 + 0.02 * (at(7919, 1009) - 0.5);
            format!("{m},{v},{h},{}\n", (0.5 * m * v * v + 9.81 * m * h) * noise)
        })
        .collect();
    common::file(dir, "energies.csv", format!("m,v,h,E\n{rows}"))
}

/// The formulas of the front that break the units, and their number in all.
fn unsound(result: &serde_json::Value, units: &Units) -> (Vec<String>, usize) {
    let front = result["front"].as_array().unwrap();
    let broken = front.iter().filter(|member| {
        let expr: Expr = serde_json::from_value(member["prefix"].clone()).unwrap();
        !units.allow(&expr, Literals::Free)
    });
    (broken.map(|member| member["expression"].as_str().unwrap().to_string()).collect(), front.len())
}

#[test]
fn constants_have_the_units_that_the_columns_ask_for() {
    let dir = tempfile::tempdir().unwrap();
    let data = energies(&dir);
    let file = common::file(&dir, "units.toml", "m = \"kg\"\nv = \"m/s\"\nh = \"m\"\nE = \"J\"\n");
    let fit = ["fit", &data, "--budget", "3e8", "--json", "--quiet"];
    let without = json(&fit);
    assert!(without.get("target_unit").is_none() && without["front"][0]["constants"][0].get("unit").is_none());
    let with = json(&[&fit[..], &["--units", &file]].concat());
    assert_eq!(with["target_unit"], "J");
    let law = chosen(&with);
    let constants = law["constants"].as_array().unwrap();
    let gravity = constants.iter().find(|constant| constant["unit"] == "m/s^2");
    let gravity = gravity.unwrap_or_else(|| panic!("{law}"))["value"].as_f64().unwrap();
    assert!((9.0..21.0).contains(&gravity), "{law}");
}

#[test]
fn no_formula_of_the_front_breaks_the_units() {
    let dir = tempfile::tempdir().unwrap();
    // The way of a body that falls for a time t from speed v under g, with 1 % of noise.
    let rows: String = (0..150)
        .map(|i| {
            let at = |step: i32, modulus: i32| f64::from((i * step) % modulus) / f64::from(modulus);
            let (v, t, g) = (1.0 + 9.0 * at(53, 97), 1.0 + 4.0 * at(37, 101), 2.0 + 8.0 * at(29, 89));
            let noise = 1.0 + 0.02 * (at(7919, 1009) - 0.5);
            format!("{v},{t},{g},{}\n", (v * t + 0.5 * g * t * t) * noise)
        })
        .collect();
    let data = common::file(&dir, "falls.csv", format!("v,t,g,way\n{rows}"));
    let file = common::file(&dir, "units.toml", "v = \"m/s\"\nt = \"s\"\ng = \"m/s^2\"\nway = \"m\"\n");
    let units = Units::new(&[Some("m/s"), Some("s"), Some("m/s^2")], Some("m"), true).unwrap();
    let fit = ["fit", &data, "--budget", "3e8", "--json", "--quiet"];
    let (broken, all) = unsound(&json(&fit), &units);
    assert!(!broken.is_empty(), "without units all {all} formulas of the front keep to them");
    let with = json(&[&fit[..], &["--units", &file, "--dimensionless-constants"]].concat());
    let (broken, all) = unsound(&with, &units);
    assert!(broken.is_empty() && all > 0, "{broken:?} of {all}");
    let nmse = chosen(&with)["nmse"].as_f64().unwrap();
    assert!(nmse < 1e-3, "{with}");
}

#[test]
fn a_spurious_formula_gives_way_to_the_law() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..60)
        .map(|i| {
            let (speed, time) = (f64::from((i * 7) % 13 + 1), f64::from((i * 5) % 11 + 2));
            format!("{speed},{time},{},{}\n", speed * time, speed * time)
        })
        .collect();
    let data = common::file(&dir, "trips.csv", format!("speed,time,freight,distance\n{rows}"));
    let fit = ["fit", &data, "--budget", "1e8", "--json", "--quiet"];
    assert_eq!(chosen(&json(&fit))["expression"], "freight");
    let text = "speed = \"km/h\"\ntime = \"h\"\nfreight = \"kg\"\ndistance = \"km\"\n";
    let file = common::file(&dir, "units.toml", text);
    let law = json(&[&fit[..], &["--units", &file, "--dimensionless-constants"]].concat());
    assert_eq!(chosen(&law)["expression"], "speed*time");
    // A study file says the same.
    let units = "units = { speed = \"km/h\", time = \"h\", freight = \"kg\", distance = \"km\" }";
    let text = format!("[data]\n{units}\n[problem]\ndimensionless_constants = true\n");
    let config = common::file(&dir, "study.toml", text);
    let same = json(&[&fit[..], &["--config", &config]].concat());
    assert_eq!(same["front"], law["front"]);
}

#[test]
fn the_profile_says_which_products_fit() {
    let dir = tempfile::tempdir().unwrap();
    let data = energies(&dir);
    let file = common::file(&dir, "units.toml", "m = \"kg\"\nv = \"m/s\"\nE = \"J\"\nh = \"unknown\"\n");
    let told = run(&["profile", &data, "--units", &file]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.stdout.contains("E is in J; E/(m*v^2) has no dimension."), "{told:?}");
    assert!(told.stderr.contains("no unit is known of \"h\": it may be any"), "{told:?}");
    let facts = json(&["profile", &data, "--units", &file, "--json"]);
    assert_eq!(facts["units"]["products"][0], "m*v^2");
    assert_eq!(facts["units"]["features"], serde_json::json!(["kg", "m/s", null]));
}

#[test]
fn units_that_cannot_be_used_are_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let data = energies(&dir);
    for (text, arguments, expect) in [
        ("w = \"kg\"", &[][..], "a unit is given for \"w\", but the columns are \"m\", \"v\", \"h\", \"E\""),
        ("m = \"kq\"", &[], "column \"m\": the unit \"kq\", character 1: there is no unit \"kq\""),
        ("m = 3", &[], "write a line such as speed = \"m/s\" for each column"),
        ("m = ", &[], "units.toml"),
        ("", &["--dimensionless-constants"], "dimensionless_constants = true means nothing without units"),
    ] {
        let file = common::file(&dir, "units.toml", text);
        let refused = run(&[&["fit", &data, "--units", &file, "--budget", "1e7"], arguments].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(expect), "{text}: {refused:?}");
    }
    let missing = run(&["fit", &data, "--units", "nowhere.toml", "--budget", "1e7"]);
    assert!(missing.code == Some(2) && missing.stderr.contains("nowhere.toml"), "{missing:?}");
}
