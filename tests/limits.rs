//! Limits are said, never met in silence; and what comes near them takes a sane time.

mod common;

use funnelc::{
    diag::{Diagnostic, render},
    workspace::Analysis,
};

fn only(analysis: &Analysis) -> &Diagnostic {
    let mut findings = analysis.diagnostics.iter();
    let first = findings.next().expect("a finding");
    assert!(findings.next().is_none(), "one mistake is one finding: {:?}", analysis.diagnostics);
    first
}

#[test]
fn a_file_has_at_most_16_mib() {
    let text = "# a comment\n".repeat(16 * 1024 * 1024 / 12 + 1);
    let analysis = common::analysis(&text);
    let finding = only(&analysis);
    assert_eq!(finding.code.id, "F009");
    assert!(finding.message.contains("16 MiB"), "{}", finding.message);
}

#[test]
fn blocks_and_parentheses_nest_at_most_64_deep() {
    let nested = |depth: usize| {
        let ifs: String = (0..depth).map(|n| format!("if budget > {n} {{ ")).collect();
        let steps = format!("{ifs}stop{}", " }".repeat(depth));
        format!(
            "contact {{ budget : number? }}\nevent opt_in\nevent purchase\nfunnel f {{\n  for each contact\n  reentry never\n  stage a {{\n    enter when opt_in\n    nurture n {{ {steps} }}\n  }}\n  goal final stage b {{ enter from a when purchase }}\n}}\n"
        )
    };
    assert!(common::findings(&nested(50)).is_empty(), "{:?}", common::findings(&nested(50)));
    assert!(common::findings(&nested(70)).iter().all(|(code, _)| code == "F009"), "{:?}", common::findings(&nested(70)));
    assert!(!common::findings(&nested(70)).is_empty());
    let parentheses = |depth: usize| nested(1).replace("budget > 0", &format!("{}budget > 0{}", "(".repeat(depth), ")".repeat(depth)));
    assert!(common::findings(&parentheses(50)).is_empty());
    let found = common::findings(&parentheses(5_000));
    assert!(!found.is_empty() && found.iter().all(|(code, _)| code == "F009"), "{found:?}");
}

#[test]
fn fifty_thousand_broken_lines_are_as_many_findings() {
    let text = "entr when purchase\n".repeat(50_000);
    let analysis = common::analysis(&text);
    assert_eq!(analysis.diagnostics.iter().count(), 50_000);
}

#[test]
fn marks_out_of_place_are_told_up_to_a_thousand() {
    let analysis = common::analysis(&"}".repeat(100_000));
    assert_eq!(analysis.diagnostics.iter().filter(|finding| finding.code.id == "F006").count(), 1_000);
    let last: Vec<_> = analysis.diagnostics.iter().filter(|finding| finding.code.id == "F009").collect();
    assert_eq!(last.len(), 1, "the limit is said once");
    assert!(last[0].message.contains("1000"), "{}", last[0].message);
}

#[test]
fn a_line_of_a_megabyte_is_shown_around_the_place() {
    let before = "ä".repeat(500_000);
    let text = format!("event a \"{before}\" onn web \"{}\"\n", "b".repeat(500_000));
    let analysis = common::analysis(&text);
    assert!(!analysis.diagnostics.is_empty());
    for finding in analysis.diagnostics.iter() {
        for shown in [render::human(finding, &analysis.sources, render::Style::default()), render::short(finding, &analysis.sources)] {
            assert!(shown.len() < 4_000, "{} bytes", shown.len());
        }
    }
}

#[test]
fn nothing_in_a_file_disturbs_a_terminal() {
    let disturbing = ['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{2028}', '\r', '\u{8}'];
    for letter in disturbing {
        let text = format!("event a{letter}b \"c{letter}d\"\nevent x{letter}\nevnt{letter} y {letter}\n# {letter}{letter}\n{letter}\n");
        let analysis = common::analysis(&text);
        for finding in analysis.diagnostics.iter() {
            for shown in [render::human(finding, &analysis.sources, render::Style::default()), render::short(finding, &analysis.sources)] {
                assert!(!shown.contains(letter), "{shown:?}");
            }
        }
    }
}

#[test]
fn a_file_with_line_ends_of_old_computers_is_one_finding() {
    let analysis = common::analysis("event a\revent b\rfunnel f {\r}\r");
    assert!(only(&analysis).message.contains("very old computers"));
}
