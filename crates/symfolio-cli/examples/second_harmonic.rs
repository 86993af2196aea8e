//! A simulator to try `symfolio relate --oracle` on: the efficiency of second-harmonic generation in an element of some length, over the
//! wavelength. In the usual approximation of plane waves without depletion it is `a L^2 sinc(b (x - c) L)^2` (Boyd 2008, *Nonlinear
//! Optics*, section 2.7). The temperature has no effect here.
//!
//! ```console
//! $ second_harmonic --length 2 --temperature 300 --from 10 --to 14 --points 60
//! ```
//!
//! Without `--points` it reads its grid from standard input: a line `x`, then a wavelength a line.
//! For tests of what goes wrong: it fails for lengths above `--longest`, and waits `--seconds` before it begins.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match simulate(&arguments) {
        Ok(table) => match std::io::stdout().write_all(table.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "{message}");
            ExitCode::from(3)
        }
    }
}

/// The table for these arguments.
fn simulate(arguments: &[String]) -> Result<String, String> {
    let option = |name: &str| -> Result<Option<f64>, String> {
        let Some(at) = arguments.iter().position(|argument| argument == name) else { return Ok(None) };
        let value = arguments.get(at + 1).and_then(|value| value.parse().ok());
        value.map(Some).ok_or_else(|| format!("{name} needs a number"))
    };
    let length = match option("--length")? {
        Some(length) => length,
        None => std::env::var("SYMFOLIO_L").ok().and_then(|value| value.parse().ok()).ok_or("no --length")?,
    };
    if let Some(longest) = option("--longest")?
        && length > longest
    {
        return Err(format!("a length of {length} is above {longest}"));
    }
    if let Some(seconds) = option("--seconds")? {
        #[expect(clippy::disallowed_methods, reason = "a simulator that takes its time, for tests")]
        std::thread::sleep(Duration::from_secs_f64(seconds));
    }
    let grid = match option("--points")? {
        Some(points) => {
            let (from, to) = (option("--from")?.unwrap_or(10.0), option("--to")?.unwrap_or(14.0));
            (0..points as usize).map(|index| from + (to - from) * index as f64 / (points - 1.0)).collect()
        }
        None => read_grid()?,
    };
    let rows: String = grid.iter().map(|x| format!("{x},{}\n", efficiency(length, *x))).collect();
    Ok(format!("x,y\n{rows}"))
}

/// The wavelengths on standard input.
fn read_grid() -> Result<Vec<f64>, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    text.lines().skip(1).map(|line| line.trim().parse().map_err(|_| format!("{line:?} is no number"))).collect()
}

fn efficiency(length: f64, x: f64) -> f64 {
    let mismatch = 1.7 * (x - 12.1) * length;
    let sinc = if mismatch == 0.0 { 1.0 } else { mismatch.sin() / mismatch };
    0.8 * (length * sinc).powi(2)
}
