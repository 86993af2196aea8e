//! Tables that are read, and tables that are refused: one line a case.
#![cfg(test)]

use std::io::Write;

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, WINDOWS_1252};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use symfolio_core::Column;
use symfolio_engine::data::{Delimiter, LoadOptions, LoadReport, Loaded, Missing, Source, load, load_features};

fn source(bytes: impl AsRef<[u8]>) -> Source {
    Source::Bytes { name: "t.csv".into(), bytes: bytes.as_ref().to_vec() }
}

fn options(change: impl FnOnce(&mut LoadOptions)) -> LoadOptions {
    let mut options = LoadOptions::default();
    change(&mut options);
    options
}

fn some(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

/// A data set as text: `feature=values ... -> target=values [weights]`.
fn summary(loaded: &Loaded) -> String {
    let column = |column: &Column| format!("{}={:?}", column.name, column.values);
    let features: Vec<String> = loaded.dataset.features().iter().map(column).collect();
    let weights = loaded.dataset.weights().map(|weights| format!(" {weights:?}")).unwrap_or_default();
    format!("{} -> {}{weights}", features.join(" "), column(loaded.dataset.target()))
}

fn check_with(bytes: impl AsRef<[u8]>, options: &LoadOptions, expected: &str) -> LoadReport {
    let loaded = load(&source(&bytes), options);
    let shown = String::from_utf8_lossy(bytes.as_ref()).into_owned();
    let loaded = loaded.unwrap_or_else(|error| panic!("{shown:?}: {error}"));
    assert_eq!(summary(&loaded), expected, "{shown:?}");
    loaded.report
}

fn check(bytes: impl AsRef<[u8]>, expected: &str) -> LoadReport {
    check_with(bytes, &LoadOptions::default(), expected)
}

fn refuse_with(bytes: impl AsRef<[u8]>, options: &LoadOptions, expected: &str) {
    let error = load(&source(&bytes), options).expect_err(&String::from_utf8_lossy(bytes.as_ref()));
    assert_eq!(error.to_string(), format!("t.csv: {expected}"));
}

fn refuse(bytes: impl AsRef<[u8]>, expected: &str) {
    refuse_with(bytes, &LoadOptions::default(), expected);
}

const SIMPLE: &str = "a=[1.0, 3.0, 5.0] -> b=[2.0, 4.0, 6.0]";

#[test]
fn separators_headers_comments_and_line_ends() {
    check("a,b\n1,2\n3,4\n5,6\n", SIMPLE);
    check("a,b\n1,2\n3,4\n5,6", SIMPLE);
    check("a,b\r\n1,2\r\n3,4\r\n5,6\r\n", SIMPLE);
    check("a,b\r1,2\r3,4\r5,6\r", SIMPLE);
    check("a\tb\n1\t2\n3\t4\n5\t6\n", SIMPLE);
    check("a;b\n1;2\n3;4\n5;6\n", SIMPLE);
    check("a|b\n1|2\n3|4\n5|6\n", SIMPLE);
    check("  a   b\n  1   2\n  3   4\n  5   6\n", SIMPLE);
    check("# made by hand, 2024; \"\n\na,b\n1,2\n# between\n3,4\n \n5,6\n\n# end", SIMPLE);
    check("\"a\",\" b\"\n\"1\",\" 2\"\n3 ,4\n5,6\n", SIMPLE);
    check("1,2\n3,4\n5,6\n", "x0=[1.0, 3.0, 5.0] -> y=[2.0, 4.0, 6.0]");
    check("1 2\n3 4\n5 6\n", "x0=[1.0, 3.0, 5.0] -> y=[2.0, 4.0, 6.0]");
    check("NA,2\n1,2\n3,4\n5,6\n", "x0=[1.0, 3.0, 5.0] -> y=[2.0, 4.0, 6.0]");
    let forced = options(|o| o.header = Some(true));
    check_with("1,2\n1,2\n3,4\n5,6\n", &forced, "1=[1.0, 3.0, 5.0] -> 2=[2.0, 4.0, 6.0]");
    let spaces = options(|o| o.delimiter = Some(Delimiter::Spaces));
    check_with("1,5 2,5\n2,5 3\n3,5 4\n", &spaces, "x0=[1.5, 2.5, 3.5] -> y=[2.5, 3.0, 4.0]");
}

#[test]
fn decimal_commas_where_commas_do_not_separate() {
    let report = check("a;b\n1,5;2\n2;4.5\n3,5;6\n", "a=[1.5, 2.0, 3.5] -> b=[2.0, 4.5, 6.0]");
    assert_eq!(report.decimal_comma, ["a"]);
    check("1,5\t2\n2,5\t4\n3\t6\n", "x0=[1.5, 2.5, 3.0] -> y=[2.0, 4.0, 6.0]");
    let mixed = |row, value, other| {
        format!(
            "row {row}, column \"a\" (position 0): the decimal mark of \"{value}\" is not that of row {other}; \
             use one mark in the whole column"
        )
    };
    refuse("a;b\n1.5;2\n2,5;4\n3;6\n", &mixed(3, "2,5", 2));
    refuse("a;b\n1,5;2\n2;4\n3.5;6\n", &mixed(4, "3.5", 2));
    refuse("a;b\n1,5;2\n２．５;4\n3;6\n", &mixed(3, "２．５", 2));
    refuse("a;b\n１．５;2\n2,5;4\n3;6\n", &mixed(3, "2,5", 2));
}

#[test]
fn columns_are_chosen_by_name_or_position() {
    let table = "id,x,y,w\na,1,7,1\nb,2,8,0\nc,3,9,2\n";
    let x = some(&["x"]);
    let pick = |target: &str, features: &Option<Vec<String>>, weights: Option<&str>| LoadOptions {
        target: Some(target.into()),
        features: features.clone(),
        weights: weights.map(Into::into),
        ..LoadOptions::default()
    };
    let plain = "x=[1.0, 2.0, 3.0] -> y=[7.0, 8.0, 9.0]";
    let report = check_with(table, &pick("y", &x, None), plain);
    assert_eq!(report.ignored, ["id", "w"]);
    check_with(table, &pick("2", &x, None), plain);
    check_with(table, &pick("-2", &some(&["1"]), None), plain);
    check_with(table, &pick("y", &x, Some("w")), &format!("{plain} [1.0, 0.0, 2.0]"));
    check_with(table, &pick("y", &x, Some("-1")), &format!("{plain} [1.0, 0.0, 2.0]"));
    // Without a target it is the last column that is not the weights.
    let weighted = options(|o| (o.features, o.weights) = (some(&["x"]), Some("w".into())));
    check_with(table, &weighted, &format!("{plain} [1.0, 0.0, 2.0]"));
    check_with(table, &pick("y", &some(&["w", "x"]), None), "w=[1.0, 0.0, 2.0] x=[1.0, 2.0, 3.0] -> y=[7.0, 8.0, 9.0]");
    // A name that matches wins over a position.
    let numbered = options(|o| o.target = Some("1".into()));
    check_with("1,a\n1,2\n3,4\n5,6\n", &numbered, "a=[2.0, 4.0, 6.0] -> 1=[1.0, 3.0, 5.0]");
    // Columns that are not used may have one name, or none.
    check_with(
        "x,x,,y\n1,a,,7\n2,b,,8\n3,c,,9\n",
        &pick("y", &some(&["0"]), None),
        "x=[1.0, 2.0, 3.0] -> y=[7.0, 8.0, 9.0]",
    );
}

#[test]
fn columns_of_one_name_can_be_chosen_by_position() {
    let table = "x,x,y\n1,2,7\n2,4,8\n3,5,9\n";
    let by_position = options(|o| o.features = some(&["0", "1"]));
    let report = check_with(table, &by_position, "x=[1.0, 2.0, 3.0] x_2=[2.0, 4.0, 5.0] -> y=[7.0, 8.0, 9.0]");
    assert_eq!(report.renamed, [(1, "x_2".to_owned())]);
    let second = options(|o| o.features = some(&["1"]));
    check_with(table, &second, "x_2=[2.0, 4.0, 5.0] -> y=[7.0, 8.0, 9.0]");
    // A formula over them finds them again.
    let names = ["x_2".to_owned(), "x".to_owned()];
    let (columns, _) = load_features(&source(table), &names, &LoadOptions::default()).unwrap();
    assert_eq!((&*columns[0].values, &*columns[1].values), (&[2.0, 4.0, 5.0][..], &[1.0, 2.0, 3.0][..]));
    let known = options(|o| o.features = some(&["x", "x_2"]));
    let (columns, _) = load_features(&source(table), &names[1..], &known).unwrap();
    assert_eq!(*columns[0].values, [1.0, 2.0, 3.0]);
    let unclear = load_features(&source(table), &names[1..], &LoadOptions::default()).unwrap_err().to_string();
    assert!(unclear.ends_with("both called \"x\"; rename the one that the formula does not mean"), "{unclear}");
    assert_eq!(symfolio_engine::data::names(&source(table), &LoadOptions::default()).unwrap(), ["x", "x_2", "y"]);
}

#[test]
fn a_separator_at_the_end_of_every_row_makes_no_column() {
    assert!(check("a,b,\n1,2,\n3,4,\n5,6,\n", SIMPLE).trailing_separator);
    assert!(check("1;2;\n3;4;\n5;6;\n", "x0=[1.0, 3.0, 5.0] -> y=[2.0, 4.0, 6.0]").trailing_separator);
    check("a\tb\t\n1\t2\t\n3\t4\t\n5\t6\t\n", SIMPLE);
    let empty = "the column at position 2 has an empty name; name it in the header or leave it out with --features";
    refuse("a,b,\n1,2,\n3,4,5\n", empty);
    // What comes far behind the first lines is looked at as well.
    let late = format!("a,b,\n{}3,4,5\n", "1,2,\n".repeat(60_000));
    refuse(
        late,
        "row 60002: \"5\" stands behind the last separator, where the rows before it have nothing; \
         remove it, or give the column a name and the other rows a value",
    );
}

#[test]
fn a_quote_that_is_never_closed_is_found_where_it_opens() {
    let open = |row| format!("row {row}: a quote opens here that is never closed; close it, or remove it");
    refuse("a,b\n1,2\n3,\"4\n5,6\n7,8\n", &open(3));
    refuse("a,b\n1,2\n3,4\n5,\"6", &open(4));
    refuse("a,\"b\n1,2\n3,4\n5,6\n", &open(1));
    refuse("a,b\r\n# c\r\n\r\n\"1,2\r\n3,4\r\n", &open(4));
    refuse("a,b\n\"\n1\",\"2\n3,4\n", &open(3));
    refuse(format!("a,b\n1,2\n3,\"4\n{}", "5,6\n".repeat(60_000)), &open(3));
    check("a,b\n1,\"2\n\"\n3,4\n5,\"6\n\"", SIMPLE);
}

#[test]
fn rows_with_missing_cells_are_dropped_and_counted() {
    let report = check("a,b\n1,2\n,3\nNA,4\n3,4\n5,n/a\n?,1\n-,1\nnull,1\n5,6\nNone,NaN\n", SIMPLE);
    assert_eq!((report.rows_read, report.rows_dropped), (10, 7));
    assert_eq!(report.first_dropped, [3, 4, 6, 7, 8]);
    // A missing cell in a column that is not used does no harm.
    let narrow = options(|o| o.features = some(&["a"]));
    let report = check_with("a,c,b\n1,,2\n3,NA,4\n5,,6\n", &narrow, SIMPLE);
    assert_eq!((report.rows_read, report.rows_dropped), (3, 0));
    let strict = options(|o| o.missing = Missing::Error);
    let message =
        "row 3, column \"b\" (position 1): the cell is missing (\"NA\"); fill it in, or have such rows dropped";
    refuse_with("a,b\n1,2\n3, NA\n5,6\n", &strict, message);
}

#[test]
fn constant_features_are_left_out() {
    let report = check("a,c,d,b\n1,7,0,2\n3,7,-0,4\n5,7,0,6\n", SIMPLE);
    assert_eq!(report.constant, [("c".to_owned(), 7.0), ("d".to_owned(), 0.0)]);
}

#[test]
fn encodings_are_detected() {
    let expected = "面積=[1.0, 3.0, 5.0] 高さ=[2.0, 4.0, 7.0] -> 体積=[2.0, 12.0, 35.0]";
    let text = "面積,高さ,体積\n1,2,2\n3,4,12\n５,７．０,35\n";
    let utf16 = |to_bytes: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        format!("{mark}{text}").encode_utf16().flat_map(to_bytes).collect()
    };
    let encoded = |encoding: &'static Encoding| encoding.encode(text).0.into_owned();
    let named = |bytes: Vec<u8>, encoding: &str| assert_eq!(check(bytes, expected).encoding, encoding);
    named(text.into(), "UTF-8");
    named(format!("\u{feff}{text}").into(), "UTF-8");
    named(utf16(u16::to_le_bytes, "\u{feff}"), "UTF-16LE");
    named(utf16(u16::to_be_bytes, "\u{feff}"), "UTF-16BE");
    named(utf16(u16::to_le_bytes, ""), "UTF-16LE");
    named(utf16(u16::to_be_bytes, ""), "UTF-16BE");
    named(encoded(SHIFT_JIS), "Shift_JIS");
    named(encoded(EUC_JP), "EUC-JP");

    let latin = WINDOWS_1252.encode("Größe,Fläche\n1,2\n3,4\n5,6\n").0.into_owned();
    assert_eq!(check(latin, "Größe=[1.0, 3.0, 5.0] -> Fläche=[2.0, 4.0, 6.0]").encoding, "windows-1252");
    // The first chunk is ASCII: the decision waits for the first byte that is not.
    let mut late = "a,b\n1,2\n3,4\n5,6\n".to_owned() + &"# plain\n".repeat(20_000);
    late += "# 面積と高さ\n";
    let bytes = SHIFT_JIS.encode(&late).0.into_owned();
    assert_eq!(check(bytes, SIMPLE).encoding, "Shift_JIS");
    // One chunk of UTF-16 is more than one chunk of UTF-8.
    let long = format!("\u{feff}a,b\n1,2\n{}3,4\n5,6\n", "# 面積と高さと体積\n".repeat(20_000));
    check(long.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>(), SIMPLE);
}

