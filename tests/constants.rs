//! `fit-constants` with groups and profiles, and `relate`.
#![cfg(test)]

mod common;

use common::{Run, file, json, run, symfolio};
use serde_json::Value;

/// Numbers that look like noise and are the same everywhere.
fn noise(row: usize) -> f64 {
    ((row * 7919 + 104729) % 1009) as f64 / 1009.0 - 0.5
}

/// Decays of one rate, with an amplitude and an offset for each sample; the last sample has two rows.
fn decays(dir: &tempfile::TempDir) -> String {
    let mut text = String::from("t,sample,y\n");
    for (group, (name, amplitude, offset, n)) in
        [("old", 1.0, 0.1, 20), ("new", 2.0, 0.2, 20), ("raw", 3.0, 0.5, 15), ("few", 4.0, 1.0, 2)].iter().enumerate()
    {
        for row in 0..*n {
            let t = 10.0 * (f64::from(row) + 0.5) / f64::from(*n);
            let y = amplitude * (-0.37 * t).exp() + offset + 0.02 * noise(100 * group + row as usize);
            text += &format!("{t},{name},{y}\n");
        }
    }
    file(dir, "decays.csv", text)
}

/// Second-harmonic curves of eight lengths L, with temperatures T that have no effect.
fn harmonics(dir: &tempfile::TempDir, spread: f64) -> String {
    let temperatures = [303.1, 287.6, 311.8, 295.0, 281.3, 318.2, 299.9, 306.4];
    let mut text = String::from("x,L,T,y\n");
    for (group, temperature) in temperatures.iter().enumerate() {
        let length = 1.0 + 0.5 * group as f64;
        for row in 0..60 {
            let x = 10.0 + 4.0 * f64::from(row) / 59.0;
            let mismatch: f64 = 1.7 * (x - 12.1) * length;
            let sinc = mismatch.sin() / mismatch;
            let y = 0.8 * (length * sinc).powi(2) + spread * noise(60 * group + row as usize);
            text += &format!("{x},{length},{temperature},{y}\n");
        }
    }
    file(dir, "harmonics.csv", text)
}

fn refused(arguments: &[&str], message: &str) {
    let run = run(arguments);
    assert_eq!(run.code, Some(2), "{arguments:?}: {}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(message), "{arguments:?}: {}", run.stderr);
}

fn close(value: &Value, wanted: f64, share: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - wanted).abs() <= share * wanted.abs(), "{found}, not {wanted}");
}

const DECAY: &str = "c0*exp(-c1*t) + c2";
const BUDGET: [&str; 2] = ["--budget", "3e8"];

#[test]
fn groups_share_constants() {
    let dir = tempfile::tempdir().unwrap();
    let data = decays(&dir);
    let fit = |more: &[&str]| json(&[&["fit-constants", &data, "--expr", DECAY, "--json"], &BUDGET[..], more].concat());
    let result = fit(&["--group", "sample", "--shared", "c1"]);
    assert_eq!((&result["schema"], &result["form"]), (&1.into(), &DECAY.into()));
    close(&result["shared"]["c1"], 0.37, 0.02);
    let interval = result["shared_intervals"]["c1"].as_array().unwrap();
    assert!(interval[0].as_f64().unwrap() < 0.37 && 0.37 < interval[1].as_f64().unwrap(), "{interval:?}");
    let groups = result["groups"].as_array().unwrap();
    let names: Vec<&Value> = groups.iter().map(|group| &group["name"]).collect();
    assert_eq!(names, ["old", "new", "raw", "few"]);
    for (group, amplitude) in groups.iter().zip([1.0, 2.0, 3.0, 4.0]) {
        close(&group["constants"]["c0"], amplitude, 0.03);
        assert!(group["loss"].is_f64() && group["rows"].is_u64() && group["expression"].is_string());
    }
    assert_eq!(result["identifiable"], true, "{result}");
    // The other way to say it, and the column by its position.
    assert_eq!(fit(&["--group", "1", "--own", "c0,c2"])["shared"], result["shared"]);
    // Nothing shared: the group of two rows cannot have three constants.
    let alone = fit(&["--group", "sample"]);
    assert_eq!(alone["identifiable"], false);
    assert_eq!(alone["message"], "2 rows of group few cannot determine 3 constants");
    let text =
        run(&[&["fit-constants", &data, "--expr", DECAY, "--group", "sample", "--shared", "c1"], &BUDGET[..]].concat());
    for part in ["shared by 4 groups", "group  rows  c0", "few    2     4.0", "95 % within"] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
}

