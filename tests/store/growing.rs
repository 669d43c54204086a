//! Logs that grow while they are read.

use crate::world::World;
use std::{
    io::Write as _,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn end(mut run: Child) {
    run.kill().expect("it can be killed");
    run.wait().expect("it ends");
}

#[test]
fn a_growing_file_is_followed() {
    let world = World::new("growing", 120, 12);
    world.sort();
    world.go_on("one.db", "one", &["--lateness", "400 days"]);
    let log = world.read("events.ndjson");
    world.write("growing.ndjson", "");
    let mut run = world.command("s.db", "s", "growing.ndjson", &["--follow", "--batch", "7"]).spawn().expect("funnelc starts");
    for (n, at) in (0..log.len()).step_by(700).enumerate() {
        let mut file = std::fs::File::options().append(true).open(world.folder().join("growing.ndjson")).expect("it is there");
        file.write_all(&log.as_bytes()[at..(at + 700).min(log.len())]).expect("it can be written");
        thread::sleep(Duration::from_millis(60));
        if n % 5 == 3 {
            end(run);
            run = world.command("s.db", "s", "growing.ndjson", &["--follow", "--batch", "7"]).spawn().expect("funnelc starts");
        }
    }
    let lines = log.lines().count();
    wait_for("all is read", || world.call(&["state", "show", "s.db"]).contains(&format!("log: {lines} lines")));
    end(run);
    // What happens at the last instant is shown, and comes again.
    world.go_on_with("s.db", "s", "growing.ndjson", &["--lateness", "400 days"]);
    world.same_text("one.ndjson", "s.ndjson");
    world.same_stores("one.db", "s.db");
}

#[test]
fn a_pipe_is_followed_and_time_goes_on_with_the_clock() {
    let world = World::new("pipe", 1, 1);
    let options = ["--follow", "--watermark", "0 seconds"];
    let mut run = world.command("s.db", "s", "-", &options).stdin(Stdio::piped()).spawn().expect("funnelc starts");
    let mut stdin = run.stdin.take().expect("a pipe");
    let now = "2026-03-01T08:00:00Z";
    writeln!(stdin, "{{\"contact\":\"a\",\"time\":\"{now}\",\"event\":\"identify\",\"consent\":true}}").expect("it listens");
    writeln!(stdin, "{{\"contact\":\"a\",\"time\":\"{now}\",\"event\":\"sign_up\",\"plan\":\"solo\"}}").expect("it listens");
    writeln!(stdin, "{{\"contact\":\"b\",\"time\":\"9000-01-01T08:00:00Z\",\"event\":\"sign_up\",\"plan\":\"solo\"}}").expect("it listens");
    // All that waits in this funnel is long over by the clock of any machine.
    wait_for("time goes on", || world.has("s.ndjson") && world.read("s.ndjson").contains("\"to\":\"lost\""));
    drop(stdin);
    let output = run.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let aside = world.read("s.aside");
    assert!(aside.contains("\"reason\":\"ahead\"") && aside.contains("it is of 9000-01-01 08:00, and here it is "), "{aside}");
    assert!(!world.call(&["state", "show", "s.db"]).contains("9000"), "nobody was moved there");
}

#[test]
fn a_last_line_without_its_end_is_not_kept() {
    let world = World::new("tail", 1, 1);
    let table = "id,contact,time,event,plan\n,a,2026-03-01 08:00,sign_up,solo\n,b,2026-03-02 08:00,sign_up,so";
    world.write("t.csv", table);
    world.go_on_with("s.db", "s", "t.csv", &[]);
    let shown = world.read("s.ndjson");
    assert!(shown.contains("\"contact\":\"b\""), "it is shown");
    assert_eq!(shown.matches("\"contact\":\"a\"").count(), 3, "and so is what was open before: {shown}");
    assert!(!world.call(&["state", "export", "s.db"]).contains("\"b\""), "it is not kept");
    world.write("t.csv", &format!("{table}lo\n"));
    world.go_on_with("s.db", "s", "t.csv", &[]);
    assert_eq!(world.read("s.ndjson").matches("\"contact\":\"b\"").count(), 3, "a move, a nurture and its message, and nothing twice");
    world.write("v.csv", &format!("{table}lo,more\nx,b,2026-03-02 08:00,sign_off,so"));
    world.go_on_with("v.db", "v", "v.csv", &[]);
    assert_eq!(world.read("v.aside").lines().count(), 2, "also where it is set aside");
    world.write("u.csv", table);
    world.go_on_with("u.db", "u", "u.csv", &["--until", "2026-03-02 09:00"]);
    assert!(world.call(&["state", "export", "u.db"]).contains("\"b\""), "it is said to be whole");
}