#[test]
fn encodings_can_be_named() {
    let check = |label: &str, bytes: &[u8], name: &str| {
        let table = [bytes, b",b\n1,2\n3,4\n5,6\n"].concat();
        let named = options(|o| o.encoding = Some(label.into()));
        check_with(table, &named, &format!("{name}=[1.0, 3.0, 5.0] -> b=[2.0, 4.0, 6.0]"));
    };
    check("cp932", b"\x96\xca\x90\xcf", "面積");
    check("CP932", b"\x87\x40", "①");
    check("Shift_JIS", b"\xb1", "ｱ");
    check("shift-jis", b"\x83\x5c", "ソ");
    check("euc-jp", b"\xcc\xcc\xc0\xd1", "面積");
    check("EUC_JP", b"\xcc\xcc\xc0\xd1", "面積");
    check("latin-1", b"\xe9", "é");
    check("iso-8859-1", b"\xe9", "é");
    check("utf-8", "é".as_bytes(), "é");
    // A byte-order mark is certain, a label is not.
    check("latin-1", b"\xef\xbb\xbf\xc3\xa9", "é");
}

#[test]
fn bytes_that_mean_nothing_are_refused() {
    let named = |label: &str| options(|o| o.encoding = Some(label.into()));
    let repair = "repair the file, or name its encoding with --encoding";
    let other = "name another encoding with --encoding, or none to have it detected";
    let message = format!("byte(s) 0xE9 at offset 1 not valid in UTF-8; {other}");
    refuse_with(b"a\xe9,b\n1,2\n", &named("utf-8"), &message);
    let message = format!("byte(s) 0x81 at offset 10 not valid in Shift_JIS; {other}");
    refuse_with(b"a,b\n1,2\n3,\x81\n", &named("cp932"), &message);
    // Mostly UTF-8: the damage is named, not read as another script.
    let message = format!("byte(s) 0xFF at offset 24 not valid in UTF-8; {repair}");
    refuse(b"\xe9\x9d\xa2\xe7\xa9\x8d,\xe9\xab\x98\xe3\x81\x95\n1,2\n3,4\n5,\xff\n", &message);
    let message = format!("byte(s) 0xE9 0x9D at offset 200013 not valid in UTF-8; {repair}");
    let long = ["é,éé\n".as_bytes(), &b"1,2\n".repeat(50_000), b"3,4\n\x20\xe9\x9d\n"].concat();
    refuse(long, &message);
    let label = "unknown encoding \"klingon\"; use a label such as utf-8, utf-16le, shift_jis, euc-jp or latin-1";
    refuse_with("a,b\n", &named("klingon"), label);

    let zero = |offset| {
        format!(
            "zero byte at offset {offset}: this is not text; save the table as CSV, or name its encoding with --encoding"
        )
    };
    refuse(b"a,b\n1,2\n\x003,4\n", &zero(8));
    refuse([&b"a,b\n"[..], &b"1,2\n".repeat(20_000), b"\0"].concat(), &zero(80_004));
    refuse(b"\xff\xfe1\0,\0\0\0", &zero(6));
    refuse(b"PK\x03\x04....", "this is an Excel workbook or a zip archive; save the sheet as CSV");
    refuse(b"PAR1\x15\x04", "this is a Parquet file; convert it to CSV");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_is_unpacked() {
    assert!(check(gzip(b"a,b\n1,2\n3,4\n5,6\n"), SIMPLE).gzip);
    // Several members in one file are one table.
    check([gzip(b"a,b\n1,2\n"), gzip(b"3,4\n5,6\n")].concat(), SIMPLE);
    let packed = gzip("a,b\n1,2\n3,4\n5,6\n".repeat(100).as_bytes());
    let error = load(&source(&packed[..packed.len() - 9]), &LoadOptions::default()).unwrap_err().to_string();
    assert!(error.starts_with("t.csv: damaged gzip data ("), "{error}");
    assert!(error.ends_with("); pack the table again"), "{error}");
}

#[test]
fn cells_that_are_not_numbers_are_refused() {
    let place = "row 3, column \"a\" (position 0)";
    let check = |cell: &str, expected: &str| {
        refuse(format!("a,b\n1,2\n{cell},4\n5,6\n"), &format!("{place}: {expected}"));
    };
    let leave_out = "remove the text or leave the column out with --features";
    check("12 kg", &format!("cannot read \"12 kg\" as a number; {leave_out}"));
    check("１２時", &format!("cannot read \"１２時\" as a number; {leave_out}"));
    check("\"x\ny\"", &format!("cannot read \"x\\ny\" as a number; {leave_out}"));
    let long = "z".repeat(50);
    check(&long, &format!("cannot read \"{}…\" as a number; {leave_out}", &long[..40]));
    let grouped = "write it without thousands separators, for instance 1234.5";
    check("\"1,234.5\"", &format!("cannot read \"1,234.5\" as a number; {grouped}"));
    check("\"1 234\"", &format!("cannot read \"1 234\" as a number; {grouped}"));
    let comma = "write a decimal point, or separate cells by semicolons";
    check("\"3,14\"", &format!("cannot read \"3,14\" as a number; {comma}"));
    let finite = "is not finite; correct it, or leave the cell empty to have the row dropped";
    check("inf", &format!("\"inf\" {finite}"));
    check("-Infinity", &format!("\"-Infinity\" {finite}"));
    check("1e999", &format!("\"1e999\" {finite}"));

    let target = "row 4, column \"b\" (position 1): cannot read \"x\" as a number; remove the text or choose another target with --target";
    refuse("a,b\n1,2\n3,4\n5,x\n", target);
    let weights = options(|o| o.weights = Some("a".into()));
    let text = "row 2, column \"a\" (position 0): cannot read \"x\" as a number; remove the text or choose another column with --weights";
    refuse_with("a,c,b\nx,1,2\n3,4,5\n", &weights, text);
    refuse_with(
        "a,c,b\n1,1,2\n-3,4,5\n",
        &weights,
        "row 3, column \"a\" (position 0): weight -3 is negative; use weights of at least 0",
    );
    let sum = "the weights add up to 0; scale them to a positive, finite sum";
    refuse_with("a,c,b\n0,1,2\n0,3,4\n0,5,6\n", &weights, sum);
    let headless = options(|o| o.header = Some(false));
    let first = "if the first row holds names, say --header true; otherwise remove the text";
    let message = format!("row 1, column \"x0\" (position 0): cannot read \"a\" as a number; {first}");
    refuse_with("a,b\n1,2\n3,4\n5,6\n", &headless, &message);
    // A first row of thousands separators is a row of numbers, not a header.
    refuse(
        "\"1,234.5\";2\n3;4\n",
        &format!("row 1, column \"x0\" (position 0): cannot read \"1,234.5\" as a number; {grouped}"),
    );
}

#[test]
fn row_numbers_are_those_of_the_lines_in_the_file() {
    let check = |before: &str| {
        let row = before.matches('\n').count().max(before.matches('\r').count()) + 1;
        let message = format!(
            "row {row}, column \"b\" (position 1): cannot read \"x\" as a number; \
             remove the text or choose another target with --target"
        );
        refuse(format!("{before}1,x"), &message);
        refuse(format!("{before}1,x\n2,3\n"), &message);
    };
    check("a,b\n");
    check("a,b\n1,2\n");
    check("# one\n\n# three\na,b\n\n# six\n\n");
    check("a,b\r\n1,2\r\n\r\n# c\r\n");
    check("a,b\r1,2\r");
    check("a,b\n\"1\",2\n\"\n1\n\",2\n");
    check(&("a,b\r\n".to_owned() + &"1,2\r\n".repeat(60_000)));
    let spaced = "row 5, column \"b\" (position 1): cannot read \"x\" as a number; remove the text or choose another target with --target";
    refuse("# c\na b\n1 2\n\n1 x\n", spaced);
}

#[test]
fn shapes_that_make_no_data_set_are_refused() {
    let ragged = "add or remove separators, or quote cells that contain one";
    refuse("a,b,c\n1,2,3\n4,5\n", &format!("row 3: 2 cell(s), the first row has 3; {ragged}"));
    refuse("a,b\n1,2\n1,234,5\n", &format!("row 3: 3 cell(s), the first row has 2; {ragged}"));
    refuse("a b\n1 2\n3 4\n5\n", &format!("row 4: 1 cell(s), the first row has 2; {ragged}"));
    let empty = "no rows, only blank lines or comments; check that this is the right file";
    refuse("", empty);
    refuse("\n\r\n  \n", empty);
    refuse("# only a comment", empty);
    refuse("\u{feff}", empty);
    refuse(
        "a,b\n",
        "0 complete row(s), 0 dropped for missing cells; at least 3 are needed, so add rows or fill in cells",
    );
    refuse(
        "a,b\n1,2\n3,4\n",
        "2 complete row(s), 0 dropped for missing cells; at least 3 are needed, so add rows or fill in cells",
    );
    refuse(
        "a,b\n1,2\n,2\n3,4\n,5\n",
        "2 complete row(s), 2 dropped for missing cells; at least 3 are needed, so add rows or fill in cells",
    );
    refuse("a,b\n1,2\n3,2\n5,2\n", "target \"b\" is 2 in every row; choose a column that varies");
    refuse("a,c,b\n1,0.5,2\n1,0.5,3\n1,0.5,4\n", "no feature varies: \"a\" is 1, \"c\" is 0.5; add one that does");
    let lone = "add one, choose with --features, or name the separator with --delimiter";
    refuse("a\n1\n2\n3\n", &format!("no feature among the column(s) \"a\"; {lone}"));
    let weights = options(|o| o.weights = Some("a".into()));
    refuse_with("a\n1\n2\n3\n", &weights, &format!("no feature among the column(s) \"a\"; {lone}"));
    let none = options(|o| o.features = Some(Vec::new()));
    refuse_with("a,b\n1,2\n", &none, &format!("no feature among the column(s) \"a\", \"b\"; {lone}"));
}

#[test]
fn selectors_that_fit_no_column_or_two_are_refused() {
    let table = "mass,radius,speed\n1,2,3\n";
    let names = "the columns are \"mass\", \"radius\", \"speed\"";
    let target = |name: &str| options(|o| o.target = Some(name.into()));
    let features = |names: &[&str]| options(|o| o.features = some(names));
    refuse_with(table, &target("mas"), &format!("no column \"mas\" for the target; did you mean \"mass\"? {names}"));
    refuse_with(table, &target("MASS"), &format!("no column \"MASS\" for the target; did you mean \"mass\"? {names}"));
    refuse_with(table, &target("energy"), &format!("no column \"energy\" for the target; {names}"));
    refuse_with(table, &target("3"), &format!("no column \"3\" for the target; {names}"));
    refuse_with(table, &target("-4"), &format!("no column \"-4\" for the target; {names}"));
    refuse_with(table, &features(&["mass", "x"]), &format!("no column \"x\" for the feature; {names}"));
    let weights = options(|o| o.weights = Some("w".into()));
    refuse_with(table, &weights, &format!("no column \"w\" for the weights; {names}"));
    refuse_with(table, &features(&["speed"]), "column \"speed\" is used as feature and as target; use it once");
    refuse_with(table, &features(&["mass", "0"]), "column \"mass\" is used as feature and as feature; use it once");
    let both = options(|o| (o.target, o.weights) = (Some("mass".into()), Some("mass".into())));
    refuse_with(table, &both, "column \"mass\" is used as target and as weights; use it once");
    let choose = "rename one, or choose columns by position, as in --features 0,1";
    refuse("x,x,y\n1,2,3\n", &format!("the columns at positions 0 and 1 are both called \"x\"; {choose}"));
    refuse("x,z, x\n1,2,3\n", &format!("the columns at positions 0 and 2 are both called \"x\"; {choose}"));
    refuse_with(
        "x,x,y\n1,2,3\n",
        &features(&["x"]),
        &format!("the columns at positions 0 and 1 are both called \"x\"; {choose}"),
    );
    refuse(
        ",x,y\n1,2,3\n",
        "the column at position 0 has an empty name; name it in the header or leave it out with --features",
    );
    let many: Vec<String> = (0..30).map(|index| format!("c{index:02}")).collect();
    let error = load(&source(many.join(",") + "\n"), &target("z")).unwrap_err().to_string();
    assert!(error.ends_with("\"c18\", \"c19\", and 10 more"), "{error}");
}

#[test]
fn files_that_cannot_be_opened_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("planets.csv.gz");
    let message =
        |path: &std::path::Path| load(&Source::Path(path.to_owned()), &LoadOptions::default()).unwrap_err().to_string();
    assert_eq!(message(&path), format!("{}: no such file; check the path", path.display()));
    let shown = folder.path().display();
    assert_eq!(message(folder.path()), format!("{shown}: this is a folder; name a file in it"));
    std::fs::write(&path, gzip(b"a,b\n1,2\n3,4\n5,6\n")).unwrap();
    let loaded = load(&Source::Path(path), &LoadOptions::default()).unwrap();
    assert_eq!(summary(&loaded), SIMPLE);
    assert_eq!(loaded.dataset.name(), "planets");
}

