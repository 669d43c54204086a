//! How long a picture takes: small funnels and large ones, from what was checked to SVG.
//!
//! `cargo bench --bench pictures`

use cpu_time::ProcessTime;
use funnelc::{
    emit::{self, svg::Theme},
    lower,
    picture::{
        journey,
        notes::Notes,
        scene::Scene,
        sheet::{Detail, Sheet},
    },
    workspace::{Loaded, MemoryLoader, analyse},
};
use std::{fmt::Write as _, hint::black_box};

const ROUNDS: usize = 9;

/// Stages in a row, each with an email and a way out, every fifth with a way back.
fn funnel(stages: usize) -> String {
    let mut text =
        "event opt_in\nevent click\nevent purchase\nevent back\nchannel email {\n}\nmessage hello \"Hello\" by email { template \"t\" }\n\
                    funnel long \"A long one\" {\n  for each contact\n  reentry never\n"
            .to_owned();
    for n in 0..stages {
        let door = if n == 0 { "enter when opt_in".to_owned() } else { format!("enter from s{} when click", n - 1) };
        let back = if n % 5 == 0 && n + 3 < stages { format!("\n    enter from s{} when back", n + 3) } else { String::new() };
        writeln!(text, "  stage s{n} \"Stage {n}\" {{\n    {door}{back}\n    nurture n {{ send hello }}\n  }}").expect("a String");
    }
    writeln!(text, "  goal final stage end \"End\" {{ enter from s{} when purchase }}", stages - 1).expect("a String");
    let sources: Vec<String> = (0..stages).step_by(7).map(|n| format!("s{n}")).collect();
    writeln!(text, "  final stage gone \"Gone\" {{ enter from {} after 30 days }}\n}}", sources.join(", ")).expect("a String");
    text
}

fn main() {
    for (stages, limit_ms) in [(8, 10), (60, 100), (500, 1000)] {
        let loader = MemoryLoader::new([("long.funnel", funnel(stages))]);
        let loaded = Loaded::read(&loader, &["long.funnel".to_owned()]).expect("the file is in memory");
        let analysis = analyse(loaded);
        let mut times: Vec<u128> = (0..ROUNDS)
            .map(|_| {
                let start = ProcessTime::now();
                let sketch = lower::sketch(&analysis.model, &analysis.sources);
                let rules = emit::rules_of(&sketch);
                let sheets = rules.funnels.iter().map(|funnel| Sheet::new(rules, funnel, Detail::Actions, &Notes::default()));
                let scene = Scene::stacked(sheets.map(|sheet| journey::scene(&sheet, Detail::Actions)).collect());
                black_box(emit::svg::svg(&scene, Theme::Auto, false));
                start.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        let median = times[ROUNDS / 2];
        println!("{stages} stages to SVG: {}.{:03} ms (at most {limit_ms} ms)", median / 1000, median % 1000);
        assert!(median < limit_ms * 1000, "slower than it may be");
    }
}
