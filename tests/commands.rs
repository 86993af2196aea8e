//! Every command, its output and its exit code.
#![cfg(test)]

mod common;

use common::{chosen, file, json, root, run};

/// A study of y = 2.5 exp(-0.5 x), kept in a folder.
fn kept(dir: &tempfile::TempDir) -> (String, String) {
    let rows: String =
        (0..30).map(|i| f64::from(i) / 5.0).map(|x| format!("{x},{}\n", 2.5 * (-0.5 * x).exp())).collect();
    let data = file(dir, "decay.csv", format!("x,y\n{rows}"));
    let study = dir.path().join("study").to_str().unwrap().to_string();
    let result = json(&["fit", &data, "--budget", "3e8", "--out", &study, "--json", "--quiet"]);
    assert!(chosen(&result)["nmse"].as_f64().unwrap() < 1e-12, "{}", chosen(&result));
    (study, data)
}

#[test]
fn fit_prints_the_fixed_fields() {
    let result =
        json(&["fit", "examples/kepler.csv", "--budget", "1e8", "--threads", "1", "--seed", "0", "--json", "--quiet"]);
    assert_eq!(result["schema"], 1);
    assert_eq!(result["target"], "T");
    assert_eq!(result["features"], serde_json::json!(["a"]));
    assert!(result["first_exact_seconds"].is_null(), "measured orbits fit no law exactly");
    assert!(result["stop_reason"].is_string());
    for field in ["work", "node_rows", "wall_seconds", "cpu_seconds"] {
        assert!(result["cost"][field].as_f64().unwrap() > 0.0, "{field}");
    }
    let front = result["front"].as_array().unwrap();
    for pair in front.windows(2) {
        assert!(pair[0]["complexity"].as_u64() < pair[1]["complexity"].as_u64());
        assert!(pair[0]["loss"].as_f64() > pair[1]["loss"].as_f64());
    }
    for member in front {
        for field in ["loss", "nmse", "r2"] {
            assert!(member[field].is_f64(), "{field} of {member}");
        }
        assert!(member["validation_r2"].is_f64() || member["validation_r2"].is_null());
        assert!(!member["origin"].as_array().unwrap().is_empty());
    }
}

#[test]
fn a_kept_study_is_reported_predicted_with_and_exported() {
    let dir = tempfile::tempdir().unwrap();
    let (study, data) = kept(&dir);
    let report = run(&["report", &study]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    assert!(report.stdout.contains("\ny = "), "{}", report.stdout);
    let again = json(&["report", &study, "--json"]);
    assert_eq!(again["schema"], 1);

    let predicted = run(&["predict", &study, &data]);
    let values: Vec<f64> = predicted.stdout.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert_eq!(values.len(), 30);
    assert!((values[5] - 2.5 * (-0.5f64).exp()).abs() < 1e-6, "{}", values[5]);
    let object = json(&["predict", &study, &data, "--json"]);
    assert_eq!(object["values"].as_array().unwrap().len(), 30);

    for (format, part) in [
        ("text", "exp"),
        ("latex", "e^{"),
        ("sympy", "import sympy"),
        ("numpy", "def predict"),
        ("c", "double predict"),
        ("rust", "pub fn predict"),
        ("json", "\"infix\""),
    ] {
        let export = run(&["export", &study, "--format", format]);
        assert_eq!(export.code, Some(0), "{}", export.stderr);
        assert!(export.stdout.contains(part), "{format}: {}", export.stdout);
    }
    let beyond = run(&["export", &study, "--member", "99"]);
    assert_eq!(beyond.code, Some(2));
    assert!(beyond.stderr.contains("there is no formula 99"), "{}", beyond.stderr);
}

#[test]
fn constants_of_a_given_formula_are_fitted() {
    let dir = tempfile::tempdir().unwrap();
    let (_, data) = kept(&dir);
    let result = json(&["fit-constants", &data, "--expr", "c0*exp(-c1*x)", "--json"]);
    assert_eq!(result["schema"], 1);
    for (name, value) in [("c0", 2.5), ("c1", 0.5)] {
        assert!((result["constants"][name].as_f64().unwrap() - value).abs() < 1e-9, "{result}");
        let interval = result["intervals"][name].as_array().unwrap();
        assert!(
            interval[0].as_f64().unwrap() <= value + 1e-9 && value - 1e-9 <= interval[1].as_f64().unwrap(),
            "{result}"
        );
    }
    assert!(result["nmse"].as_f64().unwrap() < 1e-20 && result["identifiable"] == true, "{result}");
    let redundant = json(&["fit-constants", &data, "--expr", "c0*exp(-c1*x + c2)", "--json"]);
    assert_eq!(redundant["identifiable"], false);
}

#[test]
fn a_formula_that_cannot_be_read_is_shown_with_the_place() {
    let run = run(&["fit-constants", "examples/kepler.csv", "--expr", "c0*b**1.5"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("unknown name \"b\""), "{}", run.stderr);
    assert!(run.stderr.contains("c0*b**1.5"), "{}", run.stderr);
}

#[test]
fn profile_says_what_the_data_is_like() {
    let text = run(&["profile", "examples/kepler.csv"]);
    assert_eq!(text.code, Some(0), "{}", text.stderr);
    assert!(text.stdout.contains('8'), "{}", text.stdout);
    let object = json(&["profile", "examples/kepler.csv", "--json"]);
    assert_eq!(object["profile"]["n_rows"], 8);
}

#[test]
fn help_teaches_by_example_and_wrong_usage_is_code_2() {
    for arguments in [&["fit", "--help"][..], &["--help"]] {
        let help = run(arguments);
        assert_eq!(help.code, Some(0));
        assert!(help.stdout.contains("Examples:"), "{}", help.stdout);
    }
    let bare = run(&["fit"]);
    assert_eq!(bare.code, Some(2));
    assert!(bare.stderr.contains("symfolio fit examples/kepler.csv"), "{}", bare.stderr);
    for (arguments, message) in [
        (&["fit", "examples/kepler.csv", "--budget", "soon"][..], "cannot read the budget"),
        (&["fit", "examples/kepler.csv", "--operators", "add,sine"], "there is no operator \"sine\""),
        (&["fit", "examples/kepler.csv", "--only", "magic"], "there is no backend \"magic\""),
        (&["fit", "examples/kepler.csv", "--policy", "greedy"], "there is no policy \"greedy\""),
        (&["fit", "examples/kepler.csv", "--loss", "cubic"], "cubic"),
        (&["report", "examples"], "holds no study"),
        (&["frobnicate"], "frobnicate"),
    ] {
        let run = run(arguments);
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_study_file_sets_what_options_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let config = file(&dir, "study.toml", "budget = \"1e8\"\nonly = [\"sparse\"]\n");
    let result = json(&["fit", "examples/kepler.csv", "--config", &config, "--json", "--quiet"]);
    assert_eq!(result["shares"].as_array().unwrap().len(), 1);
    let broken = file(&dir, "broken.toml", "budgt = \"1e8\"\n");
    let refused = run(&["fit", "examples/kepler.csv", "--config", &broken]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("budgt"), "{}", refused.stderr);
    assert!(root().join("Cargo.toml").exists());
}
