//! Tables: columns lined up, long texts broken within their column, colours only if wanted.

use crate::screen::{Screen, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ContentArrangement, LineStyle};

/// Rows of cells, each with its style.
pub(crate) struct Table {
    header: Vec<String>,
    rows: Vec<Vec<(String, Style)>>,
}

impl Table {
    /// A table with these headings.
    pub fn new<const N: usize>(header: [&str; N]) -> Self {
        Self { header: header.map(str::to_owned).into(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [(String, Style); N]) {
        self.rows.push(cells.into());
    }

    /// Writes the table as part of the answer. A column in which nothing stands is left out.
    pub fn print(self, screen: &mut Screen) {
        let is_used = |at: usize| self.rows.iter().any(|row| row.get(at).is_some_and(|(text, _)| !text.is_empty()));
        let used: Vec<usize> = (0..self.header.len()).filter(|&at| is_used(at)).collect();
        let mut table = comfy_table::Table::new();
        table.load_style(NOTHING.header_separator(LineStyle::none().fill('─').junction('─')));
        if screen.colour {
            table.enforce_styling();
        }
        if let Some(width) = screen.width {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
        }
        let header = used.iter().filter_map(|&at| self.header.get(at));
        table.set_header(header.map(|text| cell(text, Style::Dim, screen.colour)).collect::<Vec<_>>());
        for row in &self.rows {
            let cells = used.iter().filter_map(|&at| row.get(at));
            table.add_row(cells.map(|(text, style)| cell(text, *style, screen.colour)).collect::<Vec<_>>());
        }
        if let Some(first) = table.column_mut(0) {
            first.set_padding((0, 1));
        }
        for line in table.lines() {
            screen.line(line.trim_end());
        }
    }
}

fn cell(text: &str, style: Style, is_coloured: bool) -> Cell {
    let cell = Cell::new(text);
    if !is_coloured {
        return cell;
    }
    match style {
        Style::Normal => cell,
        Style::Bold => cell.add_attribute(Attribute::Bold),
        Style::Dim => cell.add_attribute(Attribute::Dim),
        Style::Good => cell.fg(Color::DarkGreen),
        Style::Fair => cell.fg(Color::DarkYellow),
        Style::Bad => cell.fg(Color::DarkRed),
    }
}
