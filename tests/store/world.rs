//! A folder with a funnel, a log and stores, and what is in them.

use rusqlite::{Connection, OpenFlags, types::Value};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// A number of the environment.
pub fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// Numbers that look random, the same ones for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % most.max(1)
    }
}

pub struct World(PathBuf);

/// What everybody might do.
fn event(random: &mut Random) -> String {
    let order = format!("o{}", random.below(40));
    match random.below(12) {
        0 | 1 => "\"event\":\"sign_up\",\"plan\":\"solo\"".to_owned(),
        2..=4 => "\"event\":\"page_view\"".to_owned(),
        5 | 6 => format!("\"event\":\"purchase\",\"amount\":{}.5,\"order_id\":\"{order}\"", random.below(60)),
        7 => format!("\"event\":\"shipped\",\"order_id\":\"{order}\""),
        8 => "\"event\":\"stop_mail\"".to_owned(),
        9 => "\"event\":\"identify\",\"consent\":true,\"timezone\":\"America/New_York\"".to_owned(),
        10 => "\"event\":\"nonsense\"".to_owned(),
        _ => "\"event\":\"clicked\",\"message\":\"welcome\"".to_owned(),
    }
}

/// A log of whole hours, not in order, in which some lines are broken and some come twice.
fn log(records: u64, contacts: u64) -> String {
    let mut random = Random::new(11);
    let mut out = String::new();
    for contact in 0..contacts {
        let line = format!("{{\"contact\":\"c{contact}\",\"time\":\"2026-03-01T08:00:00Z\",\"event\":\"identify\",\"consent\":true}}");
        writeln!(out, "{line}").expect("a String");
    }
    for n in 0..records {
        let (day, hour) = (n * 60 / records + random.below(3), random.below(24));
        let (month, day) = (3 + day / 28, 1 + day % 28);
        let id = if random.below(4) == 0 { format!(",\"id\":\"r{}\"", random.below(30)) } else { String::new() };
        let (contact, event) = (random.below(contacts), event(&mut random));
        let line = format!("{{\"contact\":\"c{contact}\",\"time\":\"2026-{month:02}-{day:02}T{hour:02}:00:00Z\",{event}{id}}}");
        let line = if random.below(40) == 0 { &line[..line.len() / 2] } else { &line };
        writeln!(out, "{line}").expect("a String");
    }
    out
}

