//! Smaller texts that still show what a text shows.

/// Takes lines and blocks out of a text, and parts of conditions, as long as `shows` says yes. At most `tries` times.
pub fn shrink(text: &str, tries: usize, shows: &mut dyn FnMut(&str) -> bool) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut left = tries;
    loop {
        let mut changed = false;
        let mut at = 0;
        while at < lines.len() && left > 0 {
            for smaller in smaller(&lines, at) {
                left = left.saturating_sub(1);
                if shows(&(smaller.join("\n") + "\n")) {
                    lines = smaller;
                    changed = true;
                    break;
                }
                if left == 0 {
                    break;
                }
            }
            at += 1;
        }
        if !changed || left == 0 {
            return lines.join("\n") + "\n";
        }
    }
}

fn smaller(lines: &[String], at: usize) -> Vec<Vec<String>> {
    let line = &lines[at];
    let mut out = Vec::new();
    let opens = line.trim_end().ends_with('{');
    let without = |from: usize, to: usize| -> Vec<String> { [&lines[..from], &lines[to..]].concat() };
    if opens {
        if let Some(end) = end_of(lines, at) {
            out.push(without(at, end + 1));
            // The block without its head and its end.
            out.push([&lines[..at], &lines[at + 1..end], &lines[end + 1..]].concat());
        }
    } else if line.trim() != "}" {
        out.push(without(at, at + 1));
    }
    let mut replace = |text: String| {
        let mut copy = lines.to_vec();
        copy[at] = text;
        out.push(copy);
    };
    for word in [" and ", " or "] {
        for (place, _) in line.match_indices(word) {
            let tail = if opens { " {" } else { "" };
            replace(format!("{}{tail}", &line[..place]));
            if let Some(begin) = [" when ", " if ", " on ", " until "].iter().find_map(|head| line.find(head).map(|n| n + head.len())) {
                replace(format!("{}{}", &line[..begin], &line[place + word.len()..]));
            }
        }
    }
    if let (Some(from), Some(comma)) = (line.find("from "), line.find(", "))
        && from < comma
    {
        let rest = line[comma + 2..].split_once(' ').map_or("", |(_, rest)| rest);
        replace(format!("{} {rest}", &line[..comma]));
        replace(format!("{}{}", &line[..from + 5], &line[comma + 2..]));
    }
    for (long, short) in [(" each time ", ""), (" when ", ""), (" without ", "")] {
        if let (Some(place), true) = (line.find(long), line.contains("nurture") || line.contains("after")) {
            let tail = if opens { " {" } else { "" };
            replace(format!("{}{short}{tail}", &line[..place]));
        }
    }
    for word in ["goal ", "final "] {
        if line.contains(word) {
            replace(line.replacen(word, "", 1));
        }
    }
    out
}

/// The line in which the block that begins in a line ends.
fn end_of(lines: &[String], at: usize) -> Option<usize> {
    let mut depth = 0;
    for (n, line) in lines.iter().enumerate().skip(at) {
        depth += line.matches('{').count() as i64;
        if n > at || !line.trim().starts_with('}') {
            depth -= line.matches('}').count() as i64;
        }
        if depth <= 0 {
            return Some(n);
        }
    }
    None
}
