"""A log to compare with, as CSV, NDJSON, Parquet and Arrow: python data.py EVENTS FOLDER

Journeys of up to eight steps, each begun by a visit with an id of its own, among twice as many events of other kinds. Some contacts
are busier than others. No two events have the same instant, so that no engine's order of equals matters. The same arguments give the
same log with the same version of numpy.
"""
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

STEPS = ["visit", "signup", "view_product", "add_to_cart", "checkout", "purchase", "review", "refer"]
GOES_ON = 0.62
NOISE = ["page_view", "email_open", "search", "app_open", "support_ticket", "signup", "view_product", "add_to_cart"]
DAY = 86_400_000
BEGIN = 1_767_225_600_000  # 2026-01-01


def table(count, seed=7):
    random = np.random.default_rng(seed)
    contacts = max(1, count // 10)
    begun = int(count / 3 * (1 - GOES_ON))
    length = np.minimum(random.geometric(1 - GOES_ON, begun), len(STEPS))
    journey = np.repeat(np.arange(begun), length)
    step = np.arange(len(journey)) - np.repeat(np.cumsum(length) - length, length)
    whose = busy(random, contacts, begun)
    gap = random.exponential(4 * DAY, len(journey))
    gap[step == 0] = 0
    summed = np.cumsum(gap)
    first = summed[step == 0]
    at = random.uniform(0, 180 * DAY, begun)[journey] + summed - first[journey]
    others = count - len(journey)
    contact = np.concatenate([whose[journey], busy(random, contacts, others)])
    event = np.concatenate([step, len(STEPS) + random.integers(0, len(NOISE), others)])
    visit = np.concatenate([np.where(step == 0, journey, -1), np.full(others, -1)])
    order = np.argsort(np.concatenate([at, random.uniform(0, 180 * DAY, others)]), kind="stable")
    # Instants of one rhythm, so that each is there once.
    time = BEGIN + np.arange(count, dtype=np.int64) * max(1, 180 * DAY // count)
    names = pa.array(STEPS + NOISE)
    visit = visit[order]
    texts = pa.array(np.char.add("v", visit.astype(str)), pa.string(), mask=visit < 0)
    cents = np.where(np.isin(event[order], [3, 4, 5]), random.integers(500, 50_000, count), 0)
    return pa.table({
        "contact": pa.array(np.char.add("c", contact[order].astype(str)), pa.string()),
        "time": pa.array(time, pa.int64()),
        "event": names.take(pa.array(event[order])).cast(pa.string()),
        "visit": texts,
        "amount": pa.array(cents / 100.0),
        "channel": pa.array(["web", "email", "ios", "ads"]).take(pa.array(random.integers(0, 4, count))),
        "country": pa.array(["US", "DE", "GB", "FR", "IN"]).take(pa.array(random.integers(0, 5, count))),
    })


def busy(random, contacts, count):
    """Contacts by their squares: the first are met most."""
    return (random.random(count) ** 2 * contacts).astype(np.int64)


def write_ndjson(rows, path):
    with open(path, "w", encoding="ascii") as out:
        for batch in rows.to_batches(1 << 16):
            columns = [column.to_pylist() for column in batch.columns]
            for contact, time, event, visit, amount, channel, country in zip(*columns):
                said = "" if visit is None else f'"visit":"{visit}",'
                out.write(f'{{"contact":"{contact}","time":{time},"event":"{event}",{said}"amount":{amount:.2f},'
                          f'"channel":"{channel}","country":"{country}"}}\n')


def main(count, folder):
    os.makedirs(folder, exist_ok=True)
    rows = table(count)
    pa.parquet.write_table(rows, f"{folder}/events.parquet", compression="snappy", row_group_size=1_000_000)
    pa.csv.write_csv(rows, f"{folder}/events.csv", pa.csv.WriteOptions(quoting_style="none"))
    pa.feather.write_feather(rows, f"{folder}/events.arrow", compression="uncompressed")
    write_ndjson(rows, f"{folder}/events.ndjson")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
