//! The plots: nanoseconds against rules, both axes logarithmic, a line an engine with its name at its end.
//!
//! Written as SVG by hand: axes, lines and labels are three dozen elements, and the one thing that takes thought, names that
//! do not cover each other, no drawing library does. Names stand in a column of their own right of the plot, in the order of
//! the lines' ends, pushed apart where they would touch; a thin line leads from each end to its name.

use crate::measure::Operation;
use crate::numbers;
use crate::run::Cell;
use std::fmt::Write;

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 500.0;
/// Where the axes are.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 620.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 440.0;
/// Where the names begin, and how far apart they are at least.
const NAMES: f64 = 648.0;
const APART: f64 = 19.0;

/// Of the other engines, in their order; told apart by eyes of every kind as far as nine colours can be.
const COLOURS: [&str; 9] =
    ["#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7b4fb5", "#b8a200", "#17807e"];
const OURS: &str = "#d1242f";
const BOUNDS: [&str; 2] = ["#57606a", "#8c959f"];

/// A line of the plot.
struct Line<'a> {
    name: &'a str,
    colour: &'static str,
    /// How it is drawn besides.
    style: &'static str,
    /// Rules and nanoseconds.
    points: Vec<(f64, f64)>,
}

/// The axes.
struct Axes {
    sizes: Vec<usize>,
    /// Powers of ten.
    lowest: i32,
    highest: i32,
}

/// One plot.
pub fn svg(cells: &[Cell], operation: Operation) -> String {
    let lines = lines(cells, operation);
    let (title, what) = match operation {
        Operation::Decide => ("One entitlement", "decide"),
        Operation::Entitlements | Operation::Call | Operation::Refresh => {
            ("Every entitlement of one context", "entitlements")
        }
    };
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" \
         font-family=\"-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\" font-size=\"13\" fill=\"#1f2328\">\n\
         <title>{title}: time of {what} by number of rules</title>\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>\n\
         <text x=\"{LEFT}\" y=\"26\" font-size=\"17\" font-weight=\"600\">{title}</text>\n\
         <text x=\"{LEFT}\" y=\"46\" fill=\"#57606a\">time of a call by number of rules, one thread, context bound; lower is better</text>\n"
    );
    if let Some(axes) = Axes::new(cells, &lines) {
        axes.draw(&mut text);
        lines.iter().for_each(|line| axes.draw_line(&mut text, line));
        axes.draw_names(&mut text, &lines);
    }
    text + "</svg>\n"
}

fn lines(cells: &[Cell], operation: Operation) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    let (mut colours, mut bounds) = (COLOURS.iter().cycle(), BOUNDS.iter().cycle());
    for cell in cells {
        let Some(Ok(figure)) = cell.figures.get(&operation) else { continue };
        let point = (cell.size as f64, figure.ns);
        if let Some(line) = lines.iter_mut().find(|line| line.name == cell.engine) {
            line.points.push(point);
            continue;
        }
        let (colour, style) = match (cell.engine, cell.is_peer) {
            ("wardkey", _) => (OURS, "stroke-width=\"3.5\""),
            (_, true) => (*colours.next().unwrap_or(&OURS), "stroke-width=\"1.8\""),
            (_, false) => (*bounds.next().unwrap_or(&OURS), "stroke-width=\"1.8\" stroke-dasharray=\"5 3\""),
        };
        lines.push(Line { name: cell.engine, colour, style, points: vec![point] });
    }
    lines.iter_mut().for_each(|line| line.points.sort_by(|a, b| a.0.total_cmp(&b.0)));
    // ours is drawn last, above the others
    lines.sort_by_key(|line| line.name == "wardkey");
    lines
}

