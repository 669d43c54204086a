//! Funnels from bytes: each byte chooses among the ways to write a part. What comes out parses, and its names and types
//! fit, so that the checks are reached.

/// The words that all funnels share.
const WORDS: &str = r#"timezone "Europe/Berlin"
contact {
  consent : flag = no
  phone_ok : flag = no
  plan : one of [free, pro, team] = free
  colour : one of [red, blue]?
  budget : number?
  age : number = 30
  tries : number = 0 ours
  mood : one of [calm, cross] = calm ours
  country : text? fixed
  birthday : date?
  tags : list of text
}
channel email {
  needs consent
  at most 2 within 3 days
  quiet from 21:00 to 08:00
}
channel sms {
  needs phone_ok
  at most 1 within 1 day
}
channel push
event sign_up
event quit
event ping
event buy(amount: number, product: text?) at most 1 per day
event booked(due: time, seats: number)
event stop_mail opt out of email
event tick ours
event tock ours
message m1 by email
message m2 by email
message s1 by sms
message p1 by push
message r1(amount: number?) by email { transactional }
action call(why: text)
score s {
  +1 for ping
  +3 for buy where amount > 10
  -4 for every 2 days without ping
}
segment big when sum of buy.amount within 5 days >= 40 or s >= 6
segment calm_ones when in segment big and mood = calm
play nudge(what: message, sum: number?) {
  send what as nudged
  wait 6 hours
  send r1(amount: sum) as told
}
"#;

/// The ways to write a part. `«x»` is another part, `@` a number of its own; the first way of each needs no other part
/// that could lead back to it, and stands where the funnel gets too deep or the bytes have run out.
const PARTS: &[(&str, &[&str])] = &[
    ("length", &["1 day", "1 hour", "6 hours", "2 days", "5 days", "30 days", "1 second", "365 days", "12 hours"]),
    ("number", &["10", "0", "1", "20", "-3.5", "100", "0.000001", "9223372036854", "11"]),
    ("count", &["2", "3", "4", "7", "100"]),
    ("sign", &["=", "!=", "<", "<=", ">", ">="]),
    ("window", &["", " within «length»", " since entering", " since starting"]),
    (
        "figure",
        &[
            "age",
            "budget",
            "tries",
            "s",
            "sum of buy.amount«window»",
            "highest of buy.amount«window»",
            "average of buy.amount",
            "age + «number»",
            "budget * 2 - tries",
            "first of buy.amount since starting",
            "budget / age",
        ],
    ),
    (
        "past",
        &[
            "ping",
            "buy",
            "buy where amount > «number»",
            "clicked m1",
            "opened",
            "tick",
            "quit",
            "sent m2",
            "buy where (amount > «number» and not product = \"a\")",
        ],
    ),
    (
        "state",
        &[
            "plan = pro",
            "«figure» «sign» «number»",
            "«figure» «sign» «number»",
            "had «past»«window»",
            "no «past»«window»",
            "at least «count» «past»«window»",
            "at most «count» «past»«window»",
            "exactly «count» «past»«window»",
            "plan != free",
            "plan in [pro, team]",
            "colour = red",
            "colour is known",
            "budget is missing",
            "country = \"DE\"",
            "country in [\"DE\", \"AT\"]",
            "country starts with \"D\"",
            "not country contains \"E\"",
            "tags contains \"x\"",
            "in segment big",
            "in segment calm_ones",
            "time since ping > «length»",
            "before 2026-03-27",
            "from 2026-03-29 on",
            "birthday < 2000-01-01",
            "consent = yes",
            "mood = cross",
            "(«state» and «state»)",
            "(«state» or «state»)",
            "not «state»",
            "«figure» «sign» «figure»",
        ],
    ),
    (
        "trigger",
        &[
            "ping",
            "buy",
            "quit",
            "buy where amount > «number»",
            "buy where amount «sign» «number»",
            "clicked m1",
            "opened",
            "tick",
            "tock",
            "booked where seats > 2",
            "stop_mail",
            "every day at 09:00",
            "every friday at 02:30",
            "every month on day 31 at 10:00",
            "every year on birthday at 09:00",
            "1 day before booked.due, if past open",
            "2 hours after booked.due, if past never",
            "2 days before 2026-12-24, if past never",
        ],
    ),
    ("condition", &["«trigger»", "«trigger»", "«state»", "«trigger» and «state»", "(«trigger» or «state»)", "«trigger» and not «state»"]),
    (
        "write",
        &[
            "set tries = tries + 1",
            "set tries = 0",
            "set tries = tries - 1",
            "set tries = age",
            "set mood = cross",
            "set mood = calm",
            "set consent = yes",
            "set consent = no",
            "set plan = pro",
            "set plan = free",
            "set budget = «number»",
            "add \"x\" to tags",
            "remove \"x\" from tags",
        ],
    ),
    (
        "step",
        &[
            "send m1 as x@",
            "send m2 as x@",
            "send s1 as x@",
            "send p1 as x@",
            "send r1 as x@",
            "wait «length»",
            "wait «length»",
            "«write»",
            "«write»",
            "record tick",
            "record tock",
            "do call(why: \"x\") as d@",
            "stop",
            "wait 2 calendar days",
            "wait until 09:00",
            "wait until sunday at 02:30",
            "wait until 2026-03-27 at 09:00, if past skip",
            "wait until 1 day before booked.due, if past stop",
            "wait until «condition» up to «length»",
            "if «state» {\n«steps»\n}",
            "if «state» {\n«steps»\n}\nelse {\n«steps»\n}",
            "if «state» {\n«steps»\n}\nelse if «state» {\n«steps»\n}\nelse {\n«steps»\n}",
            "split s@ {\n50% a {\n«steps»\n}\nrest b {\n«steps»\n}\n}",
            "repeat up to «count» times every «length» {\n«steps»\n}",
            "repeat up to «count» times every «length» until «state» {\n«steps»\n}",
            "wait up to «length» {\non «condition» {\n«steps»\n}\non «condition» {\n«steps»\n}\notherwise {\n«steps»\n}\n}",
        ],
    ),
    ("steps", &["«step»", "«step»\n«step»", "«step»\n«step»\n«step»"]),
    ("start", &["", " when «condition»", " each time «trigger»", ""]),
    (
        "nurture",
        &[
            "nurture n@ {\n«steps»\n}",
            "nurture n@«start» {\n«steps»\n}",
            "nurture nudge(what: m1) as n@«start»",
            "nurture nudge(what: s1, sum: buy.amount) as n@",
        ],
    ),
    ("opens", &["when «condition»", "when «condition»", "after «length»", "after «length» without «past»", "after «length» when «state»"]),
    ("from", &["a", "b", "c", "a, b", "b, c", "a, b, c", "anywhere"]),
    ("line", &["«nurture»", "enter from «from» «opens»", "enter from «from» «opens»", "«nurture»", "leave «opens»", "", ""]),
    ("lines", &["«line»", "«line»\n«line»", "«line»\n«line»\n«line»\nvisits at most «count»"]),
    ("kind", &["stage", "stage", "final stage", "goal stage", "goal final stage"]),
    ("reentry", &["never", "after leaving", "2 days after leaving", "4 days after starting", "restart from a"]),
    (
        "promise",
        &[
            "",
            "",
            "",
            "guarantee every contact leaves a within «length»",
            "guarantee at most «count» messages within «length»",
            "guarantee at least «length» between messages",
            "guarantee never send m1 after quit",
            "guarantee every contact in a reaches d within «length»",
            "guarantee every way to d goes through b",
            "guarantee b never follows c",
            "guarantee d is reachable from every stage",
            "guarantee never send m2 in c",
            "assume buy within «length» of entering b",
        ],
    ),
    (
        "body",
        &[
            "for each contact\nreentry «reentry»\n«promise»\n«promise»\nstage a {\nenter when «condition»\n«lines»\n}\n«kind» b {\nenter from a «opens»\n«lines»\n}\n«kind» c {\nenter from a, b «opens»\n«lines»\n}\n«kind» d {\nenter from «from» «opens»\n«lines»\n}",
            "for each contact\nreentry «reentry»\nleave when quit\nstage a {\nenter from anywhere or outside when «condition»\n«lines»\n}\n«kind» b {\nenter from a «opens»\n«lines»\n}\nstage c {\n«lines»\nfeeds b by ping\n}\ngoal final stage d {\nenter from a, b, c «opens»\n}",
        ],
    ),
    ("file", &["funnel f {\n«body»\n}\n", "funnel f {\n«body»\n}\n", "funnel f {\n«body»\n}\nfunnel g {\n«body»\n}\n"]),
];

