use super::*;
use crate::{
    catalog,
    diag::{Diagnostic, Severity},
    source::{FileId, Span as Place},
};

fn refused(text: &str) -> String {
    Config::parse(text).expect_err("it is refused").to_string()
}

#[test]
fn a_file_is_read_and_the_longest_beginning_decides() {
    let text = "# ours\nlevels:\n  F4: information\n  F404: error\n  F313: off\ncheck:\n  shortest-lap: 36 hours\n  as-of: 2026-03-01\n";
    let config = Config::parse(text).expect("it is good");
    let level = |id| config.levels.of(catalog::code(id).expect("a code"));
    assert_eq!(level("F404"), Some(Level::At(Severity::Error)));
    assert_eq!(level("F313"), Some(Level::Off));
    assert_eq!(level("F301"), None);
    assert_eq!(level("F401"), None, "a beginning passes over what must stay an error");
    assert_eq!(config.settings().lap_ms_min, 36 * 3_600_000);
    assert_eq!(config.settings().as_of.map(|day| day.to_string()), Some("2026-03-01".to_owned()));
    assert_eq!(Config::parse("# nothing yet\n"), Ok(Config::default()));
    assert_eq!(Config::default().settings(), Settings::default());
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    insta::assert_snapshot!(
        [
            "levels:\n  F4O4: error\n",
            "levels:\n  F404: fatal\n",
            "levels:\n  F201: warning\n",
            "levels:\n  F21: off\n",
            "levels:\n  F404: error\n  F404: off\n",
            "levels: F404\n",
            "level:\n  F404: error\n",
            "check:\n  shortest-lap: 24\n",
            "check:\n  as-of: tomorrow\n",
            "check:\n  shortest_lap: 24 hours\n",
            "levels: [\n",
        ]
        .map(refused)
        .join("\n"),
        @r#"
2:3: levels: there is no code `F4O4`, did you mean `F404`?; `funnelc explain --list` lists them all
2:9: levels.F404: `fatal` is no level: write `error`, `warning`, `information` or `off`
2:3: levels: `F201` (types that do not fit) cannot be lowered or left out: a file with such an error cannot be compiled or run
2:3: levels: `F21` cannot be lowered or left out: a file with such an error cannot be compiled or run
2:3: levels: `F404` has two levels: keep one of them
1:9: levels: invalid type: string "F404", expected codes with their levels, such as `F404: error`
1:1: unknown field `level`, expected `levels` or `check`
2:3: check: `24` is no duration: write one such as `24 hours`
2:3: check: `tomorrow` is no date: write one such as `2026-03-01`
2:3: check: unknown field `shortest_lap`, expected `shortest-lap` or `as-of`
1:9: levels: invalid type: sequence, expected codes with their levels, such as `F404: error`
"#
    );
}

fn judged(choice: &Choice, config: &Config, id: &str) -> Option<Severity> {
    let finding = Diagnostic::new(catalog::code(id).expect("a code"), Place::empty(FileId::new(0), 0), "x");
    choice.judge(finding, config).map(|finding| finding.severity)
}

fn patterns(list: &[&str]) -> Vec<Pattern> {
    list.iter().map(|text| text.parse().expect("a pattern")).collect()
}

#[test]
fn the_command_line_goes_before_the_file() {
    let config = Config::parse("levels:\n  F404: off\n  F313: error\n").expect("it is good");
    let nothing = Choice::default();
    assert_eq!(judged(&nothing, &config, "F404"), None);
    assert_eq!(judged(&nothing, &config, "F313"), Some(Severity::Error));
    assert_eq!(judged(&nothing, &config, "F104"), Some(Severity::Warning));
    let select = Choice { select: patterns(&["f404", "F31"]), ignore: patterns(&["F313"]), deny_warnings: true };
    assert_eq!(judged(&select, &config, "F404"), Some(Severity::Error), "named, so the file does not hide it; denied");
    assert_eq!(judged(&select, &config, "F313"), None, "the longer beginning decides");
    assert_eq!(judged(&select, &config, "F310"), Some(Severity::Error));
    assert_eq!(judged(&select, &config, "F104"), None, "not selected");
    assert_eq!(judged(&select, &config, "F101"), Some(Severity::Error), "what keeps a file from being compiled is always told");
}
