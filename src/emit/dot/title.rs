//! What stands above a funnel: its name, its figures, what was found about it, and what the lines mean.

use super::{Drawing, LEFT_BREAK, text::html};
use crate::{
    diag::Severity,
    picture::{content::Line, ink::Ink, look::BROKEN, sheet::Reads},
};
use std::fmt::Write as _;

impl Drawing<'_> {
    pub(super) fn title(&self) -> String {
        let sheet = self.sheet;
        let mut title = format!(
            "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT POINT-SIZE=\"22\"><B>{}</B></FONT></TD></TR>",
            self.style.wrapped(&sheet.title, LEFT_BREAK)
        );
        for line in &sheet.facts {
            let ink = self.colour(Ink::Mute);
            let _ = write!(title, "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"12\" COLOR=\"{ink}\">{}</FONT></TD></TR>", html(line));
        }
        for row in &sheet.findings {
            let ink = self.colour(if row.reads == Reads::Finding(Severity::Error) { Ink::ErrorText } else { Ink::WarnText });
            let text = html(&row.text);
            let _ = write!(title, "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"12\" COLOR=\"{ink}\"><B>{text}</B></FONT></TD></TR>");
        }
        if let Some(banner) = &sheet.banner {
            let _ = write!(
                title,
                "<TR><TD ALIGN=\"LEFT\" BGCOLOR=\"{}\" CELLPADDING=\"6\"><FONT POINT-SIZE=\"12\" COLOR=\"{}\"><B>{}</B></FONT></TD></TR>",
                BROKEN.header,
                BROKEN.name,
                html(banner)
            );
        }
        title.push_str(&self.legend());
        title.push_str("<TR><TD HEIGHT=\"10\"></TD></TR></TABLE>");
        title
    }

    /// One line that explains the kinds of edges that occur.
    fn legend(&self) -> String {
        let has = |lines: &[Line]| self.sheet.links.iter().any(|link| lines.contains(&link.line));
        let kinds = [
            (has(&[Line::Spine, Line::On]), Ink::Main, "━━ goes on"),
            (has(&[Line::Off]), Ink::Mute, "╌╌ leaves the main way"),
            (has(&[Line::Back]), Ink::LoopText, "┈┈ comes back"),
            (self.sheet.figures.iter().any(|figure| !figure.inside.feeds.is_empty()), Ink::WarnLine, "┈▷ brings others in"),
        ];
        let kinds: Vec<String> = (kinds.iter().filter(|(occurs, ..)| *occurs))
            .map(|(_, ink, words)| format!("<FONT COLOR=\"{}\">{words}</FONT>", self.colour(*ink)))
            .collect();
        if kinds.is_empty() {
            return String::new();
        }
        format!("<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"10\">{}</FONT></TD></TR>", kinds.join("&#160;&#160;&#160;"))
    }
}
