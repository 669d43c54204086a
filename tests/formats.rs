//! The forms of findings that programs read, each held against its definition, with every fixture of `tests/ui`.

mod common;

use funnelc::{
    catalog,
    diag::{
        Severity,
        render::{self, Explained, Located},
    },
    workspace::Analysis,
};
use serde_json::Value;
use std::{collections::BTreeSet, fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every fixture, each under its own name.
fn analyses() -> Vec<Analysis> {
    common::fixtures().iter().map(|path| common::fixture(path)).collect()
}

fn located(analysis: &Analysis) -> Vec<Located<'_>> {
    analysis.diagnostics.iter().map(|finding| Located { finding, sources: &analysis.sources }).collect()
}

fn explained() -> Vec<Explained> {
    catalog::codes().iter().filter_map(|code| Some(Explained { code: *code, page: catalog::page(code.id)? })).collect()
}

fn value(text: &str) -> Value {
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "one final newline");
    serde_json::from_str(text).expect("it is JSON")
}

fn schema(path: &str) -> jsonschema::Validator {
    // One pattern of the SARIF schema, for languages, which we do not write, has a stray bracket that JavaScript forgives.
    let text = fs::read_to_string(root().join(path)).expect("the schema is there").replace("{2}]?$", "{2}?$");
    jsonschema::options().should_validate_formats(true).build(&value(&(text.trim_end().to_owned() + "\n"))).expect("the schema is one")
}

fn assert_fits(validator: &jsonschema::Validator, document: &Value) {
    let errors: Vec<String> = validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}\n{document:#}", errors.join("\n"));
}

#[test]
fn sarif_fits_its_published_schema() {
    let validator = schema("tests/formats/sarif-schema-2.1.0.json");
    let explained = explained();
    let analyses = analyses();
    for analysis in &analyses {
        let found = located(analysis);
        let log = value(&render::sarif(&found, &explained));
        assert_fits(&validator, &log);
        let run = &log["runs"][0];
        let results = run["results"].as_array().expect("a list");
        assert_eq!(results.len(), found.len());
        for (result, located) in results.iter().zip(&found) {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("a number")).expect("small");
            let rule = &run["tool"]["driver"]["rules"][index];
            assert_eq!(rule["id"], result["ruleId"]);
            assert_eq!(result["ruleId"], located.finding.code.id);
            assert!(result["message"]["text"].as_str().is_some_and(|text| text.starts_with(&located.finding.message)));
        }
    }
    let wrong = value("{\"version\": \"2.1.0\", \"runs\": [{}]}\n");
    assert!(!validator.is_valid(&wrong), "the schema sees what is missing");
}

#[test]
fn json_fits_our_published_schema() {
    let published = fs::read_to_string(root().join("docs/findings.schema.json")).unwrap_or_default();
    assert!(published == render::json_schema(), "`funnelc schema findings -o docs/findings.schema.json` writes it anew");
    let validator = schema("docs/findings.schema.json");
    for analysis in &analyses() {
        let found = located(analysis);
        let text = render::json(&found);
        assert_eq!(text, render::json(&found), "the same bytes each time");
        let document = value(&text);
        assert_fits(&validator, &document);
        assert_eq!(document["findings"].as_array().map(Vec::len), Some(found.len()), "all gravities are there");
        for (entry, located) in document["findings"].as_array().into_iter().flatten().zip(&found) {
            let byte = |point: &str| usize::try_from(entry[point]["byte"].as_u64().expect("a number")).expect("small");
            let text = located.sources.file(located.finding.primary.span.file).text();
            assert_eq!(text.get(byte("start")..byte("end")), Some(located.sources.slice(located.finding.primary.span)));
        }
    }
}

#[test]
fn gitlab_fingerprints_are_unique_and_stay_when_lines_move() {
    let fingerprints = |analysis: &Analysis| -> Vec<String> {
        let report = value(&render::gitlab(&located(analysis)));
        let entries = report.as_array().expect("a list").iter();
        entries
            .map(|entry| {
                for field in ["description", "check_name", "severity"] {
                    assert!(entry[field].is_string(), "{entry}");
                }
                assert!(entry["location"]["path"].is_string() && entry["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0));
                assert!(["info", "minor", "major", "critical", "blocker"].contains(&entry["severity"].as_str().expect("a text")));
                entry["fingerprint"].as_str().expect("a text").to_owned()
            })
            .collect()
    };
    for analysis in &analyses() {
        let all = fingerprints(analysis);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "each is one of its kind");
    }
    let text = "event a\nevent a\nevent b\n";
    let moved = format!("# a comment\n\n{text}");
    assert_eq!(fingerprints(&common::analysis(text)), fingerprints(&common::analysis(&moved)));
}

#[test]
fn junit_is_xml_with_a_case_for_each_file() {
    for analysis in &analyses() {
        let found = located(analysis);
        let names: Vec<&str> = analysis.sources.files().map(|(_, file)| file.name()).collect();
        let text = render::junit(&names, &found);
        let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
        assert_eq!(
            cases.iter().map(|case| case.attribute("name")).collect::<Vec<_>>(),
            names.iter().copied().map(Some).collect::<Vec<_>>()
        );
        let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
        assert_eq!(document.root_element().attribute("failures"), Some(failures.to_string().as_str()));
        assert_eq!(failures > 0, analysis.diagnostics.has_errors());
        for located in found.iter().filter(|located| located.finding.severity == Severity::Error) {
            let told =
                document.descendants().filter(|node| node.has_tag_name("failure")).filter_map(|node| node.text()).collect::<String>();
            let line = render::short(located.finding, located.sources);
            assert!(told.contains(line.trim_end()), "{line}\n{told}");
        }
    }
}

#[test]
fn github_commands_are_one_line_each() {
    for analysis in &analyses() {
        for located in located(analysis) {
            let text = render::github(located);
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(text.ends_with('\n') && ["::error ", "::warning ", "::notice "].iter().any(|word| text.starts_with(word)), "{text}");
            let (properties, _) = text.split_once("::").and_then(|(_, rest)| rest.split_once("::")).expect("a command");
            let keys: Vec<&str> =
                properties.split_once(' ').expect("properties").1.split(',').map(|it| it.split('=').next().unwrap_or("")).collect();
            assert!(
                keys == ["file", "line", "col", "endLine", "endColumn", "title"] || keys == ["file", "line", "endLine", "title"],
                "{text}"
            );
        }
    }
}
