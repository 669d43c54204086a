//! `funnelc fmt` on files: what it writes, says and leaves alone.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

const UNTIDY: &str = "event   a\n\n\n# b\nevent b  (x:number)\n";
const TIDY: &str = "event a\n\n# b\nevent b(x: number)\n";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fmt-{name}"));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(folder.join("more")).expect("a folder can be made");
    for (path, text) in [("a.funnel", UNTIDY), ("more/b.funnel", UNTIDY), ("more/c.funnel", TIDY)] {
        fs::write(folder.join(path), text).expect("a file can be written");
    }
    folder
}

fn fmt(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_funnelc"))
        .arg("fmt")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("funnelc starts");
    // It may end without reading.
    drop(child.stdin.take().expect("a pipe").write_all(input));
    child.wait_with_output().expect("funnelc ends")
}

/// Status, standard output, standard error.
fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn files_of_folders_and_patterns_are_written() {
    let folder = folder("write");
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("it is there");
    let (status, out, _) = told(&fmt(&folder, &["--check", "."], b""));
    assert_eq!((status, out.as_str()), (Some(1), "a.funnel\nmore/b.funnel\n"));
    assert_eq!(read("a.funnel"), UNTIDY, "`--check` writes nothing");
    let (status, out, errors) = told(&fmt(&folder, &["more/*.funnel", "a.funnel"], b""));
    assert_eq!((status, out.as_str()), (Some(0), ""));
    assert_eq!(errors, "formatted a.funnel\nformatted more/b.funnel\n2 files formatted, of 3 files\n");
    assert_eq!((read("a.funnel"), read("more/b.funnel")), (TIDY.to_owned(), TIDY.to_owned()));
    assert_eq!(told(&fmt(&folder, &["--check", "."], b"")).0, Some(0));
    assert!(fs::read_dir(&folder).expect("a folder").all(|entry| entry.expect("readable").path().extension().is_none_or(|e| e != "tmp")));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let folder = folder("stdin");
    assert_eq!(told(&fmt(&folder, &["-"], UNTIDY.as_bytes())), (Some(0), TIDY.to_owned(), String::new()));
    let (status, out, _) = told(&fmt(&folder, &["--check", "--stdin-name", "x.funnel", "-"], UNTIDY.as_bytes()));
    assert_eq!((status, out.as_str()), (Some(1), "x.funnel\n"));
    let (status, out, _) = told(&fmt(&folder, &["--diff", "-"], UNTIDY.as_bytes()));
    assert!(status == Some(1) && out.starts_with("--- a/<stdin>\n+++ b/<stdin>\n@@ -1,5 +1,4 @@\n-event   a\n-\n+event a\n"), "{out}");
    let (status, out, errors) = told(&fmt(&folder, &["-"], b"event   a\nevnt   b\n"));
    assert_eq!((status, out.as_str()), (Some(0), "event a\nevnt   b\n"));
    assert_eq!(errors, "<stdin>: what begins on line 2 cannot be read and stays as it is: `funnelc check` says why\n");
    let (status, out, errors) = told(&fmt(&folder, &["-"], b"event \xff\n"));
    assert_eq!((status, out.as_str()), (Some(3), ""), "{errors}");
}

#[test]
fn a_diff_has_colour_for_those_who_ask() {
    let folder = folder("colour");
    let plain = told(&fmt(&folder, &["--diff", "a.funnel"], b"")).1;
    let coloured = told(&fmt(&folder, &["--diff", "--color", "always", "a.funnel"], b"")).1;
    assert!(!plain.contains('\u{1b}') && coloured.contains("\u{1b}[32m+event a\u{1b}[0m\n"), "{coloured}");
    let mut bare = coloured;
    for paint in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[31m", "\u{1b}[32m", "\u{1b}[36m"] {
        bare = bare.replace(paint, "");
    }
    assert_eq!(bare, plain);
}

#[test]
fn nothing_is_written_where_a_file_cannot_be_read() {
    let folder = folder("unreadable");
    fs::write(folder.join("more/z.funnel"), b"event \xff").expect("a file can be written");
    let (status, _, errors) = told(&fmt(&folder, &["."], b""));
    assert_eq!(status, Some(3));
    assert!(errors.contains("more/z.funnel"), "{errors}");
    assert_eq!(fs::read_to_string(folder.join("a.funnel")).expect("it is there"), UNTIDY);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("link");
    fs::set_permissions(folder.join("a.funnel"), fs::Permissions::from_mode(0o640)).expect("they can be set");
    std::os::unix::fs::symlink("a.funnel", folder.join("link.funnel")).expect("a link can be made");
    assert_eq!(told(&fmt(&folder, &["link.funnel"], b"")).0, Some(0));
    assert!(fs::symlink_metadata(folder.join("link.funnel")).expect("it is there").is_symlink());
    assert_eq!(fs::metadata(folder.join("a.funnel")).expect("it is there").permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(folder.join("a.funnel")).expect("it is there"), TIDY);
}
