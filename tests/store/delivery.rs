//! Requests handed on: to a command, to an address, again and again, and each with its key.

use crate::world::World;
use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread,
    time::Duration,
};

fn requests(world: &World) -> Vec<String> {
    let shown = world.call(&["state", "export", "s.db", "--what", "requests"]);
    shown.lines().map(str::to_owned).collect()
}

fn key(line: &str) -> String {
    line.split_once("\"request\":\"").and_then(|(_, rest)| rest.get(..32)).expect("a key").to_owned()
}

#[test]
fn a_command_gets_each_request_once_in_order_and_with_its_key() {
    let world = World::new("command", 60, 8);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    let all = requests(&world);
    assert!(all.len() > 10 && all.iter().all(|line| line.contains("\"state\":\"waiting\"")), "{all:?}");
    let command = "read line; echo \"$FUNNELC_REQUEST $line\" >> delivered.txt";
    world.call(&["outbox", "s.db", "--command", command, "-q"]);
    let delivered = world.read("delivered.txt");
    assert_eq!(delivered.lines().count(), all.len());
    for (line, request) in delivered.lines().zip(&all) {
        let (key_given, body) = line.split_once(' ').expect("a key");
        assert_eq!((key_given, key(body)), (key(request).as_str(), key(request)), "{line}");
        let body: serde_json::Value = serde_json::from_str(body).expect("it is JSON");
        assert!(body["contact"].is_string() && (body["message"].is_string() || body["action"].is_string()), "{body}");
    }
    assert!(requests(&world).iter().all(|line| line.contains("\"state\":\"delivered\"")));
    world.call(&["outbox", "s.db", "--command", command, "-q"]);
    assert_eq!(world.read("delivered.txt"), delivered, "nothing is delivered twice");
}

#[test]
fn who_fails_is_asked_again_and_given_up_in_the_end() {
    let world = World::new("failing", 30, 4);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    // Everything fails once; what is done for c1 fails for ever.
    let command = "read line; echo \"$line\" >> tried.txt; \
                   case \"$FUNNELC_CONTACT\" in c1) echo 'no such person' >&2; exit 3;; esac; \
                   [ \"$(grep -c \"$FUNNELC_REQUEST\" tried.txt)\" -gt 1 ] || exit 1";
    let said = world.said(&["outbox", "s.db", "--command", command, "--attempts", "3", "--pause", "1 seconds"], 1);
    assert!(said.contains("is given up after 3 attempts: the command ended with status 3: no such person"), "{said}");
    let all = requests(&world);
    for line in &all {
        let is_lost = line.contains("\"contact\":\"c1\"");
        assert_eq!(line.contains("\"state\":\"failed\""), is_lost, "{line}");
        assert!(line.contains(if is_lost { "\"attempts\":3" } else { "\"attempts\":2" }), "{line}");
    }
    let said = world.said(&["outbox", "s.db", "--command", "touch tried-again.txt", "--attempts", "9"], 1);
    assert!(said.contains("0 requests delivered") && said.contains("given up before") && !world.has("tried-again.txt"), "{said}");
    let said = world.said(&["state", "show", "s.db"], 0);
    assert!(said.contains("could not be delivered: the command ended with status 3: no such person"), "{said}");
    world.call(&["outbox", "s.db", "--command", "cat > /dev/null", "--again", "-q"]);
    assert!(requests(&world).iter().all(|line| line.contains("\"state\":\"delivered\"")));
}

#[test]
fn a_delivery_that_is_killed_loses_nothing_and_repeats_keys_alone() {
    let world = World::new("delivery-killed", 80, 10);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    for wait in [90, 140, 200, 300, 450] {
        let mut delivery = world.start(&["outbox", "s.db", "--command", "cat >> taken.txt", "-q"]);
        thread::sleep(Duration::from_millis(wait));
        delivery.kill().expect("it can be killed");
        delivery.wait().expect("it ends");
    }
    world.call(&["outbox", "s.db", "--command", "cat >> taken.txt", "-q"]);
    let taken: BTreeSet<String> = world.read("taken.txt").lines().map(key).collect();
    let all: BTreeSet<String> = requests(&world).iter().map(|line| key(line)).collect();
    assert_eq!(taken, all);
}

#[cfg(feature = "http")]
#[test]
fn an_address_gets_the_key_as_a_header_and_may_ask_for_patience() {
    let world = World::new("address", 20, 4);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    let all: BTreeSet<String> = requests(&world).iter().map(|line| key(line)).collect();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/send", listener.local_addr().expect("it is bound"));
    let wanted = all.len();
    let server = thread::spawn(move || {
        let (mut taken, mut asked) = (BTreeSet::new(), 0);
        while taken.len() < wanted {
            let (mut stream, _) = listener.accept().expect("somebody comes");
            let mut reader = BufReader::new(stream.try_clone().expect("it can be shared"));
            let (mut key, mut length, mut authorized) = (String::new(), 0, false);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).expect("a line");
                let Some((name, value)) = line.trim().split_once(':') else { if line.trim().is_empty() { break } else { continue } };
                match name.to_lowercase().as_str() {
                    "idempotency-key" => key = value.trim().to_owned(),
                    "content-length" => length = value.trim().parse().expect("a number"),
                    "authorization" => authorized = value.trim() == "Bearer x",
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).expect("a body");
            assert!(authorized && String::from_utf8_lossy(&body).contains(&format!("\"request\":\"{key}\"")));
            asked += 1;
            let answer = match asked {
                1 => "503 Service Unavailable\r\nRetry-After: 1",
                2 => "422 Unprocessable Content",
                _ => "204 No Content",
            };
            if asked > 2 {
                taken.insert(key);
            }
            write!(stream, "HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").expect("it listens");
        }
        taken
    });
    let arguments = ["outbox", "s.db", "--url", &url, "--header", "Authorization: Bearer x", "--pause", "1 seconds", "-q"];
    world.call(&arguments);
    assert_eq!(server.join().expect("it ends"), all);
    let said = world.said(&["outbox", "s.db", "--url", "ftp://example.com"], 2);
    assert!(said.contains("`ftp://example.com` is no address"), "{said}");
}

#[test]
fn nobody_is_no_receiver() {
    let world = World::new("blank", 30, 4);
    world.go_on("s.db", "s", &["--until", "2026-06-30"]);
    for blank in ["", "  "] {
        let said = world.said(&["outbox", "s.db", "--command", blank], 2);
        assert!(said.contains("`--command` is empty"), "{said}");
    }
    assert!(requests(&world).iter().all(|line| line.contains("\"state\":\"waiting\"")));
}
