//! Tables with single lines, as `opa eval` draws them.

use comfy_table::{CellAlignment, ContentLineStyle, LineStyle, Table, TableStyle};

/// A table with these headings in the middle of their columns.
pub(crate) fn render(headings: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = empty();
    for row in rows {
        table.add_row(row);
    }
    table.set_header(centred(headings, &table.column_max_content_widths()));
    table.to_string()
}

/// A table of names and numbers, without headings.
pub(crate) fn of_numbers(rows: Vec<[String; 2]>) -> String {
    let mut table = empty();
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn empty() -> Table {
    let mut table = Table::new();
    table.load_style(BOX);
    table
}

/// A space that can't be divided goes to the right, as in OPA.
fn centred(names: &[String], columns: &[u16]) -> Vec<String> {
    let mut heading = Table::new();
    heading.set_header(names);
    let widths = heading.column_max_content_widths();
    let column = |((name, width), column): ((&String, &u16), &u16)| {
        let before = usize::from(column.saturating_sub(*width) / 2);
        format!("{:before$}{name}", "")
    };
    names.iter().zip(&widths).zip(columns).map(column).collect()
}

/// Single lines around and between columns, and below the header.
const BOX: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));
