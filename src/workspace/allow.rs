//! `# funnelc: allow F404 because …`: a comment that silences one finding of the construct behind it.
//!
//! The construct is the item that begins on the next line that holds one, with all that stands in its braces. A comment
//! without a reason, or that silences nothing, is a finding itself: otherwise it would outlive its cause. While errors keep
//! the checks from running, nobody knows what it would silence.

use super::codes::F010;
use crate::{
    check,
    diag::{Diagnostic, Diagnostics},
    source::{FileId, SourceMap, Span},
};

const OPENING: &str = "# funnelc:";

/// An `allow` comment.
struct Allow {
    comment: Span,
    code: String,
    construct: Span,
}

/// Takes the findings that comments allow out of `findings`, and reports comments that do nothing; of those about what the
/// checks find only if they have `checked`.
pub(super) fn apply(findings: Diagnostics, sources: &SourceMap, checked: bool) -> Diagnostics {
    let mut kept: Vec<Option<Diagnostic>> = findings.into_iter().map(Some).collect();
    let mut reports = Diagnostics::new();
    for (file, source) in sources.files() {
        for comment in comments(file, source.text()) {
            match read(comment, source.text()) {
                Err(report) => reports.push(*report),
                Ok(allow) => silence(&allow, &mut kept, &mut reports, checked),
            }
        }
    }
    reports.extend(kept.into_iter().flatten().collect());
    reports
}

fn silence(allow: &Allow, findings: &mut [Option<Diagnostic>], reports: &mut Diagnostics, checked: bool) {
    let fits = |finding: &&mut Option<Diagnostic>| {
        finding.as_ref().is_some_and(|finding| finding.code.id == allow.code && allow.construct.contains(finding.primary.span))
    };
    match findings.iter_mut().find(fits) {
        Some(finding) => *finding = None,
        None if !checked && check::CODES.iter().any(|code| code.id == allow.code) => {}
        None => {
            let message = format!("this comment allows {}, and there is no such finding in what follows it", allow.code);
            let help = "take the comment away, or move it to the line before the construct it speaks of";
            reports.push(Diagnostic::new(F010, allow.comment, message).help(help));
        }
    }
}

/// The spans of the comments addressed to us that stand on lines of their own.
fn comments(file: FileId, text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with(OPENING) {
            let end = start + line.trim_end().len();
            found.push(Span::new(file, offset(start + indent), offset(end)));
        }
        start += line.len();
    }
    found
}

fn read(comment: Span, text: &str) -> Result<Allow, Box<Diagnostic>> {
    let words = text.get(comment.range()).unwrap_or("").strip_prefix(OPENING).unwrap_or("").trim();
    let help = "write `# funnelc: allow F404 because …` with the code and your reason";
    let report = |message: &str| Box::new(Diagnostic::new(F010, comment, message).help(help));
    let rest = words.strip_prefix("allow ").ok_or_else(|| report("funnelc knows one word in such a comment: `allow`"))?;
    let (code, reason) = rest.split_once(" because").ok_or_else(|| report("this comment gives no reason"))?;
    if reason.trim().is_empty() {
        return Err(report("this comment gives no reason"));
    }
    let code = code.trim().to_owned();
    let is_code = code.len() == 4 && code.starts_with('F') && code[1..].bytes().all(|b| b.is_ascii_digit());
    if !is_code {
        return Err(report(&format!("`{code}` is no code of a finding")));
    }
    Ok(Allow { comment, code, construct: construct(comment, text) })
}

/// The item that begins on the next line that is neither blank nor a comment: to the end of its line, or of its block.
fn construct(comment: Span, text: &str) -> Span {
    let mut start = comment.end as usize;
    for line in text[start..].split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            start += line.len();
        } else {
            start += line.len() - line.trim_start().len();
            break;
        }
    }
    let (mut depth, mut quoted, mut escaped, mut commented, mut end) = (0_i32, false, false, false, text.len());
    for (at, letter) in text[start..].char_indices() {
        match letter {
            '\n' if depth <= 0 => {
                end = start + at;
                break;
            }
            '\n' => (quoted, commented) = (false, false),
            _ if commented => {}
            '"' if !escaped => quoted = !quoted,
            _ if quoted => {}
            '#' => commented = true,
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            _ => {}
        }
        escaped = quoted && letter == '\\' && !escaped;
    }
    Span::new(comment.file, offset(start.min(end)), offset(end))
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
