//! What stands above a funnel: its name, its figures, its ways out, and what the lines mean.

use super::{
    Drawing, LEFT_BREAK,
    text::{html, wrapped},
};
use crate::{
    picture::content::{Line, counted, is_from_anywhere},
    ruleset::Stage,
};
use std::fmt::Write as _;

impl Drawing<'_> {
    pub(super) fn title(&self) -> String {
        let (content, funnel) = (&self.content, self.content.funnel);
        let mut facts = content.facts();
        let marks: usize = funnel.stages.iter().filter_map(|stage| self.marks.0.get(&stage.id)).map(Vec::len).sum();
        if marks > 0 {
            facts.push(counted(marks, "finding"));
        }
        let mut lines = vec![facts.join(" · ")];
        lines.extend(content.ways_out());
        let mut title = format!(
            "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT POINT-SIZE=\"22\"><B>{}</B></FONT></TD></TR>",
            wrapped(content.title(), LEFT_BREAK)
        );
        for line in lines {
            let _ = write!(title, "<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"12\" COLOR=\"#475569\">{}</FONT></TD></TR>", html(&line));
        }
        title.push_str(&self.legend());
        title.push_str("<TR><TD HEIGHT=\"10\"></TD></TR></TABLE>");
        title
    }

    /// One line that explains the kinds of edges that occur.
    fn legend(&self) -> String {
        let mut kinds: Vec<&str> = Vec::new();
        let lines: Vec<Line> = self.content.ways.iter().map(|way| way.line).collect();
        if lines.iter().any(|line| matches!(line, Line::Spine | Line::On)) {
            kinds.push("<FONT COLOR=\"#334155\">━━ goes on</FONT>");
        }
        let from_anywhere = |stage: &Stage| stage.doors.iter().any(is_from_anywhere);
        if lines.contains(&Line::Off) || self.content.funnel.stages.iter().any(from_anywhere) {
            kinds.push("<FONT COLOR=\"#475569\">╌╌ leaves the main way</FONT>");
        }
        if lines.contains(&Line::Back) {
            kinds.push("<FONT COLOR=\"#6D28D9\">┈┈ comes back</FONT>");
        }
        if self.content.funnel.stages.iter().any(|stage| !stage.feeds.is_empty()) {
            kinds.push("<FONT COLOR=\"#B45309\">┈▷ brings others in</FONT>");
        }
        if kinds.is_empty() {
            return String::new();
        }
        format!("<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"10\">{}</FONT></TD></TR>", kinds.join("&#160;&#160;&#160;"))
    }
}