#[test]
fn several_tables_are_groups() {
    let dir = tempfile::tempdir().unwrap();
    let table = |name: &str, slope: f64| {
        let rows: String = (0..6).map(|x| format!("{},{x}\n", 5.0 + slope * f64::from(x))).collect();
        file(&dir, name, format!("y,x\n{rows}"))
    };
    let (one, two) = (table("one.csv", 1.0), table("two.csv", 3.0));
    let fit = ["fit-constants", &one, &two, "--target", "y", "--expr", "c0 + c1*x", "--shared", "c0", "--json"];
    let result = json(&fit);
    close(&result["shared"]["c0"], 5.0, 1e-9);
    assert_eq!((&result["groups"][1]["name"], result["groups"].as_array().unwrap().len()), (&"two".into(), 2));
    close(&result["groups"][1]["constants"]["c1"], 3.0, 1e-9);
}

#[test]
fn wrong_groups_are_refused_with_a_remedy() {
    let dir = tempfile::tempdir().unwrap();
    let data = decays(&dir);
    let one = file(&dir, "one.csv", "x,g,y\n1,a,2\n2,a,3\n3,a,5\n");
    let fit =
        |more: &[&str], message: &str| refused(&[&["fit-constants", &data, "--expr", DECAY], more].concat(), message);
    fit(&["--group", "probe"], "no column \"probe\" for the group; the columns are");
    fit(
        &["--group", "sample", "--shared", "c7"],
        "--shared names c7, and the formula has no such constant; it has c0, c1, c2",
    );
    fit(&["--group", "sample", "--own", "c7"], "--own names c7");
    fit(&["--shared", "c1"], "--shared is about groups; name the column");
    fit(&["--group", "sample", "--shared", "c1", "--own", "c0"], "cannot be used with");
    fit(&["--group", "sample", "--bounds", "c9=0:1"], "the formula has no constant c9");
    fit(&["--group", "y", "--target", "y"], "column \"y\" is used as");
    refused(&["fit-constants", &one, "--group", "g", "--expr", "c0*x"], "there is one group only, \"a\"");
}

#[test]
fn columns_that_are_not_needed_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..12)
        .map(|row| {
            let (x, length, note) = (row % 3, 1 + row / 3, if row == 4 { "" } else { "good" });
            format!("{x},run {length},{length},20,{note},{}\n", 2 * x * length + 1)
        })
        .collect();
    let data = file(&dir, "notes.csv", format!("x,run,L,T,note,y\n{rows}"));
    let fit = |expr: &str, more: &[&str]| json(&[&["fit-constants", &data, "--expr", expr, "--json"], more].concat());
    let line = fit("c0*x*L + c1", &BUDGET);
    close(&line["constants"]["c0"], 2.0, 1e-9);
    // Columns are named as the parser reads formulas.
    close(&fit("c0*2x*L + c1*L²/L^2", &BUDGET)["constants"]["c0"], 1.0, 1e-9);
    // One that does not vary is there if the formula names it.
    close(&fit("c0*x*L + c1/T", &BUDGET)["constants"]["c1"], 20.0, 1e-6);
    let groups = fit("c0*x + c1", &[&["--group", "run"], &BUDGET[..]].concat());
    close(&groups["groups"][3]["constants"]["c0"], 8.0, 1e-9);
    let related =
        json(&["relate", &data, "--expr", "c0*x + c1", "--shared", "c1", "--group", "run", "--by", "L,T", "--json"]);
    assert_eq!(related["fit"]["groups"].as_array().unwrap().len(), 4);
    refused(&["fit-constants", &data, "--expr", "c0*x + c1*note"], "column \"note\"");
    // Whoever has misspelt a name sees those that were not read, too.
    refused(&["fit-constants", &data, "--expr", "c0*x*Lenght"], "the names are ");
}