impl Axes {
    /// Around all points; none where there is none.
    fn new(cells: &[Cell], lines: &[Line<'_>]) -> Option<Self> {
        let mut sizes: Vec<_> = cells.iter().map(|cell| cell.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let figures = || lines.iter().flat_map(|line| &line.points).map(|(_, ns)| ns.log10());
        let lowest = figures().min_by(f64::total_cmp)?.floor() as i32;
        let highest = (figures().max_by(f64::total_cmp)?.ceil() as i32).max(lowest + 1);
        Some(Self { sizes, lowest, highest })
    }

    fn x(&self, size: f64) -> f64 {
        let ends = (self.sizes.first(), self.sizes.last());
        let (Some(first), Some(last)) = ends else { return LEFT };
        let (first, last) = ((*first as f64).log10(), (*last as f64).log10());
        let share = if last > first { (size.log10() - first) / (last - first) } else { 0.5 };
        // the first and the last stand a little inside
        LEFT + 16.0 + share * (RIGHT - LEFT - 32.0)
    }

    fn y(&self, ns: f64) -> f64 {
        let share = (ns.log10() - f64::from(self.lowest)) / f64::from(self.highest - self.lowest);
        BOTTOM - share * (BOTTOM - TOP)
    }

    fn draw(&self, text: &mut String) {
        for power in self.lowest..=self.highest {
            let y = self.y(10_f64.powi(power));
            let _ = writeln!(
                text,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{RIGHT}\" y2=\"{y:.1}\" stroke=\"#d8dee4\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                y + 4.5,
                time(power)
            );
        }
        for size in &self.sizes {
            let x = self.x(*size as f64);
            let _ = writeln!(
                text,
                "<line x1=\"{x:.1}\" y1=\"{BOTTOM}\" x2=\"{x:.1}\" y2=\"{:.1}\" stroke=\"#57606a\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                BOTTOM + 5.0,
                BOTTOM + 21.0,
                numbers::grouped(*size as u64)
            );
        }
        let _ = writeln!(
            text,
            "<line x1=\"{LEFT}\" y1=\"{BOTTOM}\" x2=\"{RIGHT}\" y2=\"{BOTTOM}\" stroke=\"#57606a\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"#57606a\">rules</text>",
            f64::midpoint(LEFT, RIGHT),
            BOTTOM + 44.0
        );
    }

    fn draw_line(&self, text: &mut String, line: &Line<'_>) {
        let Line { colour, style, points, .. } = line;
        let places: Vec<_> = points.iter().map(|(size, ns)| (self.x(*size), self.y(*ns))).collect();
        let path: Vec<_> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-linejoin=\"round\" {style}/>",
            path.join(" ")
        );
        for (x, y) in places {
            let _ = writeln!(text, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
    }

    fn draw_names(&self, text: &mut String, lines: &[Line<'_>]) {
        let mut ends: Vec<_> = lines
            .iter()
            .filter_map(|line| line.points.last().map(|(size, ns)| (line, *ns, self.x(*size), self.y(*ns))))
            .collect();
        ends.sort_by(|a, b| a.3.total_cmp(&b.3));
        let places = apart(&ends.iter().map(|end| end.3).collect::<Vec<_>>(), TOP - 8.0, BOTTOM + 8.0);
        for ((line, ns, x, y), name_y) in ends.into_iter().zip(places) {
            let Line { colour, name, .. } = line;
            let weight = if *name == "wardkey" { "700" } else { "400" };
            let _ = writeln!(
                text,
                "<polyline points=\"{:.1},{y:.1} {:.1},{y:.1} {:.1},{name_y:.1}\" fill=\"none\" stroke=\"{colour}\" \
                 stroke-width=\"0.8\" stroke-dasharray=\"1 3\"/>\
                 <text x=\"{NAMES}\" y=\"{:.1}\" fill=\"{colour}\" font-weight=\"{weight}\">{name} \
                 <tspan fill=\"#57606a\" font-weight=\"400\">{}</tspan></text>",
                x + 4.0,
                (x + 4.0).max(RIGHT),
                NAMES - 4.0,
                name_y + 4.5,
                duration(ns)
            );
        }
    }
}

/// Places near those wanted, in their order, none nearer to another than a line of text, all within the ends.
fn apart(wanted: &[f64], first: f64, last: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(wanted.len());
    for want in wanted {
        places.push(places.last().map_or(want.max(first), |above| want.max(above + APART)));
    }
    let mut below = last + APART;
    for place in places.iter_mut().rev() {
        *place = place.min(below - APART);
        below = *place;
    }
    places
}

/// A power of ten of nanoseconds.
fn time(power: i32) -> String {
    let (unit, digits) = match power {
        ..3 => ("ns", power),
        3..6 => ("µs", power - 3),
        6..9 => ("ms", power - 6),
        _ => ("s", power - 9),
    };
    if digits < 0 {
        format!("{} {unit}", 10_f64.powi(digits))
    } else {
        format!("{} {unit}", 10_u64.pow(digits.unsigned_abs()))
    }
}

/// A time to two or three digits.
fn duration(ns: f64) -> String {
    let (value, unit) = match ns {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_order_and_their_distance() {
        let places = apart(&[100.0, 101.0, 102.0, 430.0, 439.0, 440.0], TOP, BOTTOM);
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= APART - 1e-9), "{places:?}");
        assert!(places.iter().all(|place| (TOP..=BOTTOM).contains(place)), "{places:?}");
    }

    #[test]
    fn times_have_units() {
        assert_eq!([0, 2, 3, 8, 9].map(time), ["1 ns", "100 ns", "1 µs", "100 ms", "1 s"]);
        assert_eq!([8.34, 27.1, 3_955.0, 52e6, 1.7e9].map(duration), ["8.3 ns", "27 ns", "4.0 µs", "52 ms", "1.7 s"]);
    }
}
