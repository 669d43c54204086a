//! What stands above a funnel: its name, its figures, its ways out, and what the lines mean.

use super::{
    Drawing, LEFT_BREAK, Line,
    rows::{actions, opening},
    text::{html, wrapped},
};
use crate::ruleset::{Source, Stage};
use std::fmt::Write as _;

impl Drawing<'_> {
    pub(super) fn title(&self) -> String {
        let funnel = self.funnel;
        let name = funnel.label.as_deref().unwrap_or(&funnel.name);
        let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let mut facts = vec![count(funnel.stages.len(), "stage"), count(funnel.stages.iter().map(actions).sum(), "action")];
        let goals: Vec<&str> = funnel.stages.iter().filter(|it| it.goal).map(|it| it.label.as_deref().unwrap_or(&it.name)).collect();
        if !goals.is_empty() {
            facts.push(format!("goal {}", goals.join(", ")));
        }
        if let Some(key) = &funnel.key {
            facts.push(format!("one run for each {key}"));
        }
        let marks: usize = funnel.stages.iter().filter_map(|stage| self.marks.0.get(&stage.id)).map(Vec::len).sum();
        if marks > 0 {
            facts.push(count(marks, "finding"));
        }
        let mut lines = vec![facts.join(" · ")];
        lines.extend(funnel.leaves.iter().map(|leave| format!("everybody leaves {}", opening(&leave.sentence, true))));
        let mut title = format!(
            "<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\"><TR><TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT POINT-SIZE=\"22\"><B>{}</B></FONT></TD></TR>",
            wrapped(name, LEFT_BREAK)
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
        let lines: Vec<Line> = self.doors().map(|(from, to, _)| self.line(from, to)).collect();
        if lines.iter().any(|line| matches!(line, Line::Spine | Line::On)) {
            kinds.push("<FONT COLOR=\"#334155\">━━ goes on</FONT>");
        }
        let from_anywhere =
            |stage: &Stage| stage.doors.iter().any(|door| matches!(door.from, Source::Anywhere | Source::AnywhereOrOutside));
        if lines.contains(&Line::Off) || self.funnel.stages.iter().any(from_anywhere) {
            kinds.push("<FONT COLOR=\"#475569\">╌╌ leaves the main way</FONT>");
        }
        if lines.contains(&Line::Back) {
            kinds.push("<FONT COLOR=\"#6D28D9\">┈┈ comes back</FONT>");
        }
        if self.funnel.stages.iter().any(|stage| !stage.feeds.is_empty()) {
            kinds.push("<FONT COLOR=\"#B45309\">┈▷ brings others in</FONT>");
        }
        if kinds.is_empty() {
            return String::new();
        }
        format!("<TR><TD ALIGN=\"LEFT\"><FONT POINT-SIZE=\"10\">{}</FONT></TD></TR>", kinds.join("&#160;&#160;&#160;"))
    }
}
