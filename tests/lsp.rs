//! The language server over a connection in memory: what an editor sends, and what it gets.

use funnelc::cli::lsp::serve;
use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::Duration,
};

const SHOP: &str = include_str!("editor/shop.funnel");

/// An editor in a folder of its own.
struct Editor {
    connection: Connection,
    server: Option<JoinHandle<()>>,
    folder: PathBuf,
    asked: i32,
    /// What came that nobody has waited for yet.
    came: Vec<Message>,
}

impl Editor {
    /// Starts a server in a folder with these files.
    fn start(name: &str, files: &[(&str, &str)], options: Value) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lsp").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder can be made");
        files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).expect("a file can be written"));
        let (client, server) = Connection::memory();
        let server = thread::spawn(move || serve(&server).expect("the protocol is kept"));
        let mut editor = Self { connection: client, server: Some(server), folder, asked: 0, came: Vec::new() };
        let folder = editor.uri("");
        let hello = json!({
            "processId": null, "rootUri": null, "initializationOptions": options,
            "workspaceFolders": [{ "uri": folder.trim_end_matches('/'), "name": "shop" }],
            "capabilities": { "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
                              "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } },
        });
        let said = editor.ask("initialize", hello);
        assert_eq!(said["serverInfo"]["name"], "funnelc");
        assert_eq!(said["capabilities"]["positionEncoding"], "utf-16");
        editor.tell("initialized", json!({}));
        editor
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}/{file}", self.folder.display())
    }

    fn document(&self, file: &str) -> Value {
        json!({ "uri": self.uri(file) })
    }

    fn tell(&self, method: &str, params: Value) {
        self.connection.sender.send(Message::Notification(Notification::new(method.to_owned(), params))).expect("the server listens");
    }

    /// The result of a request; an error comes as its text.
    fn try_ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        let id = self.asked.into();
        self.connection.sender.send(Message::Request(Request::new(id, method.to_owned(), params))).expect("the server listens");
        loop {
            match self.next() {
                Message::Response(response) => {
                    return response.response_result();
                }
                other => self.came.push(other),
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.try_ask(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn next(&self) -> Message {
        self.connection.receiver.recv_timeout(Duration::from_secs(60)).expect("the server answers")
    }

    /// Waits for the findings of a file that fit.
    fn findings(&mut self, file: &str, fit: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let uri = self.uri(file);
        let mut waiting = std::mem::take(&mut self.came).into_iter();
        let mut last = Vec::new();
        loop {
            let message = waiting.next().or_else(|| self.connection.receiver.recv_timeout(Duration::from_secs(60)).ok());
            let message = message.unwrap_or_else(|| panic!("{file} never fits; last came {last:#?}"));
            if let Message::Notification(it) = &message
                && it.method == "textDocument/publishDiagnostics"
                && it.params["uri"] == uri
            {
                let list = it.params["diagnostics"].as_array().cloned().unwrap_or_default();
                if fit(&list) {
                    self.came = waiting.collect();
                    return list;
                }
                last = list;
            }
        }
    }

    fn open(&self, file: &str, text: &str) {
        let document = json!({ "uri": self.uri(file), "languageId": "funnel", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Types text in place of a range, `[line, column, line, column]`.
    fn type_in(&self, file: &str, version: i32, range: [u32; 4], text: &str) {
        let [line, column, end_line, end_column] = range;
        let change = json!({
            "range": { "start": { "line": line, "character": column }, "end": { "line": end_line, "character": end_column } },
            "text": text,
        });
        let document = json!({ "uri": self.uri(file), "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    fn at(&self, file: &str, line: u32, character: u32) -> Value {
        json!({ "textDocument": self.document(file), "position": { "line": line, "character": character } })
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.server.take().expect("it was started").join().expect("the server ends well");
    }
}

/// What a response carries, whichever way this version of the library says it.
trait ResponseExt {
    fn response_result(self) -> Result<Value, String>;
}

impl ResponseExt for lsp_server::Response {
    fn response_result(self) -> Result<Value, String> {
        let whole = serde_json::to_value(&self).expect("a response is JSON");
        match whole.get("error") {
            Some(error) if !error.is_null() => Err(error["message"].as_str().unwrap_or("").to_owned()),
            _ => Ok(whole.get("result").cloned().unwrap_or(Value::Null)),
        }
    }
}

/// Line and column in UTF-16 units of the beginning of some letters.
fn place(text: &str, of: &str) -> (u32, u32) {
    let at = text.find(of).unwrap_or_else(|| panic!("{of}"));
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let column: usize = text[start..at].chars().map(char::len_utf16).sum();
    (u32::try_from(line).expect("short"), u32::try_from(column).expect("short"))
}

fn codes(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(|it| it["code"].as_str()).collect()
}

/// Errors and warnings; what only informs comes when the checks are done.
fn grave(list: &[Value]) -> Vec<&Value> {
    list.iter().filter(|it| it["severity"].as_u64().is_some_and(|severity| severity < 3)).collect()
}

fn labels(result: &Value) -> Vec<&str> {
    result["items"].as_array().expect("a list").iter().filter_map(|it| it["label"].as_str()).collect()
}

/// The text after edits of one file, which come as the protocol writes them.
fn edited(text: &str, edits: &Value) -> String {
    let mut edits: Vec<&Value> = edits.as_array().expect("edits").iter().collect();
    let offset = |at: &Value| {
        let line = usize::try_from(at["line"].as_u64().expect("a line")).expect("short");
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = at["character"].as_u64().expect("a column");
        let mut bytes = 0;
        for c in text[start..].chars().take_while(|_| true) {
            if left == 0 {
                break;
            }
            left -= c.len_utf16() as u64;
            bytes += c.len_utf8();
        }
        start + bytes
    };
    edits.sort_by_key(|edit| std::cmp::Reverse(offset(&edit["range"]["start"])));
    let mut text_after = text.to_owned();
    for edit in edits {
        text_after.replace_range(offset(&edit["range"]["start"])..offset(&edit["range"]["end"]), edit["newText"].as_str().expect("a text"));
    }
    text_after
}

#[test]
fn findings_come_while_typing_and_go_again() {
    let mut editor = Editor::start("typing", &[("shop.funnel", SHOP)], json!({}));
    editor.open("shop.funnel", SHOP);
    editor.findings("shop.funnel", |list| grave(list).is_empty());
    let (line, column) = place(SHOP, "from lead after");
    editor.type_in("shop.funnel", 2, [line, column + 5, line, column + 9], "led");
    // What the checks informed of before may still stand beside it.
    let found = editor.findings("shop.funnel", |list| codes(list).contains(&"F101"));
    assert_eq!(grave(&found).len(), 1, "{found:#?}");
    assert_eq!(grave(&found)[0]["range"]["start"], json!({ "line": line, "character": column + 5 }));
    // A line that does not parse is one finding, and nothing follows on.
    editor.type_in("shop.funnel", 3, [line, column, line, column + 8], "frm lead");
    let found = editor.findings("shop.funnel", |list| codes(list).iter().any(|code| code.starts_with("F0")));
    assert_eq!(grave(&found).len(), 1, "{found:#?}");
    editor.type_in("shop.funnel", 4, [line, column, line, column + 8], "from lead");
    editor.findings("shop.funnel", |list| grave(list).is_empty());
}

#[test]
fn a_quick_fix_mends_and_checks_come_behind() {
    let text = SHOP.replace("    leave after 30 days\n", "").replace("enter from lead, quiet when", "enter from laed when");
    let mut editor = Editor::start("fix", &[], json!({}));
    editor.open("a.funnel", &text);
    editor.findings("a.funnel", |list| grave(list).iter().any(|it| it["code"] == "F101"));
    let (line, column) = place(&text, "laed");
    let here = json!({ "start": { "line": line, "character": column }, "end": { "line": line, "character": column } });
    let params = json!({ "textDocument": editor.document("a.funnel"), "range": here, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params.clone());
    assert_eq!(actions[0]["title"], "write `lead`");
    assert_eq!(actions[0]["isPreferred"], true);
    let after = edited(&text, &actions[0]["edit"]["changes"][editor.uri("a.funnel")]);
    assert_eq!(after, text.replace("laed", "lead"));
    let only =
        json!({ "textDocument": editor.document("a.funnel"), "range": here, "context": { "diagnostics": [], "only": ["source.fixAll"] } });
    let all = editor.ask("textDocument/codeAction", only);
    assert_eq!(edited(&text, &all[0]["edit"]["changes"][editor.uri("a.funnel")]), after);
    // Now names are whole, and the checks have their say: nobody leaves `quiet`.
    editor.type_in("a.funnel", 2, [line, column, line, column + 4], "lead");
    let found = editor.findings("a.funnel", |list| codes(list).iter().any(|code| code.starts_with("F3")));
    let trap = found.iter().find(|it| it["code"].as_str().is_some_and(|code| code.starts_with("F3"))).expect("a finding");
    let params = json!({ "textDocument": editor.document("a.funnel"), "range": trap["range"], "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params);
    assert!(
        actions.as_array().expect("a list").iter().any(|it| it["title"].as_str().is_some_and(|title| title.starts_with("allow F3"))),
        "{actions:#}"
    );
    // While something else is typed, it stays.
    editor.type_in("a.funnel", 3, [0, 0, 0, 0], "# a remark\nnonsense\n");
    let found = editor.findings("a.funnel", |list| codes(list).contains(&"F002"));
    let same = found.iter().find(|it| it["code"] == trap["code"]).expect("it stays");
    assert_eq!(same["range"]["start"]["line"].as_u64(), trap["range"]["start"]["line"].as_u64().map(|line| line + 2));
}

#[test]
fn questions_are_answered() {
    let mut editor = Editor::start("questions", &[("shop.funnel", SHOP)], json!({}));
    editor.open("shop.funnel", SHOP);
    let ask = |editor: &mut Editor, method: &str, of: &str, shift: u32| {
        let (line, column) = place(SHOP, of);
        let at = editor.at("shop.funnel", line, column + shift);
        editor.ask(method, at)
    };
    let hover = ask(&mut editor, "textDocument/hover", "stage quiet", 7);
    assert!(hover["contents"]["value"].as_str().expect("Markdown").contains("**How long:** at most 30 days"), "{hover:#}");
    let definition = ask(&mut editor, "textDocument/definition", "send welcome", 6);
    let (line, column) = place(SHOP, "message welcome");
    assert_eq!(definition[0]["range"]["start"], json!({ "line": line, "character": column + 8 }));
    let completion = ask(&mut editor, "textDocument/completion", "lead, quiet", 0);
    assert_eq!(labels(&completion)[..3], ["customer", "lead", "quiet"]);
    let highlight = ask(&mut editor, "textDocument/documentHighlight", "stage quiet", 7);
    assert_eq!(highlight.as_array().map(Vec::len), Some(2));
    let document = json!({ "textDocument": editor.document("shop.funnel") });
    for (method, least) in [("textDocument/documentSymbol", 10), ("textDocument/foldingRange", 8), ("textDocument/codeLens", 4)] {
        let answer = editor.ask(method, document.clone());
        assert!(answer.as_array().is_some_and(|list| list.len() >= least), "{method}: {answer}");
    }
    let tokens = editor.ask("textDocument/semanticTokens/full", document.clone());
    assert!(tokens["data"].as_array().is_some_and(|data| data.len() > 500 && data.len() % 5 == 0));
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 999, "character": 0 } });
    let hints = editor.ask("textDocument/inlayHint", json!({ "textDocument": editor.document("shop.funnel"), "range": whole }));
    assert!(hints.as_array().expect("hints").iter().any(|it| it["label"] == "day 2"), "{hints:#}");
    let symbols = editor.ask("workspace/symbol", json!({ "query": "wlcm" }));
    assert_eq!(symbols.as_array().map(Vec::len), Some(2));
    assert_eq!(
        editor.ask(
            "textDocument/formatting",
            json!({ "textDocument": editor.document("shop.funnel"), "options": { "tabSize": 2, "insertSpaces": true } })
        ),
        json!([])
    );
    let drawn = editor.ask("funnelc/svg", document);
    assert!(
        drawn["svg"].as_str().is_some_and(|svg| svg.starts_with("<svg"))
            && drawn["isWhole"] == true
            && drawn["funnels"] == json!(["trial"])
    );
    let argument = json!({ "textDocument": editor.document("shop.funnel"), "funnel": "trial", "stage": "quiet" });
    let opened = editor.ask("workspace/executeCommand", json!({ "command": "funnelc.openDiagram", "arguments": [argument] }));
    let path = opened["uri"].as_str().and_then(|uri| uri.strip_prefix("file://")).expect("a file");
    assert!(fs::read_to_string(path).expect("the picture").contains("COMES IN"));
    assert!(editor.try_ask("funnelc/nothing", json!({})).is_err());
    assert!(editor.try_ask("textDocument/hover", json!({ "odd": 1 })).is_err());
}

#[test]
fn a_rename_goes_over_files_and_columns_count_in_utf_16() {
    let shared = "# é 😀\r\nevent kauf \"😀 é\" on laden\r\nchannel laden\r\n";
    let main = "use \"shared.funnel\"\r\nsegment a \"😀\" when had kauf and no kauf within 3 days\r\n";
    let mut editor = Editor::start("rename", &[("shared.funnel", shared), ("main.funnel", main)], json!({}));
    editor.open("main.funnel", main);
    let (line, column) = place(main, "no kauf");
    assert_eq!((line, column), (1, 33));
    let mut params = editor.at("main.funnel", line, column + 4);
    let range = editor.ask("textDocument/prepareRename", params.clone());
    assert_eq!(range, json!({ "start": { "line": 1, "character": 36 }, "end": { "line": 1, "character": 40 } }));
    params["newName"] = json!("größe");
    let edit = editor.ask("textDocument/rename", params.clone());
    assert_eq!(edited(main, &edit["changes"][editor.uri("main.funnel")]), main.replace("kauf", "größe"));
    assert_eq!(edited(shared, &edit["changes"][editor.uri("shared.funnel")]), shared.replace("kauf", "größe"));
    params["newName"] = json!("within");
    assert_eq!(
        editor.try_ask("textDocument/rename", params),
        Err("`within` is a reserved word of the language and cannot be a name".into())
    );
    // A change behind an emoji lands where it should.
    editor.type_in("main.funnel", 2, [1, 24, 1, 28], "nichts");
    editor.findings("main.funnel", |list| {
        list.iter().any(|it| it["range"]["start"] == json!({ "line": 1, "character": 24 }) && it["code"] == "F102")
    });
}

#[test]
fn the_disk_counts_where_no_text_is_open() {
    let main = "use \"shared.funnel\"\nsegment a when had buy\n";
    let mut editor = Editor::start("disk", &[("main.funnel", main)], json!({}));
    editor.open("main.funnel", main);
    editor.findings("main.funnel", |list| codes(list).contains(&"F107"));
    let changed = |editor: &Editor, file: &str, kind: u32| {
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": editor.uri(file), "type": kind }] }));
    };
    fs::write(editor.folder.join("shared.funnel"), "event buy\n").expect("a file can be written");
    changed(&editor, "shared.funnel", 1);
    editor.findings("main.funnel", |list| !codes(list).contains(&"F107"));
    // An open text stands for its file; closed, the disk counts again.
    editor.open("shared.funnel", "event pay\n");
    editor.findings("main.funnel", |list| codes(list).contains(&"F102"));
    editor.tell("textDocument/didClose", json!({ "textDocument": editor.document("shared.funnel") }));
    editor.findings("main.funnel", |list| !codes(list).contains(&"F102"));
    fs::remove_file(editor.folder.join("shared.funnel")).expect("a file can be removed");
    changed(&editor, "shared.funnel", 3);
    editor.findings("main.funnel", |list| codes(list).contains(&"F107"));
}

#[test]
fn the_projects_levels_hold_and_what_is_wrong_with_them_is_said() {
    let text = "event buy\nfunnel f {\n  for each contact\n  reentry never\n  goal final stage s { enter when buy }\n}\nevent unused\n";
    let mut editor = Editor::start("levels", &[("a.funnel", text), ("funnelc.yaml", "levels:\n  F104: off\n")], json!({}));
    editor.findings("a.funnel", |list| !codes(list).contains(&"F104"));
    fs::write(editor.folder.join("funnelc.yaml"), "levels:\n  F104: error\n").expect("a file can be written");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": editor.uri("funnelc.yaml"), "type": 2 }] }));
    let found = editor.findings("a.funnel", |list| codes(list).contains(&"F104"));
    assert_eq!(found.iter().find(|it| it["code"] == "F104").expect("it is there")["severity"], 1);
    fs::write(editor.folder.join("funnelc.yaml"), "nonsense: 3\n").expect("a file can be written");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": editor.uri("funnelc.yaml"), "type": 2 }] }));
    loop {
        if let Message::Notification(it) = editor.next()
            && it.method == "window/showMessage"
        {
            assert!(it.params["message"].as_str().is_some_and(|message| message.contains("funnelc.yaml:1:1")), "{}", it.params);
            break;
        }
    }
}

#[test]
fn files_can_be_programs_of_their_own() {
    let text = "event buy\nsegment s when had buy\n";
    let clash = |list: &[Value]| codes(list).contains(&"F103");
    let mut together = Editor::start("together", &[("a.funnel", text), ("b.funnel", text)], json!({}));
    together.findings("b.funnel", clash);
    let mut apart = Editor::start("apart", &[("a.funnel", text), ("b.funnel", text)], json!({ "separately": true }));
    apart.findings("b.funnel", |list| !clash(list));
}
