//! Tables: columns lined up over all groups of rows, long texts broken within their column, colours only if wanted.

use crate::screen::{Screen, Style};
use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, Width};
use unicode_width::UnicodeWidthStr;

/// The widest column that is not broken, in characters.
const WHOLE: usize = 26;
/// Blanks between columns.
const GAP: usize = 2;

/// A cell: what stands in it, and how.
pub(crate) type Text = (String, Style);

/// Groups of rows under common headings.
pub(crate) struct Table {
    header: Vec<&'static str>,
    whole: Vec<usize>,
    groups: Vec<Group>,
}

struct Group {
    title: Text,
    rows: Vec<Vec<Text>>,
}

impl Table {
    /// A table with these headings. The texts of `whole` columns are short and stay on one line.
    pub fn new<const N: usize>(header: [&'static str; N], whole: &[usize]) -> Self {
        Self { header: header.into(), whole: whole.to_vec(), groups: Vec::new() }
    }

    /// Begins a group of rows.
    pub fn group(&mut self, title: impl Into<String>, style: Style) {
        self.groups.push(Group { title: (title.into(), style), rows: Vec::new() });
    }

    /// Adds a row to the last group.
    pub fn row<const N: usize>(&mut self, cells: [Text; N]) {
        if let Some(group) = self.groups.last_mut() {
            group.rows.push(cells.into());
        }
    }

    /// Writes the table as part of the answer. A column in which nothing stands is left out.
    pub fn print(self, screen: &mut Screen) {
        let columns: Vec<usize> = (0..self.header.len()).filter(|&column| self.content_width(column) > 0).collect();
        let widths = self.widths(&columns, screen);
        let header = columns.iter().map(|&at| (self.header.get(at).copied().unwrap_or_default().to_owned(), Style::Dim));
        print_rows(&[header.collect()], &widths, screen);
        for (at, group) in self.groups.iter().enumerate() {
            if at > 0 {
                screen.line("");
            }
            let (title, style) = &group.title;
            screen.line(screen.paint(title, *style));
            let rows: Vec<Vec<Text>> = group
                .rows
                .iter()
                .map(|row| columns.iter().filter_map(|&at| row.get(at).cloned()).collect())
                .collect();
            print_rows(&rows, &widths, screen);
        }
    }

    /// The widest line in a column, without its heading.
    fn content_width(&self, column: usize) -> usize {
        let cells = self.groups.iter().flat_map(|group| &group.rows).filter_map(|row| row.get(column));
        cells.flat_map(|(text, _)| text.lines()).map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    /// What each column gets: all it needs if there is room; else the columns that may be broken share what the others leave.
    fn widths(&self, columns: &[usize], screen: &Screen) -> Vec<usize> {
        let heading = |at: usize| self.header.get(at).map_or(0, |text| text.width());
        let needs: Vec<usize> = columns.iter().map(|&at| self.content_width(at).max(heading(at))).collect();
        let gaps = GAP * columns.len();
        let Some(room) = screen.width.map(|width| width.saturating_sub(gaps)) else { return needs };
        let is_whole = |at: usize| columns.get(at).is_some_and(|column| self.whole.contains(column));
        let mut widths = needs.clone();
        let mut left = room;
        for (at, width) in widths.iter_mut().enumerate().filter(|(at, _)| is_whole(*at)) {
            *width = needs.get(at).copied().unwrap_or(0).min(WHOLE);
            left = left.saturating_sub(*width);
        }
        let mut broken: Vec<usize> = (0..columns.len()).filter(|&at| !is_whole(at)).collect();
        broken.sort_by_key(|&at| needs.get(at).copied());
        let mut count = broken.len();
        for at in broken {
            if let Some(width) = widths.get_mut(at) {
                *width = (*width).min((left / count.max(1)).max(8));
                left = left.saturating_sub(*width);
                count -= 1;
            }
        }
        widths
    }
}

fn print_rows(rows: &[Vec<Text>], widths: &[usize], screen: &mut Screen) {
    let mut table = comfy_table::Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.force_no_tty();
    if screen.colour {
        table.enforce_styling();
    }
    for row in rows {
        table.add_row(row.iter().map(|(text, style)| cell(text, *style, screen.colour)).collect::<Vec<_>>());
    }
    for (at, width) in widths.iter().enumerate() {
        if let Some(column) = table.column_mut(at) {
            let padding = u16::try_from(GAP).unwrap_or(0);
            column.set_padding((padding, 0));
            let width = u16::try_from(width + GAP).unwrap_or(u16::MAX);
            column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width)));
        }
    }
    for line in table.lines() {
        screen.line(line.trim_end());
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
