//! Limits are said, never met in silence; and what comes near them takes a sane time.

mod common;

use funnelc::{diag::Diagnostic, workspace::Analysis};

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
        let steps = format!("{}stop{}", "if plan = pro { ".repeat(depth), " }".repeat(depth));
        format!(
            "contact {{ plan : one of [free, pro] = free }}\nevent opt_in\nevent purchase\nfunnel f {{\n  for each contact\n  reentry never\n  stage a {{\n    enter when opt_in\n    nurture n {{ {steps} }}\n  }}\n  goal final stage b {{ enter from a when purchase }}\n}}\n"
        )
    };
    assert!(common::findings(&nested(50)).is_empty());
    assert!(common::findings(&nested(70)).iter().all(|(code, _)| code == "F009"), "{:?}", common::findings(&nested(70)));
    assert!(!common::findings(&nested(70)).is_empty());
    let parentheses = |depth: usize| nested(1).replace("plan = pro", &format!("{}plan = pro{}", "(".repeat(depth), ")".repeat(depth)));
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
