//! A stage as an HTML-like label: its header, how many came, its rows.

use super::{
    Drawing, LEFT_BREAK, changed, struck,
    text::{html, indent, string},
};
use crate::{
    diag::Severity,
    picture::{
        ink::Ink,
        look::chip,
        notes::grouped,
        sheet::{Change, Figure, Reads, Row},
    },
};
use std::fmt::Write as _;

/// The least width of a header.
const WIDTH: u32 = 220;

impl Drawing<'_> {
    pub(super) fn card(&self, out: &mut String, s: usize, figure: &Figure) {
        let node = self.node(s);
        let _ = write!(out, "    {node} [id=\"{node}\", tooltip={}, label=<\n      ", string(&figure.title));
        let (ink, width, is_dashed) = match figure.change {
            Change::Same => (figure.dress.frame, figure.dress.width, figure.dress.dashed),
            Change::Added => (Ink::Added, 30, false),
            Change::Removed => (Ink::Removed, 20, true),
            Change::Moved | Change::Shown => (Ink::Moved, 30, false),
            Change::Untested | Change::Aside => (Ink::SideLine, 12, true),
        };
        let _ = writeln!(
            out,
            "<TABLE BORDER=\"{}\" COLOR=\"{}\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"6\"{} BGCOLOR=\"{}\">",
            (width + 5) / 10,
            self.colour(ink),
            if is_dashed { " STYLE=\"DASHED\"" } else { "" },
            self.colour(Ink::Card)
        );
        self.header(out, figure);
        for row in &figure.rows {
            self.row(out, row);
        }
        out.push_str("      </TABLE>>]\n");
    }

    fn header(&self, out: &mut String, figure: &Figure) {
        let (back, ink) = (figure.dress.header, figure.dress.name);
        let mut name = self.style.wrapped(&figure.name, LEFT_BREAK);
        if figure.change == Change::Removed {
            name = struck(&name);
        }
        let words = if figure.words.is_empty() {
            String::new()
        } else {
            format!("<FONT COLOR=\"{ink}\" POINT-SIZE=\"10\">&#160;&#160;&#160;{}</FONT>", figure.words.join(" · "))
        };
        let name = format!("<FONT COLOR=\"{ink}\" POINT-SIZE=\"14\"><B>{name}</B></FONT>{words}");
        let Some(count) = figure.count else {
            let _ = writeln!(
                out,
                "        <TR><TD COLSPAN=\"2\" BGCOLOR=\"{back}\" ALIGN=\"LEFT\" BALIGN=\"LEFT\" WIDTH=\"{WIDTH}\">{name}</TD></TR>"
            );
            return;
        };
        // The number stands at the right end of the header, in a table of its own; below it the bar.
        let _ = writeln!(
            out,
            "        <TR><TD COLSPAN=\"2\" BGCOLOR=\"{back}\" CELLPADDING=\"0\" WIDTH=\"{WIDTH}\"><TABLE BORDER=\"0\" CELLBORDER=\"0\" \
             CELLSPACING=\"0\" CELLPADDING=\"6\"><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\">{name}</TD><TD ALIGN=\"RIGHT\"><FONT COLOR=\"{ink}\" \
             POINT-SIZE=\"13\"><B>{}</B></FONT></TD></TR></TABLE></TD></TR>",
            html(&grouped(count))
        );
        // The bar is a ground of two colours, so that it goes by the width of the card, whatever that is.
        let most = u128::from(self.sheet.count_max());
        let share = (u128::from(count) * 1000).checked_div(most).filter(|share| *share > 0);
        if let Some(share) = share {
            let (bar, rest) = (self.colour(Ink::Bar), self.colour(Ink::Card));
            let ground = if share >= 1000 { bar.to_owned() } else { format!("{bar};0.{share:03}:{rest}") };
            let _ = writeln!(out, "        <TR><TD COLSPAN=\"2\" CELLPADDING=\"0\" HEIGHT=\"4\" BGCOLOR=\"{ground}\"></TD></TR>");
        }
    }

    fn row(&self, out: &mut String, row: &Row) {
        let ink = changed(row.change).or(match row.reads {
            Reads::Remark | Reads::Heading => Some(Ink::Mute),
            Reads::Step => None,
            Reads::Finding(Severity::Error) => Some(Ink::ErrorText),
            Reads::Finding(Severity::Warning | Severity::Information) => Some(Ink::WarnText),
        });
        let indent = indent(row.depth, &row.text);
        let mut text = self.style.wrapped(&row.text, &format!("{LEFT_BREAK}{indent}"));
        if row.change == Change::Removed {
            text = struck(&text);
        }
        if matches!(row.reads, Reads::Heading | Reads::Finding(_)) {
            text = format!("<B>{text}</B>");
        }
        text = format!("{indent}{text}");
        if let Some(ink) = ink {
            let size = if row.reads == Reads::Step { "" } else { " POINT-SIZE=\"11\"" };
            text = format!("<FONT COLOR=\"{}\"{size}>{text}</FONT>", self.colour(ink));
        }
        let _ = match &row.chip {
            None => writeln!(out, "        <TR><TD COLSPAN=\"2\" ALIGN=\"LEFT\" BALIGN=\"LEFT\">{text}</TD></TR>"),
            Some(word) => {
                let (back, ink) = chip(word);
                writeln!(
                    out,
                    "        <TR><TD BGCOLOR=\"{back}\" WIDTH=\"62\" HEIGHT=\"22\" CELLPADDING=\"2\"><FONT COLOR=\"{ink}\" POINT-SIZE=\"9\"><B>{}</B></FONT></TD>\
                     <TD ALIGN=\"LEFT\" BALIGN=\"LEFT\" CELLPADDING=\"4\" WIDTH=\"170\">{text}</TD></TR>",
                    html(word)
                )
            }
        };
    }
}
