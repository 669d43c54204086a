//! Two real clients of the language server: Neovim, and one on `vscode-jsonrpc`.
//!
//! `tests/all` installs both and runs this; by hand, with both there: `cargo test --test editors -- --ignored`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SHOP: &str = include_str!("editor/shop.funnel");
const MORE: &str = "test \"whoever comes back\" for trial {\n  given consent = yes\n  at 2026-03-02 10:00\n  signup(source: \"ad\")\n  after 20 days\n  purchase(amount: 50, product: \"x\")\n  expect in customer\n}\n";

/// A folder with the shop, which has one mistake, and a second file that names a stage of it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editors").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder can be made");
    fs::write(folder.join("shop.funnel"), SHOP.replace("enter from lead, quiet", "enter from laed, quiet")).expect("a file can be written");
    folder
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/editors").join(name)
}

/// Runs a client, which says at the end that all is well.
fn run(command: &mut Command) {
    let output = command.output().expect("`tests/all` installs the clients");
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && format!("{said}{complained}").contains("all well"), "{said}\n{complained}");
}

#[test]
#[ignore = "needs Neovim, which `tests/all` installs"]
fn neovim_shows_findings_fixes_renames_formats_and_completes() {
    let folder = folder("neovim");
    fs::write(folder.join("more.funnel"), MORE).expect("a file can be written");
    let script = format!("luafile {}", script("neovim.lua").display());
    run(Command::new("nvim")
        .args(["--headless", "--clean", "-c", &script])
        .env("FUNNELC", env!("CARGO_BIN_EXE_funnelc"))
        .env("FOLDER", &folder));
}

#[test]
#[ignore = "needs Node and vscode-jsonrpc, which `tests/all` installs"]
fn a_node_client_shows_findings_fixes_renames_and_draws() {
    let folder = folder("node");
    run(Command::new("node").arg(script("client.js")).arg(env!("CARGO_BIN_EXE_funnelc")).arg(&folder));
}
