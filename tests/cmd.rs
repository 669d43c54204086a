//! Commands and what they print: the pages in `tests/cmd`, the README and the documentation.
//! `TRYCMD=overwrite cargo test --test cmd` writes the outputs anew; read the difference before you commit it.

#[test]
fn commands_print_what_the_pages_show() {
    let cases = trycmd::TestCases::new();
    cases.case("tests/cmd/*.md").case("README.md").case("docs/*.md");
}
