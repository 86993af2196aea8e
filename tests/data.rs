//! What the program says of tables that it cannot use, and how it reads those that it can.
#![cfg(test)]

mod common;

use common::{chosen, file, json, run, run_with};

/// Fits `content` and expects exit code 2 with the whole line `message` after the file's name.
fn refuses(content: impl AsRef<[u8]>, more: &[&str], message: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = file(&dir, "table.csv", content);
    let run = run(&[&["fit", &path, "--budget", "1e6"], more].concat());
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("error: {path}: {message}\n")), "{}", run.stderr);
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}

#[test]
fn every_refusal_names_the_place_the_value_and_the_remedy() {
    let ragged = "add or remove separators, or quote cells that contain one";
    let few = "2 complete row(s), 0 dropped for missing cells; at least 3 are needed, so add rows or fill in cells";
    let text = "remove the text or leave the column out with --features";
    refuses("", &[], "no rows, only blank lines or comments; check that this is the right file");
    refuses("x,y\n1,2\n2,3,4\n3,4\n", &[], &format!("row 3: 3 cell(s), the first row has 2; {ragged}"));
    refuses(
        "x,y\n1,2\n2 kg,3\n3,5\n",
        &[],
        &format!("row 3, column \"x\" (position 0): cannot read \"2 kg\" as a number; {text}"),
    );
    refuses(
        "x,x,y\n1,2,3\n2,3,4\n3,4,6\n",
        &[],
        "the columns at positions 0 and 1 are both called \"x\"; rename one, or choose columns by position, as in --features 0,1",
    );
    refuses("x,y\n1,2\n2,3\n", &[], few);
    refuses("x,y\n1,2\n2,2\n3,2\n", &[], "target \"y\" is 2 in every row; choose a column that varies");
    refuses(
        "x,y\n1,2\n2,inf\n3,2\n",
        &[],
        "row 3, column \"y\" (position 1): \"inf\" is not finite; correct it, or leave the cell empty to have the row dropped",
    );
    refuses("x,y\n1,2\n2,3\n3,2\n", &["--target", "z"], "no column \"z\" for the target; the columns are \"x\", \"y\"");
    refuses(
        "x,y\n1,2\n2,\n3,2\n4,5\n",
        &["--missing", "error"],
        "row 3, column \"y\" (position 1): the cell is missing (\"\"); fill it in, or have such rows dropped",
    );
    refuses("x,y\n1,2\n\"2,3\n3,4\n", &[], "row 3: a quote opens here that is never closed; close it, or remove it");
    refuses(
        "x,y\n1,2\n2,3\n3,5\n",
        &["--header", "false"],
        "row 1, column \"x0\" (position 0): cannot read \"x\" as a number; if the first row holds names, say --header true; otherwise remove the text",
    );
    refuses([0x89, b'H', b'D', b'F', 0, 1, 2], &[], "this is an HDF5 file; convert the table to CSV");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let run = run(&["fit", "no/such/file.csv"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("no/such/file.csv"), "{}", run.stderr);
}

/// A line y = 2 x + 1 under the given header.
fn line(header: &str) -> String {
    let rows: String = (1..12).map(|i| format!("{i},{}\n", 2 * i + 1)).collect();
    format!("{header}{rows}")
}

#[test]
fn names_in_any_script_come_back_as_they_were() {
    for (header, name) in
        [("質量,力\n", "質量"), ("θ,y\n", "θ"), ("semi-major axis,y\n", "`semi-major axis`"), ("sin,y\n", "sin")]
    {
        let dir = tempfile::tempdir().unwrap();
        let path = file(&dir, "table.csv", line(header));
        let result = json(&["fit", &path, "--budget", "2e7", "--json", "--quiet"]);
        let expression = chosen(&result)["expression"].as_str().unwrap().to_string();
        assert!(expression.contains(name), "{header}: {expression}");
        // The expression is valid input again.
        let predicted = run(&["predict", "--expr", &expression, &path]);
        assert_eq!(predicted.code, Some(0), "{}", predicted.stderr);
        let second: f64 = predicted.stdout.lines().nth(2).unwrap().parse().unwrap();
        assert!((second - 5.0).abs() < 1e-9, "{second}");
    }
}

#[test]
fn standard_input_gzip_and_other_encodings_are_read() {
    let result = {
        let run = run_with(&["fit", "-", "--budget", "2e7", "--json", "--quiet"], line("x,y\n").as_bytes());
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()
    };
    assert_eq!(result["features"], serde_json::json!(["x"]));
    let utf16: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain(line("長さ,y\n").encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let run = run_with(&["fit", "-", "--budget", "2e7", "--json", "--quiet"], &utf16);
    assert!(run.stdout.contains("長さ"), "{}", run.stderr);
}

#[test]
fn what_was_made_of_the_columns_is_said() {
    let check = |header: &str, row: fn(i32) -> String, more: &[&str], remark: &str, features: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let rows: String = (1..12).map(row).collect();
        let path = file(&dir, "table.csv", format!("{header}{rows}"));
        let run = run(&[&["fit", &path, "--budget", "2e7", "--json"], more].concat());
        assert_eq!(run.code, Some(0), "{header}: {}", run.stderr);
        assert!(run.stderr.contains(remark), "{header}: {}", run.stderr);
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(result["features"], serde_json::json!(features), "{header}");
    };
    let three = |i: i32| format!("{i},{},{}\n", i * i, i * i + i);
    let renamed = "the column at position 1 is called \"x_2\" here: an earlier one has its name";
    check("x,x,y\n", three, &["--features", "0,1"], renamed, &["x", "x_2"]);
    let dir = tempfile::tempdir().unwrap();
    let twice = file(&dir, "twice.csv", "x,x,y\n1,7,2\n2,3,4\n3,9,6\n4,1,8\n5,5,10\n");
    let study = dir.path().join("study").to_str().unwrap().to_string();
    json(&["fit", &twice, "--features", "0,1", "--budget", "2e7", "--out", &study, "--json", "--quiet"]);
    let predicted = run(&["predict", &study, &twice]);
    assert_eq!(predicted.stdout, "y\n2\n4\n6\n8\n10\n", "{}", predicted.stderr);
    let moved = "the target is \"z\", the last column but for the weights \"y\"; choose another with --target";
    check("x,z,y\n", three, &["--weights", "y"], moved, &["x"]);
    let trailing = "every row ends with a separator: the empty column behind it is left out";
    check("x,y,\n", |i| format!("{i},{},\n", 2 * i + 1), &[], trailing, &["x"]);
    check("x,y\n", |i| format!("{i},{}\n", 2 * i + 1), &[], "budget 2e7", &["x"]);
}

#[test]
fn constant_columns_and_missing_cells_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let rows: String = (1..12).map(|i| format!("{i},7,{}\n", 2 * i + 1)).collect();
    let path = file(&dir, "table.csv", format!("x,k,y\n{rows}12,7,\n"));
    let run = run(&["fit", &path, "--budget", "2e7"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("1 of 12 rows left out for missing cells (lines 13)"), "{}", run.stderr);
    assert!(run.stderr.contains("column \"k\" left out: it is 7 in every row"), "{}", run.stderr);
}
