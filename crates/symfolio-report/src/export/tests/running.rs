//! What the exported programs compute, where their tools are installed.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use symfolio_expr::Expr;

use super::{HOSTILE, expr, hostile};
use crate::export::{Format, export};

/// Points at which programs are compared: one value a column.
const POINTS: [f64; 4] = [0.7, -1.3, 0.0, 2.9];

/// Every operator, signs and powers in every place, awkward numbers and names.
const FORMULAS: &[&str] = &[
    "v0 + v1*v2 - v3/v4",
    "v0 - (v1 - v2) - (v3 + v4)",
    "v0/(v1*v2)/v3*(v4*v5)",
    "-v0**2 + (-v1)**2 - -v2 - (-v3*v4)",
    "v0*(-v1) + v2/(-v3) - -2*v4 + -(v5 + v6)",
    "-(v0 + v1)*-(v2 - 2.5)",
    "(v0**2)**3 + v1**4 - v2**-2",
    "abs(v0)**abs(v1)**0.5",
    "abs(v0)**-v1",
    "(-2)**v0 + 2**v0",
    "1/v0 + 1/(1/v1) - 1/-v2",
    "sqrt(abs(v0)) + cbrt(v1) + cbrt(-v2)",
    "exp(v0) - log(abs(v1)) + log(v2)",
    "sin(v0)*cos(v1) + tan(v2)",
    "sinc(v0) + sinc(v1 - v1) + sinc(30*v2)",
    "asin(v0/4) + acos(v1/4) + atan(v2)",
    "sinh(v0) + cosh(v1) + tanh(v2)",
    "min(v0, v1) + max(v0, -v1) + min(2, 3)",
    "less(v0, v1) + less(v1, v0)*2 + less(1, 2)",
    "where(v0 < v1, v2, -v3)",
    "where(v0, v1, v2) + where(v0 - v0, v1, v2)",
    "where(log(v0), v1, v2)",
    "less(sqrt(v0), 1)",
    "less(1, sqrt(v0))",
    "min(log(v0), v1)",
    "max(v1, sqrt(v0))",
    "v7 + v8 + v9 + v10 + v11 + v12 + v13 + v14 + v15 + sin(v12)",
    "0.1*v0 + 1e-300*v1 + 1.7976931348623157e308*0*v2 + 5e-324*v3",
    "12345678901234567890*v0 - 9007199254740993*v1",
    "3",
    "-2.5",
    "1/3 + 2/7",
    "1/0",
    "(-8)**0.5",
    "2**0.5 + 3**2 + 5**3 + 7**-1",
    "1e308*10 - v0",
    "(1e200)**2 + v0",
    "2*(v0 - 1)/0",
];

/// Runs `program`, or says why a test that needs it is skipped.
#[expect(clippy::disallowed_methods, reason = "the tests run what is exported")]
fn run(program: impl AsRef<OsStr>, arguments: &[&OsStr]) -> Option<Output> {
    let program = program.as_ref();
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            println!("skipped: {} cannot be run: {error}", program.to_string_lossy());
            None
        }
    }
}

