"""Contact, time and event of a log, read into columns in memory: python reading.py duckdb|polars|pyarrow FILE REPETITIONS

One thread. Prints how many rows, contacts and kinds of events there are, and the seconds of the processor of each reading; counting
takes none of them.
"""
import json
import os
import sys
import time

NAMES = ["contact", "time", "event"]


def duckdb(path, ending):
    import duckdb as engine
    base = engine.connect()
    base.execute("SET threads = 1")
    columns = "{contact: 'VARCHAR', time: 'BIGINT', event: 'VARCHAR'}"
    source = {
        "parquet": f"'{path}'",
        "csv": f"read_csv('{path}')",
        "ndjson": f"read_json('{path}', format = 'newline_delimited', columns = {columns})",
    }[ending]

    def read():
        base.execute(f"CREATE OR REPLACE TEMP TABLE log AS SELECT contact, time, event FROM {source}")

    def count():
        return list(base.execute("SELECT count(time), count(DISTINCT contact), count(DISTINCT event) FROM log").fetchone())
    return read, count


def polars(path, ending):
    os.environ["POLARS_MAX_THREADS"] = "1"
    import polars as pl
    scan = {"parquet": pl.scan_parquet, "csv": pl.scan_csv, "ndjson": pl.scan_ndjson}[ending](path).select(NAMES)
    return scan.collect, lambda log: [len(log), log["contact"].n_unique(), log["event"].n_unique()]


def pyarrow(path, ending):
    import pyarrow as pa
    from pyarrow import csv, json as lines, parquet
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    schema = pa.schema({"contact": pa.string(), "time": pa.int64(), "event": pa.string()})
    read = {
        "parquet": lambda: parquet.read_table(path, columns=NAMES, use_threads=False),
        "csv": lambda: csv.read_csv(path, csv.ReadOptions(use_threads=False), convert_options=csv.ConvertOptions(include_columns=NAMES)),
        "ndjson": lambda: lines.read_json(path, lines.ReadOptions(use_threads=False),
                                          lines.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")),
    }[ending]
    return read, lambda log: [len(log), len(log["contact"].unique()), len(log["event"].unique())]


def main(peer, path, repetitions):
    read, count = {"duckdb": duckdb, "polars": polars, "pyarrow": pyarrow}[peer](path, path.rsplit(".", 1)[1])
    seconds = []
    for _ in range(repetitions):
        begin = time.process_time()
        log = read()
        seconds.append(time.process_time() - begin)
    print(json.dumps({"answer": count() if log is None else count(log), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