#[test]
fn the_report_says_what_was_detected() {
    let report = check("a;b\n1;2\n3;4\n5;6\n", SIMPLE);
    let expected = LoadReport {
        encoding: "UTF-8",
        gzip: false,
        delimiter: Delimiter::Semicolon,
        header: true,
        rows_read: 3,
        rows_dropped: 0,
        first_dropped: Vec::new(),
        constant: Vec::new(),
        renamed: Vec::new(),
        trailing_separator: false,
        ignored: Vec::new(),
        decimal_comma: Vec::new(),
    };
    assert_eq!(report, expected);
}

#[test]
fn features_are_read_for_a_formula() {
    let read = |table: &str, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        match load_features(&source(table), &names, &LoadOptions::default()) {
            Ok((columns, _)) => {
                let column = |column: &Column| format!("{}={:?}", column.name, column.values);
                columns.iter().map(column).collect::<Vec<_>>().join(" ")
            }
            Err(error) => error.to_string(),
        }
    };
    assert_eq!(read("a,b\n1,2\n", &["b", "a"]), "b=[2.0] a=[1.0]");
    assert_eq!(read("id,a\nfirst,1\nsecond,1\n", &["a"]), "a=[1.0, 1.0]");
    assert_eq!(read("mean radius\n1\n2\n", &["mean radius"]), "mean radius=[1.0, 2.0]");
    assert_eq!(read("1,2,3\n", &["x0", "x1"]), "x0=[1.0] x1=[2.0]");
    assert_eq!(read("1,2,3\n", &["x2", "x0"]), "x2=[3.0] x0=[1.0]");
    assert_eq!(read("1,2,3\n", &["x1", "y"]), "x1=[2.0] y=[3.0]");
    let missing = "t.csv: no column \"b\" for the input of the formula; the columns are \"a\", \"c\"";
    assert_eq!(read("a,c\n1,2\n", &["a", "b"]), missing);
    let none =
        "t.csv: 0 complete row(s), 1 dropped for missing cells; at least 1 are needed, so add rows or fill in cells";
    assert_eq!(read("a,c\n,2\n", &["a"]), none);
    let keep = options(|o| o.missing = Missing::Keep);
    let (columns, report) = load_features(&source("a,b\n1,2\n,3\n4,\n"), &["a".to_owned()], &keep).unwrap();
    assert!(columns[0].values[1].is_nan() && columns[0].values[2] == 4.0);
    assert_eq!((report.rows_read, report.rows_dropped), (3, 0));
    let text = "t.csv: row 2, column \"a\" (position 0): cannot read \"x\" as a number; remove the text; the formula needs this column";
    assert_eq!(read("a,c\nx,2\n", &["a"]), text);
}

