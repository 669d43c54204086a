//! The tables of a store, and the views that people read. `docs/state.md` explains them.

/// The version of the tables; a store of the one before is brought to it by [`NEWER`], one of any other is refused.
pub(super) const VERSION: i64 = 3;

/// What marks a file as a store of ours: `fnlc`.
pub(super) const APPLICATION: i64 = 0x666e_6c63;

/// The events of contacts, many in a row: those of a contact that were committed together. A row is numbered by its contact, and in 32
/// bits by the how-manieth of its events is the first.
pub(super) const HISTORY: &str = "
CREATE TABLE history (
  id     INTEGER PRIMARY KEY,
  count  INTEGER NOT NULL,
  events TEXT NOT NULL
);
CREATE VIEW events AS
SELECT h.id >> 32 AS contact_id,
       e.value ->> 0 AS n,
       e.value ->> 1 AS time_ms,
       (e.value ->> 1) + (e.value ->> 2) AS taken_ms,
       e.value ->> 3 AS event,
       e.value -> 4 AS properties,
       e.value ->> 5 AS funnel,
       e.value ->> 6 AS key
FROM history AS h, json_each(h.events) AS e;
";

/// From version 2, which had a row for each event: a thousand of them become one.
pub(super) const NEWER: &str = "
INSERT INTO history
SELECT contact_id << 32 | min(n), count(*),
       json_group_array(json_array(n, time_ms, taken_ms - time_ms, event, json(properties), funnel, key) ORDER BY n)
FROM older GROUP BY contact_id, n / 1000;
DROP TABLE older;
";

pub(super) const TABLES: &str = "
CREATE TABLE about (
  name  TEXT PRIMARY KEY,
  value
) WITHOUT ROWID;

CREATE TABLE rules (
  id       INTEGER PRIMARY KEY,
  since_ms INTEGER,
  meaning  TEXT NOT NULL,
  json     TEXT NOT NULL
);

CREATE TABLE contacts (
  id         INTEGER PRIMARY KEY,
  contact    TEXT NOT NULL UNIQUE,
  attributes TEXT NOT NULL,
  timezone   TEXT NOT NULL,
  first_ms   INTEGER,
  now_ms     INTEGER NOT NULL,
  due_ms     INTEGER,
  state      TEXT NOT NULL
);
CREATE INDEX contacts_due ON contacts (due_ms) WHERE due_ms IS NOT NULL;

CREATE TABLE identified (
  id         INTEGER PRIMARY KEY,
  contact    TEXT NOT NULL,
  attributes TEXT NOT NULL
);

CREATE TABLE sendings (
  contact_id    INTEGER NOT NULL,
  n             INTEGER NOT NULL,
  time_ms       INTEGER NOT NULL,
  message       TEXT NOT NULL,
  channel       TEXT NOT NULL,
  transactional INTEGER NOT NULL,
  request       TEXT NOT NULL,
  funnel        TEXT NOT NULL,
  key           TEXT NOT NULL,
  PRIMARY KEY (contact_id, n)
) WITHOUT ROWID;

CREATE TABLE asked (
  contact_id INTEGER NOT NULL,
  n          INTEGER NOT NULL,
  request    TEXT NOT NULL,
  PRIMARY KEY (contact_id, n)
) WITHOUT ROWID;

CREATE TABLE ids (
  contact_id INTEGER NOT NULL,
  id         TEXT NOT NULL,
  time_ms    INTEGER NOT NULL,
  content    TEXT NOT NULL,
  PRIMARY KEY (contact_id, id)
) WITHOUT ROWID;

CREATE TABLE sentences (
  id       INTEGER PRIMARY KEY,
  clause   TEXT NOT NULL,
  sentence TEXT NOT NULL
);

