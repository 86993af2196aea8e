//! Charts as SVG text. They name fonts by family only and contain no script.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

/// A chart could not be drawn.
pub(super) type Undrawn = Box<dyn Error>;

/// Family and size of what is written at ticks, along axes and beside marks.
const LABELS: (&str, u32) = ("sans-serif", 14);
const WORDS: (&str, u32) = ("sans-serif", 16);

/// Width and height in pixels.
const SIZE: (u32, u32) = (640, 400);
/// Pixels for a row of a chart of intervals, and for all around them.
const ROW: u32 = 28;
const AROUND: u32 = 90;

/// Colours that are told apart with any colour vision (Okabe and Ito 2008).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 158, 115),
    RGBColor(213, 94, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(60, 60, 60),
];

fn colour(at: usize) -> RGBColor {
    COLOURS[at % COLOURS.len()]
}

/// An axis: what it shows, and from where to where.
pub(super) struct Axis<'a> {
    pub words: &'a str,
    pub range: Range<f64>,
}

/// A named list of points.
pub(super) struct Series<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// Lines, with a legend; every point is marked where there are few.
pub(super) fn lines(x: &Axis<'_>, y: &Axis<'_>, series: &[Series<'_>]) -> Result<String, Undrawn> {
    drawn(SIZE, |root| {
        let mut chart = framed(root, x, y, 10)?;
        for (at, series) in series.iter().enumerate().filter(|(_, series)| !series.points.is_empty()) {
            // Methods beyond the colours are told apart by thinner lines.
            let style = colour(at).stroke_width(if at < COLOURS.len() { 2 } else { 1 });
            chart
                .draw_series(LineSeries::new(series.points.iter().copied(), style))?
                .label(series.name)
                .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], style));
            if series.points.len() <= 10 {
                chart.draw_series(series.points.iter().map(|point| Circle::new(*point, 3, colour(at).filled())))?;
            }
        }
        chart
            .configure_series_labels()
            .label_font(WORDS)
            .position(SeriesLabelPosition::LowerLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .draw()?;
        Ok(())
    })
}

/// Points with their names beside them.
pub(super) fn points(x: &Axis<'_>, y: &Axis<'_>, series: &[Series<'_>]) -> Result<String, Undrawn> {
    drawn(SIZE, |root| {
        let mut chart = framed(root, x, y, 120)?;
        for (at, series) in series.iter().enumerate() {
            let name = series.name.to_string();
            chart.draw_series(series.points.iter().map(|point| {
                EmptyElement::at(*point)
                    + Circle::new((0, 0), 4, colour(at).filled())
                    + Text::new(name.clone(), (7, -6), WORDS)
            }))?;
        }
        Ok(())
    })
}

/// A value with the ends of its interval.
pub(super) struct Interval<'a> {
    pub name: &'a str,
    pub low: f64,
    pub value: f64,
    pub high: f64,
}

/// Intervals, one below the other, the first on top, with lines at `marks`.
pub(super) fn intervals(words: &str, marks: &[f64], rows: &[Interval<'_>]) -> Result<String, Undrawn> {
    let ends = rows.iter().flat_map(|row| [row.low, row.high]).chain(marks.iter().copied());
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| (low.min(end), high.max(end)));
    let margin = 0.05 * (high - low).max(1e-3);
    let n = rows.len() as f64;
    let height = AROUND + ROW * rows.len() as u32;
    drawn((SIZE.0, height), |root| {
        let mut chart = ChartBuilder::on(root)
            .margin(10)
            .x_label_area_size(40)
            .y_label_area_size(190)
            .build_cartesian_2d(low - margin..high + margin, 0.0..n)?;
        chart
            .configure_mesh()
            .x_desc(words)
            .disable_y_mesh()
            .disable_y_axis()
            .light_line_style(TRANSPARENT)
            .label_style(LABELS)
            .axis_desc_style(WORDS)
            .draw()?;
        for mark in marks {
            let line = vec![(*mark, 0.0), (*mark, n)];
            chart.draw_series(LineSeries::new(line, BLACK.mix(0.4)))?;
        }
        for (at, row) in rows.iter().enumerate() {
            let level = n - at as f64 - 0.5;
            let style = colour(at).stroke_width(3);
            chart.draw_series(LineSeries::new(vec![(row.low, level), (row.high, level)], style))?;
            chart.draw_series([Circle::new((row.value, level), 5, colour(at).filled())])?;
            let place = chart.backend_coord(&(low - margin, level));
            root.draw(&Text::new(row.name.to_string(), (12, place.1 - 7), WORDS))?;
        }
        Ok(())
    })
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plane = Cartesian2d<RangedCoordf64, RangedCoordf64>;

/// An empty chart between two axes, with so many pixels free at the right.
fn framed<'a, 'b>(
    root: &'a Area<'b>,
    x: &Axis<'_>,
    y: &Axis<'_>,
    right: u32,
) -> Result<ChartContext<'a, SVGBackend<'b>, Plane>, Undrawn> {
    let mut chart = ChartBuilder::on(root)
        .margin(10)
        .margin_right(right)
        .x_label_area_size(40)
        .y_label_area_size(50)
        .build_cartesian_2d(x.range.clone(), y.range.clone())?;
    chart
        .configure_mesh()
        .x_desc(x.words)
        .y_desc(y.words)
        .light_line_style(TRANSPARENT)
        .label_style(LABELS)
        .axis_desc_style(WORDS)
        .draw()?;
    Ok(chart)
}

/// The SVG text of what `draw` draws.
fn drawn(size: (u32, u32), draw: impl FnOnce(&Area<'_>) -> Result<(), Undrawn>) -> Result<String, Undrawn> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE)?;
        draw(&root)?;
        root.present()?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_hold_their_series_and_no_script() {
        let axis = |words: &'static str| Axis { words, range: 0.0..1.0 };
        let series = || vec![Series { name: "arm:gp", points: vec![(0.0, 0.5), (1.0, 0.75)] }];
        let rows = [Interval { name: "arm:gp", low: -0.1, value: 0.2, high: 0.4 }];
        for text in [
            lines(&axis("budget"), &axis("R2"), &series()).unwrap(),
            points(&axis("budget"), &axis("R2"), &series()).unwrap(),
            intervals("budget", &[0.0], &rows).unwrap(),
        ] {
            assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{text}");
            assert!(text.contains("arm:gp") && text.contains("budget") && !text.contains("<script"), "{text}");
        }
    }
}