fn finite() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_table_written_as_csv_reads_back_the_same(
        rows in prop::collection::vec([finite(), finite(), finite()], 3..40),
        names in prop::collection::btree_set("[a-z\u{3040}-\u{309f}\",;|#]{0,4}[A-Z]", 3),
        separator in prop::sample::select(b",\t;|".as_slice()),
        packed in any::<bool>(),
    ) {
        let column = |index: usize| rows.iter().map(|row| row[index].to_bits()).collect::<Vec<_>>();
        for index in 0..3 {
            prop_assume!(rows.iter().any(|row| row[index] != rows[0][index]));
        }
        let names: Vec<String> = names.into_iter().collect();
        prop_assume!(!names[0].starts_with('#'));
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
        writer.write_record(&names).unwrap();
        for row in &rows {
            writer.write_record(row.map(|value| format!("{value:?}"))).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let bytes = if packed { gzip(&bytes) } else { bytes };
        let loaded = load(&source(bytes), &LoadOptions::default()).unwrap();
        prop_assert_eq!(&loaded.dataset.feature_names(), &names[..2]);
        prop_assert_eq!(&*loaded.dataset.target().name, names[2].as_str());
        let all = loaded.dataset.features().iter().chain([loaded.dataset.target()]);
        for (index, read) in all.enumerate() {
            let bits: Vec<u64> = read.values.iter().map(|value| value.to_bits()).collect();
            prop_assert_eq!(bits, column(index));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _outcome = load(&source(&bytes), &LoadOptions::default());
        let _outcome = load_features(&source(&bytes), &["a".to_owned()], &LoadOptions::default());
    }

    #[test]
    fn nearly_tables_are_read_or_refused(
        text in "([0-9.,;|\t \"#\r\n\u{feff}a\u{ff11}-]|1,2\n){0,200}",
        start in prop::sample::select(vec![&b""[..], b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"a,b\n1,2\n3,4\n5,6\n"]),
        label in prop::option::of(prop::sample::select(vec!["shift_jis", "utf-16le", "euc-jp", "iso-2022-jp"])),
    ) {
        let options = options(|o| o.encoding = label.map(str::to_owned));
        let _outcome = load(&source([start, text.as_bytes()].concat()), &options);
    }
}
