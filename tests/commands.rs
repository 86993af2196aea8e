//! Every command, its output and its exit code.
#![cfg(test)]

mod common;

use common::{Run, chosen, file, json, root, run, symfolio};

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
fn constants_keep_the_names_that_the_formula_gives_them() {
    let dir = tempfile::tempdir().unwrap();
    let data = file(&dir, "line.csv", "x,c3,y\n1,2,5e-32\n2,1,9e-32\n3,4,13e-32\n4,2,17e-32\n");
    let fit = |expr: &str| run(&["fit-constants", &data, "--expr", expr]);
    let result = json(&["fit-constants", &data, "--expr", "c0*x + c5", "--json"]);
    assert_eq!(result["form"], "c0*x + c5");
    for part in ["constants", "intervals"] {
        let names: Vec<&String> = result[part].as_object().unwrap().keys().collect();
        assert_eq!(names, ["c0", "c5"], "{part}");
    }
    let text = fit("c0*x + c5").stdout;
    assert!(text.contains("c0 = 4e-32 ") && text.contains("c5 = 1e-32 "), "{text}");
    let hidden = fit("c0*c3");
    assert!(hidden.stderr.contains("c3 is the column \"c3\" here, no constant"), "{}", hidden.stderr);
    let redundant = fit("c7*x + c9*x");
    assert!(redundant.stdout.contains("c7, c9 cannot be told apart"), "{}", redundant.stdout);
    for (expr, message) in [
        ("c0*log(-x)", "the formula is NaN at x = 1, c0 = 1 (complete row 1 of the table, counted from 1)"),
        ("c0/(x - 3)", "the formula is inf at x = 3"),
        ("y*c0", "\"y\" is the target"),
    ] {
        let refused = fit(expr);
        assert_eq!(refused.code, Some(2), "{expr}: {}", refused.stdout);
        assert!(refused.stderr.contains(message), "{expr}: {}", refused.stderr);
    }
}

#[test]
fn predictions_keep_the_rows_of_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let gaps = file(&dir, "gaps.csv", "x,z\n1,1\n,2\n3,\nNA,4\n-5,5\n");
    let predict = |expr: &str, more: &[&str]| run(&[&["predict", "--expr", expr, &gaps], more].concat());
    let some = predict("2*x", &[]);
    assert_eq!((some.code, &*some.stdout), (Some(0), "prediction\n2\nNaN\n6\nNaN\n-10\n"));
    assert_eq!(some.stderr, "2 of 5 rows have missing cells: their predictions are NaN\n");
    assert_eq!(predict("where(z < 9, z, x)", &[]).stdout, "prediction\n1\nNaN\nNaN\nNaN\n5\n");
    assert_eq!(predict("3", &[]).stderr, "");
    let object: serde_json::Value = serde_json::from_str(&predict("2*x", &["--json"]).stdout).unwrap();
    assert_eq!(object["values"], serde_json::json!([2.0, null, 6.0, null, -10.0]));
    let strict = predict("2*x", &["--missing", "error"]);
    assert_eq!(strict.code, Some(2));
    assert!(strict.stderr.contains("row 3, column \"x\" (position 0): the cell is missing"), "{}", strict.stderr);
}

#[test]
fn a_formula_is_chosen_by_its_size_or_its_row() {
    let dir = tempfile::tempdir().unwrap();
    let (study, data) = kept(&dir);
    let result = json(&["report", &study, "--json"]);
    let simplest = &result["front"][0];
    let size = simplest["complexity"].to_string();
    let by_row = run(&["export", &study, "--member", "0"]);
    assert_eq!(by_row.stdout.trim_end(), simplest["expression"].as_str().unwrap());
    assert_eq!(run(&["export", &study, "--complexity", &size]).stdout, by_row.stdout);
    let predict = |which: &[&str]| run(&[&["predict", &study, &data], which].concat()).stdout;
    assert_eq!(predict(&["--complexity", &size]), predict(&["--member", "0"]));
    let none = run(&["export", &study, "--complexity", "49"]);
    assert_eq!(none.code, Some(2));
    assert!(none.stderr.contains(&format!("there is no formula of size 49; the sizes are {size}")), "{}", none.stderr);
}

#[test]
fn a_budget_that_is_spent_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (study, _) = kept(&dir);
    let files =
        || ["result.json", "events.jsonl"].map(|name| std::fs::read(dir.path().join("study").join(name)).unwrap());
    let before = files();
    for budget in ["1e5", "0.001s"] {
        let again = run(&["resume", &study, "--budget", budget, "--json"]);
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert!(again.stderr.contains("are spent already"), "{budget}: {}", again.stderr);
        assert_eq!(again.stdout.as_bytes(), before[0]);
        assert_eq!(files(), before);
    }
}

