//! Small mistakes in good programs, and which findings they may give.

/// A kind of mistake.
pub struct Mutation {
    pub name: &'static str,
    /// Every text that one such mistake makes of this one, with the line that was hit.
    pub make: fn(&str) -> Vec<(usize, String)>,
    /// The codes that may say it.
    pub codes: &'static [&'static str],
    /// Why a program with this mistake can be a good one; nothing where it never can.
    pub survives: Option<&'static str>,
}

/// What may follow where a way on, or something on the way, is gone.
const GONE: &[&str] = &[
    "F103", "F104", "F207", "F213", "F301", "F302", "F304", "F305", "F306", "F307", "F308", "F309", "F310", "F313", "F315", "F401", "F402",
    "F404", "F403", "F405", "F406", "F412", "F004", "F005", "F504", "F508", "F501", "F502", "F503", "F505", "F509", "F512", "F514", "F601",
    "F602", "F605", "F606", "F607", "F704", "F706", "F708", "F710", "F712", "F312", "F407", "F409", "F410", "F506", "F010", "F001", "F801",
    "F802", "F805", "F701", "F702", "F709", "F803",
];

/// All kinds.
pub const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "a wait is gone",
        make: |text| without_lines(text, |line| line.starts_with("wait ") && !line.contains('{')),
        codes: &[
            "F701", "F708", "F304", "F706", "F104", "F401", "F402", "F403", "F404", "F409", "F710", "F308", "F606", "F605", "F607", "F001",
            "F207", "F213", "F010", "F506", "F512", "F502", "F509",
        ],
        survives: Some("two messages one after the other, or none, may be meant; where they go out at one instant F708 says so"),
    },
    Mutation {
        name: "a door is gone",
        make: |text| without_lines(text, |line| line.starts_with("enter ")),
        codes: GONE,
        survives: Some("another door leads there too"),
    },
    Mutation {
        name: "an arm is gone",
        make: |text| without_lines(text, |line| line.starts_with("on ") || line.starts_with("otherwise ") || line.starts_with("else ")),
        codes: GONE,
        survives: Some("who met the arm waits for the end of the time, or falls through, which is a journey as well"),
    },
    Mutation {
        name: "visits at most is gone",
        make: |text| without_lines(text, |line| line.starts_with("visits at most")),
        codes: &["F404", "F403", "F401", "F402", "F412", "F410", "F601"],
        survives: Some("the lap needs an event, or another stage on it is bounded, or nothing is sent on it"),
    },
    Mutation {
        name: "up to is gone",
        make: |text| cut(text, |line| line.starts_with("wait until ").then(|| line.find(" up to ")).flatten().map(|at| (at, line.len()))),
        codes: &["F214", "F001"],
        survives: None,
    },
    Mutation {
        name: "if past is gone",
        make: |text| cut(text, |line| line.find(", if past ").map(|at| (at, at + line[at..].find(['{', '}']).unwrap_or(line.len() - at)))),
        codes: &["F214", "F001"],
        survives: None,
    },
    Mutation {
        name: "a record is gone",
        make: |text| without_lines(text, |line| line.starts_with("record ")),
        codes: &["F308", "F104", "F301", "F302", "F310", "F001"],
        survives: Some("the same event is recorded elsewhere too"),
    },
    Mutation {
        name: "reentry is gone",
        make: |text| without_lines(text, |line| line.starts_with("reentry ")),
        codes: &["F214"],
        survives: None,
    },
    Mutation {
        name: "a leave is gone",
        make: |text| without_lines(text, |line| line.starts_with("leave ")),
        codes: GONE,
        survives: Some("there are other ways out"),
    },
    Mutation {
        name: "a comparison is turned round",
        make: |text| replaced(text, &[(" >= ", " < "), (" < ", " >= "), (" > ", " <= "), (" <= ", " > ")]),
        codes: GONE,
        survives: Some("who is meant by a comparison nobody but the author knows"),
    },
    Mutation {
        name: "a door leads from its own stage",
        make: from_itself,
        codes: GONE,
        survives: Some("another door leads there too, and an event is needed for each lap"),
    },
];

fn lines_of(text: &str) -> Vec<&str> {
    text.lines().collect()
}

fn is_block(line: &str) -> bool {
    line.trim_end().ends_with('{')
}

/// Without each line that fits, with its block if it opens one.
fn without_lines(text: &str, fits: fn(&str) -> bool) -> Vec<(usize, String)> {
    let lines = lines_of(text);
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| fits(line.trim_start())) {
        let mut end = at;
        if is_block(line) {
            let mut depth = 0_i64;
            for (n, line) in lines.iter().enumerate().skip(at) {
                depth += i64::try_from(line.matches('{').count()).unwrap_or(0) - i64::try_from(line.matches('}').count()).unwrap_or(0);
                end = n;
                if depth <= 0 {
                    break;
                }
            }
        }
        let rest: Vec<&str> = [&lines[..at], &lines[end + 1..]].concat();
        out.push((at + 1, rest.join("\n") + "\n"));
    }
    out
}

/// With a part of each line that fits taken out.
fn cut(text: &str, part: fn(&str) -> Option<(usize, usize)>) -> Vec<(usize, String)> {
    let lines = lines_of(text);
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if line.trim_start().starts_with('#') {
            continue;
        }
        if let Some((from, to)) = part(line.trim_start()) {
            let changed = format!("{}{}", &line[..indent + from], &line[indent + to..]);
            out.push((at + 1, with_line(&lines, at, &changed)));
        }
    }
    out
}

fn with_line(lines: &[&str], at: usize, changed: &str) -> String {
    let mut lines = lines.to_vec();
    lines[at] = changed;
    lines.join("\n") + "\n"
}

fn replaced(text: &str, pairs: &[(&str, &str)]) -> Vec<(usize, String)> {
    let lines = lines_of(text);
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
        for (from, to) in pairs {
            for (place, _) in line.match_indices(from) {
                let changed = format!("{}{to}{}", &line[..place], &line[place + from.len()..]);
                out.push((at + 1, with_line(&lines, at, &changed)));
            }
        }
    }
    out
}

/// `enter from a` in `stage b` becomes `enter from b`.
fn from_itself(text: &str) -> Vec<(usize, String)> {
    let lines = lines_of(text);
    let (mut out, mut stage) = (Vec::new(), String::new());
    for (at, line) in lines.iter().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let Some(place) = words.iter().position(|word| *word == "stage").filter(|place| *place < 3) {
            stage = words.get(place + 1).map(|it| (*it).to_owned()).unwrap_or_default();
        }
        let Some(from) = line.find("enter from ").map(|at| at + "enter from ".len()) else { continue };
        let ends = [" when ", " after "].iter().filter_map(|word| line[from..].find(word).map(|at| from + at)).min();
        if let Some(end) = ends.filter(|_| !stage.is_empty() && !line[from..].starts_with("anywhere")) {
            out.push((at + 1, with_line(&lines, at, &format!("{}{stage}{}", &line[..from], &line[end..]))));
        }
    }
    out
}