#[test]
fn profiles_keep_to_the_budget_and_too_few_rows_are_said_to_be_that() {
    let dir = tempfile::tempdir().unwrap();
    let data = decays(&dir);
    let fit = |budget: &str| {
        let fit = ["fit-constants", &data, "--expr", DECAY, "--group", "sample", "--shared", "c1", "--json"];
        json(&[&fit[..], &["--intervals", "profile", "--budget", budget]].concat())
    };
    let remarks =
        |result: &Value| result["remarks"].as_array().unwrap().iter().map(Value::to_string).collect::<String>();
    assert!(!remarks(&fit("3e8")).contains("budget"), "{}", remarks(&fit("3e8")));
    let cut = remarks(&fit("200000"));
    assert!(cut.contains("ends of intervals were not found") && cut.contains("give more by --budget"), "{cut}");
    let few = file(&dir, "few.csv", "x,y\n1,2\n2,3\n3,5\n");
    let fitted = json(&["fit-constants", &few, "--expr", "c0*x + c1*exp(c2*x) + c3", "--budget", "1e7", "--json"]);
    assert_eq!(fitted["message"], "3 rows cannot determine 4 constants");
}

#[test]
fn profiles_are_intervals_on_request() {
    let rows = "0.02,76\n0.02,47\n0.06,97\n0.06,107\n0.11,123\n0.11,139\n0.22,159\n0.22,152\n0.56,191\n0.56,201\n1.1,207\n1.1,200\n";
    let dir = tempfile::tempdir().unwrap();
    let data = file(&dir, "puromycin.csv", format!("x,y\n{rows}"));
    let fit = |more: &[&str]| {
        json(&[&["fit-constants", &data, "--expr", "c0*x/(c1 + x)", "--json"], &BUDGET[..], more].concat())
    };
    let profile = fit(&["--intervals", "profile"]);
    assert_eq!((&profile["method"], &fit(&[])["method"]), (&"profile".into(), &"delta".into()));
    close(&profile["intervals"]["c1"][1], 0.08616, 1e-3);
    assert!(fit(&[])["intervals"]["c1"][1].as_f64().unwrap() < 0.083);
    refused(
        &["fit-constants", &data, "--expr", "c0*x", "--intervals", "profile", "--loss", "mae"],
        "profile intervals are those of the squared error",
    );
    // Of groups, too: the half-saturation is shared.
    let cells = ["fit-constants", "examples/puromycin.csv", "--group", "cells", "--own", "c0"];
    let form = ["--expr", "c0*concentration/(c1 + concentration)", "--budget", "1e8", "--json"];
    let intervals = |method: &str| {
        let result = json(&[&cells[..], &form, &["--intervals", method]].concat());
        let of = |interval: &Value| (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
        assert_eq!(result["method"], method);
        (of(&result["shared_intervals"]["c1"]), of(&result["groups"][1]["intervals"]["c0"]))
    };
    let ((delta, delta_own), (profile, profile_own)) = (intervals("delta"), intervals("profile"));
    assert!(profile.0 > delta.0 && profile.1 > delta.1 && profile.1 < 1.1 * delta.1, "{profile:?} {delta:?}");
    assert!((profile_own.0 / delta_own.0 - 1.0).abs() < 0.02, "{profile_own:?} {delta_own:?}");
    // A saturation that the data do not reach.
    let noise = [0.03, -0.02, 0.01, 0.04, -0.03, 0.02, -0.04, 0.01];
    let rows: String = (1..9)
        .map(|i| (0.1 * f64::from(i), noise[i as usize - 1]))
        .map(|(x, noise)| format!("{x},{}\n", 5.0 * x / (1.0 + x / 20.0) + noise))
        .collect();
    let data = file(&dir, "open.csv", format!("x,y\n{rows}"));
    let fit = ["fit-constants", &data, "--expr", "c0*x/(1 + x/c1)", "--intervals", "profile", "--budget", "3e8"];
    let open = run(&fit);
    assert!(open.stdout.contains("95 % above "), "{}{}", open.stdout, open.stderr);
    assert!(json(&[&fit[..], &["--json"]].concat())["intervals"]["c1"].is_array());
}

#[test]
fn constants_that_are_hard_to_tell_apart_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (0..20).map(|x| format!("{x},{}\n", 2.0 * f64::from(x) + 0.1 * noise(x as usize))).collect();
    let data = file(&dir, "line.csv", format!("x,y\n{rows}"));
    let text = |expr: &str| run(&["fit-constants", &data, "--expr", expr, "--budget", "1e8"]).stdout;
    for (expr, message) in [
        ("c3*c4*x", "c3, c4 cannot be told apart: only c3*c4 is determined"),
        ("c0*x + c1 + c5", "c1, c5 cannot be told apart: only c1 + c5 is determined"),
        ("c0 + c1*(x + 100000)", "c0 and c1 barely: a change of one is nearly made up for by the other"),
    ] {
        assert!(text(expr).contains(message), "{expr}: {}", text(expr));
    }
}