/// The output of a program that must succeed.
fn text(output: Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && errors.is_empty(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn formulas() -> Vec<Expr> {
    FORMULAS.iter().map(|text| expr(text)).collect()
}

/// The value of variable `index` at point number `point`: different in every column.
fn coordinate(point: usize, index: u16) -> f64 {
    POINTS[(point + usize::from(index)) % POINTS.len()] + f64::from(index) * if point == 2 { 0.0 } else { 0.125 }
}

/// The values of `variables` at a point, as source text.
fn values(variables: impl IntoIterator<Item = u16>, point: usize) -> String {
    let list: Vec<String> = variables.into_iter().map(|index| format!("{:?}", coordinate(point, index))).collect();
    list.join(", ")
}

/// The arguments of `predict` at a point: all columns, whatever the formula uses.
fn arguments(point: usize) -> String {
    values(0..HOSTILE.len() as u16, point)
}

/// Compares lines of values with what the expressions give; `lenient` passes values that are not finite.
fn compare(lines: &str, lenient: bool) {
    let mut lines = lines.lines();
    let mut compared = 0;
    for (text, expr) in FORMULAS.iter().zip(formulas()) {
        for point in 0..POINTS.len() {
            let x: Vec<f64> = (0..HOSTILE.len() as u16).map(|index| coordinate(point, index)).collect();
            let wanted = expr.value(&x);
            let line = lines.next().unwrap_or_else(|| panic!("no value for {text}"));
            if lenient && !wanted.is_finite() {
                continue;
            }
            let found: f64 = line.trim().parse().unwrap_or_else(|_| panic!("{text}: {line:?} is not a number"));
            let near = (found - wanted).abs() <= 1e-12 * wanted.abs().max(f64::MIN_POSITIVE);
            assert!(
                near || found == wanted || (found.is_nan() && wanted.is_nan()),
                "{text}: {found:?}, not {wanted:?}"
            );
            compared += 1;
        }
    }
    assert!(compared > 2 * FORMULAS.len(), "{compared} values compared");
}

#[test]
fn c_programs_compute_the_formula() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    let mut main = String::from("#include <stdio.h>\n");
    let mut body = String::new();
    for (number, expr) in formulas().iter().enumerate() {
        let source = export(expr, &hostile(), HOSTILE[number % HOSTILE.len()], Format::C);
        let file = folder.path().join(format!("{number}.c"));
        std::fs::write(&file, source.replace("double predict(", &format!("double predict{number}("))).unwrap();
        files.push(file);
        let parameters = vec!["double"; HOSTILE.len()].join(", ");
        writeln!(main, "double predict{number}({parameters});").unwrap();
        for point in 0..POINTS.len() {
            writeln!(body, "    printf(\"%.17g\\n\", predict{number}({}));", arguments(point)).unwrap();
        }
    }
    let (main_file, program) = (folder.path().join("main.c"), folder.path().join("program"));
    std::fs::write(&main_file, format!("{main}int main(void)\n{{\n{body}    return 0;\n}}\n")).unwrap();
    files.push(main_file);
    let flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-ffp-contract=off", "-o"].map(OsStr::new);
    let mut line = [&flags[..], &[program.as_os_str()]].concat();
    line.extend(files.iter().map(|file| file.as_os_str()));
    line.push(OsStr::new("-lm"));
    if let Some(output) = run("cc", &line) {
        text(output);
        compare(&text(run(&program, &[]).unwrap()), false);
    }
}

#[test]
fn rust_programs_compute_the_formula() {
    let folder = tempfile::tempdir().unwrap();
    let (mut modules, mut body) = (String::new(), String::new());
    for (number, expr) in formulas().iter().enumerate() {
        let source = export(expr, &hostile(), HOSTILE[number % HOSTILE.len()], Format::Rust);
        writeln!(modules, "mod m{number} {{\n{source}}}").unwrap();
        for point in 0..POINTS.len() {
            writeln!(body, "    println!(\"{{:?}}\", m{number}::predict({}));", arguments(point)).unwrap();
        }
    }
    let (file, program) = (folder.path().join("main.rs"), folder.path().join("program"));
    std::fs::write(&file, format!("{modules}fn main() {{\n{body}}}\n")).unwrap();
    let flags = ["--edition", "2024", "-D", "warnings", "-o"].map(OsStr::new);
    if let Some(output) = run("rustc", &[&flags[..], &[program.as_os_str(), file.as_os_str()]].concat()) {
        text(output);
        compare(&text(run(&program, &[]).unwrap()), false);
    }
}

/// Writes one program a formula and runs `driver` on their folder, if Python has `module`.
fn python(format: Format, module: &str, driver: &str) -> Option<String> {
    let check = format!("import {module}");
    let available = run("python3", &["-c", &check].map(OsStr::new))?;
    if !available.status.success() {
        println!("skipped: python3 has no module {module}");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut calls = String::new();
    for (number, expr) in formulas().iter().enumerate() {
        let source = export(expr, &hostile(), HOSTILE[number % HOSTILE.len()], format);
        std::fs::write(folder.path().join(format!("m{number}.py")), source).unwrap();
        for point in 0..POINTS.len() {
            let given = if format == Format::Sympy { values(expr.variables(), point) } else { arguments(point) };
            writeln!(calls, "    (\"m{number}.py\", [{given}]),").unwrap();
        }
    }
    let main = folder.path().join("main.py");
    std::fs::write(&main, format!("calls = [\n{calls}]\n{driver}")).unwrap();
    let arguments: [&Path; 2] = [&main, folder.path()];
    run("python3", &[&[OsStr::new("-Wignore")][..], &arguments.map(Path::as_os_str)].concat()).map(text)
}

#[test]
fn numpy_programs_compute_the_formula() {
    let driver = "
import os, runpy, sys
import numpy as np
for name, arguments in calls:
    predict = runpy.run_path(os.path.join(sys.argv[1], name))['predict']
    value = predict(*arguments)
    print(repr(float(value)))
    columns = predict(*[[argument, argument] for argument in arguments])
    assert not arguments or np.allclose(columns, [value, value], rtol=1e-14, atol=0, equal_nan=True), name
";
    if let Some(lines) = python(Format::Numpy, "numpy", driver) {
        compare(&lines, false);
    }
}

#[test]
fn sympy_programs_compute_the_formula() {
    let driver = "
import os, re, runpy, sys
import sympy
programs = {}
for name, arguments in calls:
    if name not in programs:
        path = os.path.join(sys.argv[1], name)
        # The symbols in the order in which the program makes them, which is that of the arguments.
        order = re.findall(r'^(\\w+) = sympy[.]Symbol', open(path, encoding='utf-8').read(), re.M)
        made = runpy.run_path(path)
        programs[name] = made['formula'], [made[symbol] for symbol in order]
    formula, symbols = programs[name]
    exact = {symbol: sympy.Float(value, 30) for symbol, value in zip(symbols, arguments)}
    try:
        print(repr(float(sympy.sympify(formula).subs(exact))))
    except (TypeError, ValueError, OverflowError):
        # Complex and infinite values, and comparisons of complex ones.
        print('nan')
";
    if let Some(lines) = python(Format::Sympy, "sympy", driver) {
        compare(&lines, true);
    }
}