/// How deep parts may stand in each other, and how many there may be.
const DEPTH_MAX: usize = 12;
const PARTS_MAX: usize = 600;

struct Writer<'b> {
    bytes: std::slice::Iter<'b, u8>,
    parts: usize,
    number: usize,
    out: String,
}

/// The funnel that these bytes choose.
pub fn text(bytes: &[u8]) -> String {
    let mut writer = Writer { bytes: bytes.iter(), parts: 0, number: 0, out: WORDS.to_owned() };
    writer.part("file", 0);
    writer.out
}

impl Writer<'_> {
    fn part(&mut self, name: &str, depth: usize) {
        let (_, ways) = PARTS.iter().find(|(part, _)| *part == name).expect("parts name parts of the table");
        self.parts += 1;
        let byte = if depth > DEPTH_MAX || self.parts > PARTS_MAX { 0 } else { self.bytes.next().copied().unwrap_or(0) };
        let way = ways[usize::from(byte) % ways.len()];
        let mut rest = way;
        while let Some((before, behind)) = rest.split_once('«') {
            self.plain(before);
            let (inner, behind) = behind.split_once('»').unwrap_or((behind, ""));
            self.part(inner, depth + 1);
            rest = behind;
        }
        self.plain(rest);
    }

    fn plain(&mut self, text: &str) {
        for (index, part) in text.split('@').enumerate() {
            if index > 0 {
                self.number += 1;
                self.out.push_str(&self.number.to_string());
            }
            self.out.push_str(part);
        }
    }
}