/// The dependence of a constant on a quantity.
fn dependence<'r>(result: &'r Value, constant: &str, quantity: &str) -> &'r Value {
    let named = |list: &'r Value, key: &str, name: &str| -> &'r Value {
        list.as_array().unwrap().iter().find(|one| one[key] == name).unwrap_or_else(|| panic!("no {name}: {result}"))
    };
    named(&named(&result["relations"], "constant", constant)["dependences"], "quantity", quantity)
}

/// Is the relation the power `exponent`, with the interval around it?
fn is_power(found: &Value, exponent: f64) {
    assert_eq!(found["kind"], "power", "{found}");
    assert_eq!(found["exponent"].as_f64(), Some(exponent), "{found}");
    let interval = found["interval"].as_array().unwrap();
    let (low, high) = (interval[0].as_f64().unwrap(), interval[1].as_f64().unwrap());
    assert!(low <= exponent + 1e-9 && exponent - 1e-9 <= high && high - low < 0.2, "{found}");
}

/// The laws of second-harmonic curves: amplitude with the square of the length, width with its inverse, the place fixed.
fn check_harmonics(result: &Value, decoy: bool) {
    is_power(dependence(result, "c0", "L"), 2.0);
    is_power(dependence(result, "c1", "L"), 1.0);
    assert!(dependence(result, "c2", "L")["kind"].is_null(), "{result}");
    for constant in ["c0", "c1", "c2"] {
        assert!(!decoy || dependence(result, constant, "T")["kind"].is_null(), "{result}");
    }
}

const HARMONIC: &str = "c0*sinc(c1*(x - c2))**2";