CREATE TABLE results (
  id          INTEGER PRIMARY KEY,
  time_ms     INTEGER NOT NULL,
  contact     TEXT NOT NULL,
  seq         INTEGER NOT NULL,
  funnel      TEXT NOT NULL,
  key         TEXT,
  run         INTEGER NOT NULL,
  what        TEXT NOT NULL,
  name        TEXT,
  came_from   TEXT,
  outcome     TEXT,
  until_ms    INTEGER,
  channel     TEXT,
  request     TEXT,
  arguments   TEXT,
  sentence_id INTEGER,
  rules_id    INTEGER NOT NULL
);

CREATE TABLE outbox (
  id           INTEGER PRIMARY KEY,
  request      TEXT NOT NULL UNIQUE,
  time_ms      INTEGER NOT NULL,
  contact      TEXT NOT NULL,
  funnel       TEXT NOT NULL,
  key          TEXT,
  run          INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,
  channel      TEXT,
  arguments    TEXT NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  next_ms      INTEGER,
  delivered_ms INTEGER,
  error        TEXT
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE delivered_ms IS NULL;

CREATE TABLE aside (
  id     INTEGER PRIMARY KEY,
  line   INTEGER NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  record TEXT NOT NULL
);

CREATE TABLE inputs (
  id     INTEGER PRIMARY KEY,
  path   TEXT NOT NULL UNIQUE,
  offset INTEGER NOT NULL,
  line   INTEGER NOT NULL,
  ending TEXT NOT NULL
);

CREATE TABLE outputs (
  path   TEXT PRIMARY KEY,
  length INTEGER NOT NULL
) WITHOUT ROWID;
";

pub(super) const VIEWS: &str = "
CREATE VIEW contacts_now AS
SELECT c.contact,
       slot.value ->> 'funnel' AS funnel,
       slot.value ->> 'key' AS key,
       slot.value ->> '$.run.stage' AS stage,
       strftime('%Y-%m-%d %H:%M:%S', (slot.value ->> '$.run.entered_ms') / 1000, 'unixepoch') AS since,
       slot.value ->> 'runs' AS run,
       slot.value ->> '$.run.visit' AS visit,
       strftime('%Y-%m-%d %H:%M:%S', (slot.value ->> '$.run.started_ms') / 1000, 'unixepoch') AS started,
       slot.value ->> 'ended_in' AS ended_in,
       strftime('%Y-%m-%d %H:%M:%S', (slot.value ->> 'left_ms') / 1000, 'unixepoch') AS ended,
       strftime('%Y-%m-%d %H:%M:%S', c.due_ms / 1000, 'unixepoch') AS next_timer,
       c.timezone,
       c.attributes
FROM contacts AS c, json_each(c.state, '$.funnels') AS slot
WHERE (slot.value ->> 'runs') > 0;

CREATE VIEW moves AS
SELECT r.id,
       strftime('%Y-%m-%d %H:%M:%S', r.time_ms / 1000, 'unixepoch') AS time,
       r.contact, r.funnel, r.key, r.run,
       r.came_from AS from_stage,
       r.name AS to_stage,
       s.sentence,
       r.time_ms
FROM results AS r LEFT JOIN sentences AS s ON s.id = r.sentence_id
WHERE r.what = 'move';

CREATE VIEW requests AS
SELECT o.id,
       strftime('%Y-%m-%d %H:%M:%S', o.time_ms / 1000, 'unixepoch') AS time,
       o.contact, o.funnel, o.key, o.run, o.kind, o.name, o.channel, o.arguments, o.request,
       CASE WHEN o.delivered_ms IS NOT NULL THEN 'delivered' WHEN o.attempts > 0 THEN 'failed' ELSE 'waiting' END AS state,
       o.attempts,
       strftime('%Y-%m-%d %H:%M:%S', o.delivered_ms / 1000, 'unixepoch') AS delivered,
       o.error,
       o.time_ms
FROM outbox AS o;

CREATE VIEW set_aside AS SELECT id, line, reason, detail, record FROM aside;
";
