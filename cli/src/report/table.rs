//! Tables for people, drawn as OPA draws them.

use comfy_table::{ContentLineStyle, LineStyle, Table, TableStyle};

/// A table with a line below its headings, which stand in the middle of their columns.
pub(crate) fn render(headings: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(BOX);
    for row in rows {
        table.add_row(row);
    }
    table.set_header(centred(headings, &table.column_max_content_widths()));
    table.to_string()
}

/// A space that can't be divided goes to the right, as in OPA.
fn centred(headings: &[String], columns: &[u16]) -> Vec<String> {
    let mut alone = Table::new();
    alone.set_header(headings);
    let widths = alone.column_max_content_widths();
    let column = |((heading, width), column): ((&String, &u16), &u16)| {
        let before = usize::from(column.saturating_sub(*width) / 2);
        format!("{:before$}{heading}", "")
    };
    headings.iter().zip(&widths).zip(columns).map(column).collect()
}

/// Single lines around and between columns, and below the header.
const BOX: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));