#[test]
fn the_length_of_an_element_is_recognised() {
    let dir = tempfile::tempdir().unwrap();
    for spread in [0.0, 0.05] {
        let data = harmonics(&dir, spread);
        let relate = |more: &[&str]| -> Run {
            run(&[&["relate", &data, "--features", "x", "--by", "L,T", "--budget", "2e9"], more].concat())
        };
        let found = relate(&["--expr", HARMONIC, "--json"]);
        assert_eq!(found.code, Some(0), "{}", found.stderr);
        let result: Value = serde_json::from_str(&found.stdout).unwrap();
        check_harmonics(&result, true);
        let text = relate(&["--expr", HARMONIC]).stdout;
        for part in ["c1 is proportional to L (exponent", "c0 goes with L**2 (exponent", "c2: no relation with L, T"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // The form knows how the length acts: each group's own constant is the length.
        let form = "c0*c3**2*sinc(c1*(x - c2)*c3)**2";
        let own = relate(&["--expr", form, "--shared", "c0,c1,c2"]).stdout;
        assert!(own.contains("c3 is proportional to L (exponent"), "{own}");
        assert!(own.contains("the data leave the scale of c3 free"), "{own}");
        let fixed = relate(&["--expr", "c0*c3**2*sinc(1.7*(x - c2)*c3)**2", "--own", "c3", "--bounds", "c3=0:"]).stdout;
        assert!(fixed.contains("it is L (times 1") || fixed.contains("it is L (times 0.99"), "{fixed}");
    }
}

#[test]
fn quantities_come_from_columns_lists_and_tables() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["p", "q", "r", "s", "t"];
    let mut tables = Vec::new();
    let mut all = String::from("x,run,y\n");
    for (index, name) in names.iter().enumerate() {
        let mut text = String::from("x,y\n");
        for row in 0..8 {
            let (x, y) = (row, 3.0 * (1.0 + index as f64) * f64::from(row) + 0.01 * noise(9 * index + row as usize));
            text += &format!("{x},{y}\n");
            all += &format!("{x},{name},{y}\n");
        }
        tables.push(file(&dir, &format!("{name}.csv"), text));
    }
    let all = file(&dir, "all.csv", all);
    let conditions = file(&dir, "conditions.csv", "run,Q\nt,5\ns,4\nr,3\nq,2\np,1\n");
    let files: Vec<&str> = tables.iter().map(String::as_str).collect();
    let with = [&["relate"], &files[..], &["--expr", "c0*x", "--with", "Q=1,2,3,4,5", "--json"]].concat();
    is_power(dependence(&json(&with), "c0", "Q"), 1.0);
    let grouped = ["relate", &all, "--group", "run", "--expr", "c0*x", "--json"];
    is_power(dependence(&json(&[&grouped[..], &["--quantities", &conditions]].concat()), "c0", "Q"), 1.0);
    let short = file(&dir, "short.csv", "run,Q\nt,5\ns,4\n");
    let twice = file(&dir, "twice.csv", "run,Q\nt,5\nt,4\ns,4\nr,3\nq,2\np,1\n");
    for (more, message) in [
        (&["--quantities", &*short][..], "there is no row for group \"p\"; add one"),
        (&["--quantities", &*twice], "group \"t\" has two rows; keep one"),
        (&["--with", "Q=1,2"], "Q has 2 value(s) for 5 groups (p, ...); give one a group"),
        (&["--with", "Q=1,two"], "values are written L=1,2,3, numbers only"),
        (&["--with", "Q=1,2,3,4,5", "--quantities", &*conditions], "the quantity Q is given twice"),
        (&["--by", "run"], "the group \"p\" is no number"),
        (&["--by", "Z"], "--by Z: there is no such column among the features \"x\""),
        (&["--by", "x"], "--by x: it is 0 and 1 in group p; a quantity has one value in each group"),
        (&[], "there is no quantity to relate the constants to"),
        (&["--with", "Q=1,2,3,4,5", "--shared", "c0"], "all constants of the formula are shared"),
        (&["--with", "Q=1,2,3,4,5", "--shared", "c4"], "--shared names c4"),
    ] {
        refused(&[&grouped[..], more].concat(), message);
    }
    refused(
        &["relate", &all, "--features", "x", "--expr", "c0*x"],
        "one table needs a column that tells its groups apart",
    );
    let words = file(&dir, "words.csv", "x,Q,y\n1,low,2\n2,high,3\n3,low,4\n");
    refused(&["relate", &words, "--by", "Q", "--expr", "c0*x"], "cannot read \"low\" as a number");
    // Three groups: the fit is printed, and what is missing is said.
    let few = run(&[&["relate"], &files[..3], &["--expr", "c0*x", "--with", "Q=1,2,3"]].concat());
    assert!(
        few.stdout.contains("c0: 3 groups are too few, a relation with an interval needs at least 4"),
        "{}",
        few.stdout
    );
}

/// The simulator among the examples.
fn simulator() -> String {
    let name = format!("second_harmonic{}", std::env::consts::EXE_SUFFIX);
    let path = std::path::Path::new(env!("CARGO_BIN_EXE_symfolio")).with_file_name("examples").join(name);
    assert!(path.exists(), "build the examples first: cargo build --examples -p symfolio-cli");
    // Paths on Windows have backslashes, which a shell would take for escapes.
    path.to_str().unwrap().replace('\\', "/")
}