#[test]
fn folders_and_files_that_cannot_be_used_are_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let (path, table) = (dir.path().to_str().unwrap(), file(&dir, "table.csv", "x,y\n1,2\n2,4\n3,6\n"));
    let nothing = dir.path().join("nothing");
    let nothing = nothing.to_str().unwrap();
    let kepler = "examples/kepler.csv";
    for (arguments, message) in [
        (&["fit", kepler, "--config", nothing][..], "no such file; check the path"),
        (&["fit", kepler, "--config", path], "this is a folder; name a file in it"),
        (&["fit", kepler, "--out", &table], "this is a file; name a new or an empty folder"),
        (&["fit", kepler, "--out", path], "this folder holds other things; name a new or an empty folder"),
        (&["report", &table], "this is a file, not the folder of a study"),
        (&["report", nothing], "no such folder; check the path"),
        (&["resume", &table], "this is a file, not the folder of a study"),
        (&["export", &table], "this is a file, not the folder of a study"),
        (&["predict", nothing, &table], "no such folder; check the path"),
        (&["fit", kepler, "--seed", "-1"], "a seed is a whole number from 0 to"),
        (&["fit", kepler, "--max-complexity", "-1"], "-1 is not in 1.."),
        (&["fit", kepler, "--budget", "5"], "write 5s for seconds"),
        (&["resume", kepler, "--budget", "60"], "write 60s for seconds"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, Some(2), "{arguments:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(message), "{arguments:?}: {}", refused.stderr);
        assert!(!refused.stderr.contains("os error"), "{arguments:?}: {}", refused.stderr);
    }
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test ends the program while it runs")]
fn a_batch_system_gets_the_results_so_far() {
    use std::io::{BufRead as _, BufReader};
    let send = |signal: &str, child: &std::process::Child| {
        assert!(std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    };
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..300).map(|i| format!("{i},{},{}\n", i * i % 31, (i * 7919) % 1009)).collect();
    let data = file(&dir, "noise.csv", format!("x,z,y\n{rows}"));
    // The first line of progress says that the search is under way, and what it has found.
    let started = || {
        let piped = std::process::Stdio::piped;
        let fit = ["fit", &data, "--budget", "300s", "--json", "--threads", "1"];
        let mut child = symfolio().args(fit).stdout(piped()).stderr(piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("best of")));
        (child, lines)
    };
    let (child, lines) = started();
    send("-TERM", &child);
    assert!(lines.map(Result::unwrap).all(|line| !line.contains("interrupted")));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["stop_reason"], "cancelled");
    let (mut child, lines) = started();
    send("-INT", &child);
    std::thread::sleep(std::time::Duration::from_millis(50));
    send("-INT", &child);
    // Either the second one came in time to end the process, or there was nothing left to interrupt.
    let said: Vec<String> = lines.map(Result::unwrap).filter(|line| !line.contains("best of")).collect();
    assert!(said.is_empty() || said == ["interrupted again: ended without a result"], "{said:?}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
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
    // What the file says of the data holds where no option says otherwise.
    let reversed = file(&dir, "reversed.toml", "budget = \"1e7\"\n[data]\ntarget = \"a\"\n");
    let fit = |more: &[&str]| {
        json(&[&["fit", "examples/kepler.csv", "--config", &reversed, "--json", "--quiet"], more].concat())
    };
    assert_eq!(fit(&[])["target"], "a");
    assert_eq!(fit(&["--target", "T"])["target"], "T");
}

#[test]
fn a_search_begins_from_guesses() {
    let dir = tempfile::tempdir().unwrap();
    // Two frequencies near each other, which no search finds with this budget.
    let law = |t: f64| (3.1 * t).sin() * (-0.2 * t).exp() + 0.5 * (4.7 * t).cos() / (1.0 + t);
    let rows = (0..120).map(|row| f64::from(row) / 12.0).map(|t| format!("{t},{}\n", law(t)));
    let data = file(&dir, "data.csv", format!("t,y\n{}", rows.collect::<String>()));
    let fit = |more: &[&str]| run(&[&["fit", &data, "--budget", "3e7", "--json", "--quiet"], more].concat());
    let nmse = |run: &Run| chosen(&serde_json::from_str(&run.stdout).unwrap())["nmse"].as_f64().unwrap();
    let without = fit(&[]);
    assert!(nmse(&without) > 1e-6, "{}", nmse(&without));
    // Numbers are fitted, whether they are written or named.
    let with = fit(&["--guess", "sin(3*t)*exp(-0.3*t) + c0*cos(5*t)/(1 + t)"]);
    assert!(nmse(&with) < 1e-12, "{}: {}", nmse(&with), with.stderr);
    for (guess, message) in [
        ("sin(3*x)", "the guess \"sin(3*x)\" cannot be read"),
        ("sinh(t)", "uses sinh, which is not among the operators; add it to `operators`"),
        ("exp(exp(t))", "operators inside each other that the constraints do not allow"),
    ] {
        let refused = fit(&["--guess", guess]);
        assert_eq!(refused.code, Some(2), "{}", refused.stderr);
        // Lines are broken where they are long.
        let text = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ").replace("│ ", "");
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn bounds_of_constants_are_kept_to() {
    let fitted = |bounds: &str| {
        let expr = "c0/V + c1";
        json(&["fit-constants", "examples/boyle1662.csv", "--expr", expr, "--bounds", bounds, "--json"])
    };
    let held = fitted("c1=2:");
    assert!((held["constants"]["c1"].as_f64().unwrap() - 2.0).abs() < 1e-6, "{held}");
    let free = fitted("c1=-10:10");
    assert!(free["constants"]["c1"].as_f64().unwrap() < 1.0, "{free}");
}