impl World {
    pub fn new(name: &str, records: u64, contacts: u64) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{name}"));
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("a folder can be made");
        let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/shop.funnel");
        fs::copy(shop, folder.join("shop.funnel")).expect("it can be copied");
        let world = Self(folder);
        world.write("events.ndjson", &log(records, contacts));
        world.call(&["build", "shop.funnel", "-o", "shop.rules.json"]);
        world
    }

    /// From now on the log is in the order of time; what cannot be read stands last.
    pub fn sort(&self) {
        let log = self.read("events.ndjson");
        let mut lines: Vec<&str> = log.lines().collect();
        let time = |line: &str| line.split_once("\"time\":").filter(|_| line.ends_with('}')).map(|(_, rest)| rest[..20].to_owned());
        lines.sort_by_key(|line| (time(line).is_none(), time(line)));
        self.write("events.ndjson", &(lines.join("\n") + "\n"));
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.0.join(path), text).expect("it can be written");
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn has(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    fn funnelc(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_funnelc"));
        command.current_dir(&self.0).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Any command of funnelc, which must end well.
    pub fn call(&self, arguments: &[&str]) -> String {
        let output = self.funnelc().args(arguments).output().expect("funnelc starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {:?}\n{said}", output.status);
        String::from_utf8(output.stdout).expect("it is text")
    }

    /// Any command of funnelc, which must end with this status; all that it says.
    pub fn said(&self, arguments: &[&str], status: i32) -> String {
        let output = self.funnelc().args(arguments).output().expect("funnelc starts");
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {said}");
        said
    }

    /// A command that goes on while other things happen.
    pub fn start(&self, arguments: &[&str]) -> std::process::Child {
        self.funnelc().args(arguments).spawn().expect("funnelc starts")
    }

    /// A run without a store.
    pub fn run(&self, options: &[&str]) {
        self.call(&[&["run", "shop.funnel", "--events", "events.ndjson", "--map", "id=id", "-q"], options].concat());
    }

    /// A run on a store, whose results go to `OUT.ndjson` and `OUT.aside`.
    pub fn command(&self, store: &str, out: &str, events: &str, options: &[&str]) -> Command {
        let mut command = self.funnelc();
        command.args(["run", "shop.rules.json", "--events", events, "--map", "id=id", "--state", store, "-q"]);
        command.args(["--out", &format!("{out}.ndjson"), "--set-aside", &format!("{out}.aside")]).args(options);
        command
    }

    pub fn go_on_with(&self, store: &str, out: &str, events: &str, options: &[&str]) {
        let output = self.command(store, out, events, options).output().expect("funnelc starts");
        assert!(output.status.success(), "{options:?}: {:?}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }

    pub fn go_on(&self, store: &str, out: &str, options: &[&str]) {
        self.go_on_with(store, out, "events.ndjson", options);
    }

    /// What is said of a run that must not be.
    pub fn refused(&self, store: &str, out: &str, events: &str, options: &[&str]) -> String {
        let output = self.command(store, out, events, options).output().expect("funnelc starts");
        assert!(!output.status.success(), "{options:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Takes a store away, with its output.
    pub fn forget(&self, store: &str, out: &str) {
        for path in [store.to_owned(), format!("{store}-wal"), format!("{store}-shm"), format!("{out}.ndjson"), format!("{out}.aside")] {
            drop(fs::remove_file(self.0.join(path)));
        }
    }

    /// Leaves a torn write behind what SQLite has brought to the disk, as a machine might that fails while it writes: part of what
    /// was to come, or anything else.
    pub fn tear(&self, store: &str, random: &mut Random) {
        let path = self.0.join(format!("{store}-wal"));
        let Ok(mut bytes) = fs::read(&path) else { return };
        let from = usize::try_from(random.below(bytes.len() as u64)).expect("it fits");
        let mut torn = bytes[from..].iter().copied().take(9_000).collect::<Vec<u8>>();
        if random.below(2) == 0 {
            torn.iter_mut().for_each(|byte| *byte ^= 0x5a);
        }
        bytes.extend(torn);
        fs::write(path, bytes).expect("it can be written");
    }

    pub fn same_text(&self, one: &str, other: &str) {
        let (a, b) = (self.read(one), self.read(other));
        let at = a.lines().zip(b.lines()).position(|(a, b)| a != b).unwrap_or_else(|| a.lines().count().min(b.lines().count()));
        assert!(a == b, "{one} and {other} part at line {}:\n- {:?}\n+ {:?}", at + 1, a.lines().nth(at), b.lines().nth(at));
        assert!(!a.is_empty() || one.ends_with(".aside"), "{one} is empty");
    }

    /// Whether two stores know the same.
    pub fn same_stores(&self, one: &str, other: &str) {
        let (a, b) = (self.dump(one), self.dump(other));
        let at = a.iter().zip(&b).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
        assert!(a == b, "{one} and {other} part:\n- {:?}\n+ {:?}", a.get(at), b.get(at));
        assert!(a.len() > 50, "{one} has only {} rows", a.len());
    }

    /// Everything in a store but its files and numbers of rows.
    fn dump(&self, store: &str) -> Vec<String> {
        let db = Connection::open_with_flags(self.0.join(store), OpenFlags::SQLITE_OPEN_READ_WRITE).expect("it can be opened");
        let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("it can be checked");
        assert_eq!(whole, "ok", "{store}");
        let of = |table: &str, columns: &str| {
            format!("SELECT '{table}', c.contact, {columns} FROM {table} AS t JOIN contacts AS c ON c.id = t.contact_id ORDER BY 2, 3")
        };
        let queries = [
            "SELECT contact, attributes, timezone, first_ms, now_ms, due_ms, state FROM contacts ORDER BY contact".to_owned(),
            of("events", "n, time_ms, taken_ms, event, properties, funnel, t.key"),
            of("sendings", "n, time_ms, message, channel, transactional, request, funnel, t.key"),
            of("asked", "n, request"),
            of("ids", "t.id, time_ms, content"),
            "SELECT r.id, time_ms, contact, seq, funnel, key, run, what, name, came_from, outcome, until_ms, channel, request, arguments, sentence FROM results AS r LEFT JOIN sentences AS s ON s.id = sentence_id ORDER BY r.id".to_owned(),
            "SELECT request, time_ms, contact, kind, name, arguments, delivered_ms FROM outbox ORDER BY request".to_owned(),
            "SELECT line, reason, detail, record FROM aside ORDER BY 1, 2, 3".to_owned(),
            "SELECT id, offset, line FROM inputs ORDER BY id".to_owned(),
            "SELECT name, value FROM about ORDER BY name".to_owned(),
            "SELECT id, json FROM rules ORDER BY id".to_owned(),
        ];
        let mut rows = Vec::new();
        for query in queries {
            let mut found = db.prepare(&query).expect("a query");
            let columns = found.column_count();
            let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get::<_, Value>(at)).collect::<rusqlite::Result<Vec<_>>>();
            rows.extend(found.query_map([], row).expect("rows").map(|row| format!("{:?}", row.expect("a row"))));
        }
        rows
    }
}