#[test]
fn an_oracle_makes_the_data_sets() {
    let simulator = simulator();
    let relate = |command: &str, more: &[&str]| -> Run {
        let command = format!("'{simulator}' {command}");
        let begun = ["relate", "--oracle", &command, "--vary", "L=1:5", "--expr", HARMONIC, "--budget", "2e9"];
        run(&[&begun[..], more].concat())
    };
    let grid = ["--x", "x=10:14:60", "--json"];
    // The value as an argument or in the environment, the grid as arguments or on standard input.
    for command in ["--length {L}", "", "--length={L} --length {L} --from {x_low} --to {x_high} --points {x_points}"] {
        let found = relate(command, &grid);
        assert_eq!(found.code, Some(0), "{}", found.stderr);
        check_harmonics(&serde_json::from_str(&found.stdout).unwrap(), false);
    }
    let two = relate("--length {L}", &["--vary", "T=280:320", "--points", "9", "--x", "x=10:14:60", "--json"]);
    let result: Value = serde_json::from_str(&two.stdout).unwrap();
    check_harmonics(&result, true);
    assert_eq!(result["quantities"]["L"].as_array().unwrap().len(), 9);
    for (command, more, message) in [
        (
            "--length {L} --longest 4",
            &["--x", "x=10:14:60"][..],
            "it ended with exit code 3; it said:\na length of 4.4285",
        ),
        ("--length {L} --points 9 --seconds 30", &["--timeout", "0.3s"], "it took longer than 0.3 s and was ended"),
        ("--length {L} --points 0", &[], "--oracle, call 1 of 8"),
        ("--length {L} 'oops", &[], "a quote is not closed"),
        ("--length {L}", &["--vary", "L=2:3"], "--vary names L twice"),
        ("--length {L}", &["--vary", "L=5:1"], "a range is written L=1:5"),
        ("--length {L}", &["--points", "2"], "2 is not in 4..=10000"),
    ] {
        let run = relate(command, more);
        assert_eq!(run.code, Some(2), "{command}: {}", run.stdout);
        assert!(run.stderr.contains(message), "{command}: {}", run.stderr);
    }
    refused(
        &["relate", "--oracle", "no-such-program {L}", "--vary", "L=1:5", "--expr", "c0"],
        "there is no program \"no-such-program\"",
    );
    refused(&["relate", "--oracle", "sim", "--expr", "c0"], "--vary");
    refused(&["relate", "--vary", "L=1:2", "--expr", "c0"], "--oracle");
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test ends the program while it runs")]
fn a_signal_ends_the_oracle_too() {
    use std::io::{BufRead as _, BufReader};
    // The simulator says nothing for a minute; its own name is unique to this test.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("slow_simulator");
    std::fs::copy(simulator(), &copy).unwrap();
    let command = format!("{} --length {{L}} --points 9 --seconds 60", copy.display());
    let arguments = ["relate", "--oracle", &command, "--vary", "L=1:5", "--expr", "c0*x"];
    let mut child = symfolio().args(arguments).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("call 1 of 8")));
    std::thread::sleep(std::time::Duration::from_millis(200));
    let terminate = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(terminate.success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    // Nobody holds the copy any longer: it can be written to, which a running program cannot.
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while std::fs::OpenOptions::new().append(true).open(&copy).is_err() {
        assert!(std::time::Instant::now() < until, "the simulator still runs");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// Waits some seconds for something to become true.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the tests look at programs that run beside them")]
fn soon(is_so: impl Fn() -> bool) -> bool {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while std::time::Instant::now() < until {
        if is_so() {
            return true;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    false
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test asks whether a process is there")]
fn what_an_oracle_starts_ends_with_it() {
    // A script that waits for a program of its own, as wrappers of simulators do.
    let dir = tempfile::tempdir().unwrap();
    let number = dir.path().join("number");
    let command = format!("sh -c 'sleep 300 & echo $! > {}; wait'", number.display());
    refused(
        &["relate", "--oracle", &command, "--vary", "L=1:5", "--expr", "c0*x", "--timeout", "1s"],
        "it took longer than 1 s and was ended",
    );
    let number = std::fs::read_to_string(number).unwrap();
    // A process that has ended and that nobody has asked after yet is a zombie.
    let runs = || {
        let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", number.trim()]).output().unwrap();
        let state = String::from_utf8_lossy(&state.stdout).trim().to_string();
        !(state.is_empty() || state.starts_with('Z'))
    };
    assert!(soon(|| !runs()), "process {number} still runs");
}

#[cfg(unix)]
#[test]
fn an_oracle_that_prints_without_end_is_ended() {
    refused(
        &["relate", "--oracle", "yes 1,2", "--vary", "L=1:5", "--expr", "c0*x"],
        "it goes on after 256 MiB; print a table that ends",
    );
}

#[cfg(unix)]
#[test]
#[expect(clippy::disallowed_methods, reason = "the test ends the program while it runs")]
fn a_signal_ends_the_fit_after_an_oracle() {
    use std::io::{BufRead as _, BufReader};
    let dir = tempfile::tempdir().unwrap();
    let table = dir.path().join("table.csv");
    let rows: String = (0..20_000u64).map(|row| format!("{row},{}\n", (row * row * 7919) % 1009)).collect();
    std::fs::write(&table, format!("x,y\n{rows}")).unwrap();
    let command = format!("cat {}", table.display());
    let waves = "c0*sin(c1*x + c2) + c3*sin(c4*x + c5) + c6*sin(c7*x + c8)";
    let arguments = ["relate", "--oracle", &command, "--vary", "L=1:5", "--points", "8", "--expr", waves];
    let mut child =
        symfolio().args(arguments).args(["--budget", "100s"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("call 8 of 8")));
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert!(child.try_wait().unwrap().is_none(), "the fit is over before the signal");
    let terminate = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(terminate.success());
    let child = std::cell::RefCell::new(child);
    let ended = soon(|| child.borrow_mut().try_wait().unwrap().is_some());
    let _ = child.borrow_mut().kill();
    assert!(ended, "the fit goes on after SIGTERM");
    assert_eq!(child.borrow_mut().wait().unwrap().code(), Some(143));
}

/// The commands in the `console` blocks of the page, split as a shell would.
fn commands(page: &str) -> Vec<Vec<String>> {
    let lines = page.lines().filter_map(|line| line.strip_prefix("$ symfolio "));
    // Quotes around formulas are all that a shell has to do here.
    let words = |line: &str| {
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                other => words.last_mut().unwrap().push(other),
            }
        }
        words
    };
    lines.map(words).collect()
}

#[test]
fn the_page_on_constants_shows_commands_that_work_and_all_fields() {
    let page = std::fs::read_to_string(common::root().join("docs/constants.md")).unwrap();
    let commands = commands(&page);
    assert_eq!(commands.len(), 7);
    let simulator = format!("'{}'", simulator());
    let mut fields = std::collections::BTreeSet::new();
    for command in commands {
        let words: Vec<String> =
            command.iter().map(|word| word.replace("target/release/examples/second_harmonic", &simulator)).collect();
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.extend(["--budget", "5e8"]);
        let plain = run(&words);
        assert_eq!(plain.code, Some(0), "{words:?}: {}", plain.stderr);
        if words[0] == "relate" {
            let shown = page.split("```\nc0 goes").nth(1).unwrap().split("```").next().unwrap();
            assert!(plain.stdout.ends_with(&format!("c0 goes{shown}")), "{}", plain.stdout);
        }
        words.retain(|word| *word != "--json");
        let result = json(&[&words[..], &["--json"]].concat());
        let objects = [&result, &result["fit"], &result["relations"][0], &result["relations"][0]["dependences"][0]];
        fields.extend(objects.into_iter().filter_map(Value::as_object).flat_map(|object| object.keys().cloned()));
    }
    let rows = page.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_string()));
    assert_eq!(rows.collect::<std::collections::BTreeSet<_>>(), fields);
}
