"""How many contacts come how far in eight steps within 30 days of a visit: python funnel.py chdb|duckdb|polars FILE REPETITIONS

The log lies in a file; each repetition reads it, but for Arrow, which the peers hold in memory, each in its own form, before they begin.
One thread. Prints the counts, and the seconds of the processor of each repetition.
"""
import json
import os
import sys
import time

from data import DAY, STEPS

WINDOW = 30 * DAY


def chdb(path):
    from chdb import session
    form = {"parquet": "Parquet", "csv": "CSVWithNames", "ndjson": "JSONEachRow", "arrow": "Arrow"}[path.rsplit(".", 1)[1]]
    source = f"file('{path}', {form}, 'contact String, time UInt64, event LowCardinality(String)')"
    engine = session.Session()
    if form == "Arrow":
        engine.query("CREATE DATABASE held")
        engine.query(f"CREATE TABLE held.log ENGINE = Memory AS SELECT contact, time, event FROM {source}")
        source = "held.log"
    steps = ", ".join(f"event = '{step}'" for step in STEPS)
    names = ", ".join(f"'{step}'" for step in STEPS)
    query = (f"SELECT level, count() FROM (SELECT windowFunnel({WINDOW})(time, {steps}) AS level FROM {source} "
             f"WHERE event IN ({names}) GROUP BY contact) GROUP BY level FORMAT TSV "
             "SETTINGS max_threads = 1, input_format_skip_unknown_fields = 1")

    def run():
        lines = [line.split("\t") for line in str(engine.query(query)).splitlines() if line]
        levels = {int(level): int(count) for level, count in lines}
        return [sum(count for level, count in levels.items() if level >= step) for step in range(1, len(STEPS) + 1)]
    return run


def duckdb(path):
    import duckdb as engine
    base = engine.connect()
    base.execute("SET threads = 1")
    ending = path.rsplit(".", 1)[1]
    if ending == "arrow":
        import pyarrow.feather
        held = pyarrow.feather.read_table(path, columns=["contact", "time", "event"])
        base.execute("CREATE TEMP TABLE held AS SELECT * FROM held")
    columns = "{contact: 'VARCHAR', time: 'BIGINT', event: 'VARCHAR'}"
    source = {
        "parquet": f"'{path}'",
        "csv": f"read_csv('{path}')",
        "arrow": "temp.held",
        "ndjson": f"read_json('{path}', format = 'newline_delimited', columns = {columns})",
    }[ending]
    names = ", ".join(f"'{step}'" for step in STEPS)
    # The start of the latest chain that reached the step before.
    parts = ["s1 AS MATERIALIZED (SELECT contact, time, time AS begun FROM log WHERE event = 'visit')"]
    for before, step in enumerate(STEPS[1:], 1):
        parts.append(f"s{before + 1} AS MATERIALIZED (SELECT e.contact, e.time, s.begun FROM (SELECT * FROM log WHERE event = '{step}') e "
                     f"ASOF JOIN s{before} s ON e.contact = s.contact AND e.time >= s.time WHERE e.time <= s.begun + {WINDOW})")
    counts = ", ".join(f"(SELECT count(DISTINCT contact) FROM s{step})" for step in range(1, len(STEPS) + 1))

    def run():
        base.execute(f"CREATE OR REPLACE TEMP TABLE log AS SELECT contact, time, event FROM {source} WHERE event IN ({names})")
        return list(base.execute(f"WITH {', '.join(parts)} SELECT {counts}").fetchone())
    return run


def polars(path):
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl
    ending = path.rsplit(".", 1)[1]
    held = pl.read_ipc(path, columns=["contact", "time", "event"]).rechunk() if ending == "arrow" else None
    scan = {"parquet": pl.scan_parquet, "csv": pl.scan_csv, "ndjson": pl.scan_ndjson, "arrow": lambda _: held.lazy()}[ending]

    def run():
        log = scan(path).select("contact", "time", "event").filter(pl.col("event").is_in(STEPS)).collect()
        counts, before = [], None
        for step in STEPS:
            rows = log.lazy().filter(pl.col("event") == step).select("contact", "time").set_sorted("time")
            if before is None:
                before = rows.with_columns(begun=pl.col("time")).collect()
            else:
                joined = rows.join_asof(before.lazy(), on="time", by="contact", strategy="backward")
                before = joined.filter(pl.col("time") <= pl.col("begun") + WINDOW).collect()
            counts.append(before["contact"].n_unique())
            before = before.set_sorted("time")
        return counts
    return run


def main(peer, path, repetitions):
    run = {"chdb": chdb, "duckdb": duckdb, "polars": polars}[peer](path)
    seconds, answer = [], None
    for _ in range(repetitions):
        begin = time.process_time()
        counts = run()
        seconds.append(time.process_time() - begin)
        if answer not in (None, counts):
            sys.exit(f"{peer} answers {answer}, then {counts}")
        answer = counts
    print(json.dumps({"answer": answer, "seconds": seconds}), flush=True)
    os._exit(0)  # an engine inside this process may take long to end


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]), int(sys.argv[3]))
