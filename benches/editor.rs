//! From a key stroke to the answers an editor waits for, in a workspace of 2 000 lines.
//!
//! `cargo bench --bench editor` types letters into several files, well-formed and broken, and prints for each answer how
//! long half and how long nineteen of twenty took at most, in time of the processor: for funnels that have nothing to do with
//! each other, and for funnels that all set and ask one attribute, so that a change of one is a change for all of them.
//! `EDITOR_LINES=10000` takes a larger workspace.

use cpu_time::ProcessTime;
use funnelc::{
    check::Settings,
    editor::{self, Grouping, Problem, Workspace},
    workspace::MemoryLoader,
};
use std::{fmt::Write as _, time::Duration};

/// So many key strokes.
const STROKES: usize = 120;
/// What an answer may take.
const GOAL: Duration = Duration::from_millis(30);

const SHARED: &str = "timezone \"Europe/Berlin\"

contact {
  consent : flag = no
  plan : one of [free, pro] = free ours
  country : text?
}

channel email {
  needs consent
  at most 3 within 7 days
  quiet from 21:00 to 08:00
}

event signup(source: text)
event purchase(amount: number, product: text)
event page_view(path: text)
event cancel(reason: text?)

segment vip \"Big spenders\" when sum of purchase.amount within 365 days > 500
";

/// A funnel of some fifty lines; `tied` to the others by an attribute that all of them set and ask.
fn funnel(n: usize, tied: bool) -> String {
    let (own, plan) = match tied {
        true => (String::new(), "plan".to_owned()),
        false => (format!("contact {{\n  plan_{n} : one of [free, pro] = free ours\n}}\n\n"), format!("plan_{n}")),
    };
    let mut text = format!(
        "use \"shared.funnel\"\n\n{own}message welcome_{n} \"Welcome\" by email\nmessage tips_{n} \"Tips\" by email\nmessage offer_{n} \"Offer\" by email\n\n"
    );
    let _ = write!(
        text,
        "funnel journey_{n} \"Journey {n}\" {{
  for each contact
  reentry after leaving

  stage lead \"Lead\" {{
    enter when signup
    nurture welcome {{
      send welcome_{n}
      wait 2 days
      if {plan} = free and no purchase within 2 days {{
        send tips_{n}
      }} else {{
        stop
      }}
    }}
  }}

  stage engaged \"Engaged\" {{
    enter from lead when page_view where path starts with \"/pricing\"
    nurture offers {{
      wait up to 3 days {{
        on clicked welcome_{n} {{
          wait 1 day
        }}
        otherwise {{
          wait 2 days
        }}
      }}
      send offer_{n}
    }}
    leave when cancel
  }}

  stage quiet \"Quiet\" {{
    enter from lead, engaged after 14 days without page_view
    leave after 30 days
  }}

  goal final stage customer \"Customer\" {{
    enter from lead, engaged, quiet when purchase where amount > 20
    nurture thanks {{
      set {plan} = pro
    }}
  }}
}}
"
    );
    text
}

/// A workspace of so many lines, with the paths of its files.
fn workspace(lines: usize, tied: bool) -> (Workspace, Vec<(String, String)>) {
    let mut files = vec![("w/shared.funnel".to_owned(), SHARED.to_owned())];
    let mut count = SHARED.lines().count();
    while count < lines {
        let text = funnel(files.len(), tied);
        count += text.lines().count();
        files.push((format!("w/f{:03}.funnel", files.len()), text));
    }
    let mut workspace = Workspace::new(Box::new(MemoryLoader::new(files.clone())), Grouping::Together);
    workspace.folder("w", files.iter().map(|(path, _)| path.clone()));
    (workspace, files)
}

/// A name with the times it took.
struct Figure(&'static str, Vec<Duration>);

impl Figure {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = ProcessTime::now();
        let result = work();
        self.1.push(start.elapsed());
        result
    }

    fn print(&mut self) -> Duration {
        self.1.sort();
        let at = |share: usize| self.1.get((self.1.len() * share / 100).min(self.1.len() - 1)).copied().unwrap_or_default();
        println!("{:<44} p50 {:>9.2?}   p95 {:>9.2?}", self.0, at(50), at(95));
        at(95)
    }
}

fn main() {
    let lines = std::env::var("EDITOR_LINES").ok().and_then(|lines| lines.parse().ok()).unwrap_or(2000);
    println!("Funnels that have nothing to do with each other");
    let apart = strokes(lines, false);
    println!("\nFunnels that all set and ask one attribute");
    let tied = strokes(lines, true);
    println!(
        "\n{} within {GOAL:?}",
        if apart.max(tied) <= GOAL { "all that is waited for comes" } else { "NOT all that is waited for comes" }
    );
}

/// Types, prints how long the answers took, and gives the longest of those that somebody waits for.
fn strokes(lines: usize, tied: bool) -> Duration {
    let (mut workspace, files) = workspace(lines, tied);
    let total: usize = files.iter().map(|(_, text)| text.lines().count()).sum();
    let start = ProcessTime::now();
    let programs = workspace.programs();
    println!("{total} lines in {} files, read and resolved at first in {:.2?}", files.len(), start.elapsed());
    let found: usize = programs.iter().map(|program| program.findings(Settings::default()).iter().count()).sum();
    println!("all checks at first in {:.2?} ({found} findings)", start.elapsed());

    let mut complete = Figure("key stroke → completion", Vec::new());
    let mut quick = Figure("key stroke → findings of text and names", Vec::new());
    let mut full = Figure("key stroke → all findings, behind", Vec::new());
    let mut others = Figure("key stroke → hover, symbols, colours, hints", Vec::new());
    // Each stroke is the next letter of a clause, in a file in the middle.
    let typed = "enter from lead when purchase where amount > 500";
    for stroke in 0..STROKES {
        let (path, text) = &files[1 + stroke % (files.len() - 1)];
        let at = text.find("    leave after 30 days").expect("the clause is there");
        let part: String = typed.chars().take(1 + stroke * 7 % typed.len()).collect();
        let now = format!("{}    {part}\n{}", &text[..at], &text[at..]);
        let cursor = u32::try_from(at + 4 + part.len()).expect("short");
        let items = complete.time(|| {
            workspace.set(path, now.as_str());
            let (program, file) = workspace.program_of(path).expect("it is open");
            editor::complete(&program, file, cursor)
        });
        std::hint::black_box(items);
        workspace.set(path, format!("{now}# {stroke}"));
        quick.time(|| {
            let (program, _) = workspace.program_of(path).expect("it is open");
            Problem::all(&program.unchecked(), program.sources())
        });
        workspace.set(path, format!("{now}# {stroke} again"));
        others.time(|| {
            let (program, file) = workspace.program_of(path).expect("it is open");
            let hover = editor::hover(&program, file, cursor - 1);
            (
                hover,
                editor::symbols(&program, file),
                editor::tokens(&program, file),
                editor::hints(&program, file),
                editor::lenses(&program, file),
            )
        });
        // The clause is whole now, so the checks have something to say.
        workspace.set(path, format!("{}    {typed}\n{}", &text[..at], &text[at..]));
        full.time(|| {
            let (program, _) = workspace.program_of(path).expect("it is open");
            assert!(program.is_whole(), "the checks have their say");
            Problem::all(&program.findings(Settings::default()), program.sources())
        });
        workspace.set(path, text.as_str());
    }
    let worst = [complete.print(), quick.print(), others.print()].into_iter().max().unwrap_or_default();
    full.print();
    worst
}
