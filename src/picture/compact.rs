//! Steps in short: a condition with a single step behind it takes one row.

use super::sheet::Row;

/// So many characters a row may have when two are drawn as one.
const JOINED_MAX: usize = 80;

/// Words on chips that are no channels.
const OURS: &[&str] = &[
    "WAIT", "DO", "SET", "ADD", "REMOVE", "RECORD", "STOP", "IF", "ELSE IF", "ELSE", "ON", "TIME-OUT", "SPLIT", "REPEAT", "LEAVE",
    "BRINGS", "SEND",
];

/// The rows with every condition and its only step joined.
#[must_use]
pub fn compact(rows: Vec<Row>) -> Vec<Row> {
    let mut joined: Vec<Row> = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let Some(child) = rows.next_if(|child| opens(&row) && child.depth == row.depth + 1) else {
            joined.push(row);
            continue;
        };
        let is_alone = !opens(&child) && rows.peek().is_none_or(|next| next.depth <= row.depth);
        let text = together(&row, &child);
        if is_alone && text.chars().count() <= JOINED_MAX {
            joined.push(Row { text, ..row });
        } else {
            joined.push(row);
            // The child may itself be a condition with one step.
            let mut rest = vec![child];
            while let Some(next) = rows.next_if(|next| next.depth > joined.last().map_or(0, |row| row.depth)) {
                rest.push(next);
            }
            joined.extend(compact(rest));
        }
    }
    joined
}

fn opens(row: &Row) -> bool {
    row.chip.as_deref().is_some_and(|chip| matches!(chip, "IF" | "ELSE IF" | "ELSE" | "ON" | "TIME-OUT" | "SPLIT" | "REPEAT"))
}

fn together(row: &Row, child: &Row) -> String {
    let chip = child.chip.as_deref().unwrap_or_default();
    let word = chip.to_lowercase();
    let does = match chip {
        "STOP" => "stop".to_owned(),
        "DO" | "SEND" => child.text.clone(),
        chip if OURS.contains(&chip) => format!("{word} {}", child.text),
        _ if child.text.to_lowercase().split_whitespace().last() == Some(word.as_str()) => child.text.clone(),
        _ => format!("{} ({word})", child.text),
    };
    match row.text.as_str() {
        "otherwise" => does,
        text => format!("{text} → {does}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, compact};
    use crate::picture::sheet::Reads;

    #[test]
    fn one_step_behind_a_condition_joins_it_and_two_do_not() {
        let rows = vec![
            Row::step("IF", 0, "opened".to_owned()),
            Row::step("EMAIL", 1, "Case study".to_owned()),
            Row::step("ELSE", 0, "otherwise".to_owned()),
            Row::step("SMS", 1, "Reminder".to_owned()),
            Row::step("IF", 0, "new".to_owned()),
            Row::step("IF", 1, "rich".to_owned()),
            Row::step("STOP", 2, "this play ends".to_owned()),
            Row::step("WAIT", 1, "1 day".to_owned()),
        ];
        let texts: Vec<String> = compact(rows).into_iter().map(|row| row.text).collect();
        assert_eq!(texts, ["opened → Case study (email)", "Reminder (sms)", "new", "rich → stop", "1 day"]);
        assert_eq!(Row::remark("x".to_owned()).reads, Reads::Remark);
    }
}
