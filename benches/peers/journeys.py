"""Orders that are paid, sent and rated, each in its time: python journeys.py make ORDERS FOLDER | run streaming|batch FOLDER REPETITIONS

`journeys.funnel` has the journey: a reminder where nothing is paid within a day, thanks where each step came in time and the stars are
four or five. `run` has Flink play it, in one of its two modes, and tells how many reminders and thanks there are, the sums of their
instants, and the seconds of the processor, those of Java included (which Linux tells). The first time, when Java has yet to compile
what it runs, stands apart.
"""
import glob
import json
import os
import random
import shutil
import sys
import time

HOUR = 3_600_000
DAY = 24 * HOUR
BEGIN = 1_767_225_600_000  # 2026-01-01
# What comes after what, how long it takes on average, and how long it may.
STEPS = [("placed", 0, 0), ("paid", 1, 3), ("shipped", 2, 5), ("arrived", 4, 10), ("rated", 7, 20)]
GOES_ON = 0.85


def log(orders):
    """(time, contact, event, order, stars) of orders over half a year, sorted; no two have the same instant."""
    of = random.Random(7)
    rows = []
    for order in range(orders):
        contact = int(orders / 3 * of.random() ** 2)
        at = BEGIN + of.randrange(180 * DAY)
        for event, mean, _ in STEPS:
            if event != "placed" and of.random() > GOES_ON:
                break
            at += int(of.expovariate(1 / (mean * DAY))) if mean else 0
            rows.append((at, contact, event, order, of.randint(1, 5) if event == "rated" else ""))
            for _ in range(of.randrange(4)):
                # Also steps once more, and noise.
                again = of.choice(["looked", "looked", "asked", event if event not in ("placed", "rated") else "looked"])
                rows.append((at + of.randrange(1, 5 * DAY), contact, again, order, ""))
            if event == "rated" and of.random() < 0.3:
                rows.append((at + of.randrange(1, 5 * DAY), contact, "rated", order, of.randint(1, 5)))
    rows.sort()
    last = BEGIN - 1
    for at, *rest in rows:
        last = max(at, last + 1)
        yield last, *rest


def make(orders, folder):
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/log.csv", "w", encoding="ascii") as ours, open(f"{folder}/rows.csv", "w", encoding="ascii") as theirs:
        ours.write("contact,time,event,order_id,stars\n")
        for at, contact, event, order, stars in log(orders):
            line = f"c{contact},{at},{event},o{order},{stars}\n"
            ours.write(line)
            theirs.write(line)
        # Time goes on until everything is over.
        ours.write(f"nobody,{at + 60 * DAY},end,,\n")


def flink(mode, folder):
    from pyflink.table import EnvironmentSettings, TableEnvironment
    tables = TableEnvironment.create(getattr(EnvironmentSettings, f"in_{mode}_mode")())
    tables.get_config().set("parallelism.default", "1")
    tables.get_config().set("pipeline.object-reuse", "true")
    tables.execute_sql(f"""CREATE TABLE log (contact STRING, ms BIGINT, event STRING, order_id STRING, stars INT,
        t AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR t AS t)
        WITH ('connector' = 'filesystem', 'path' = 'file://{folder}/rows.csv', 'format' = 'csv', 'csv.null-literal' = '')""")
    tables.execute_sql(f"""CREATE TABLE actions (what STRING, contact STRING, order_id STRING, ms BIGINT)
        WITH ('connector' = 'filesystem', 'path' = 'file://{folder}/actions', 'format' = 'csv')""")
    names, gaps, wanted = "ABCDE", [], ["A AS A.event = 'placed'"]
    for at, (event, _, days) in enumerate(STEPS[1:], 1):
        name, before = names[at], names[at - 1]
        is_it = "{0}.event = '" + event + "'" + (" AND {0}.stars >= 4" if event == "rated" else "")
        gaps.append(f"G{at}*? {name}")
        wanted.append(f"G{at} AS NOT ({is_it.format(f'G{at}')})")
        wanted.append(f"{name} AS {is_it.format(name)} AND {name}.ms <= LAST({before}.ms) + {days * DAY}")
    steps = ", ".join(f"'{event}'" for event, _, _ in STEPS)
    thanks = f"""SELECT 'thank', contact, order_id, ms FROM (SELECT * FROM log WHERE event IN ({steps})) MATCH_RECOGNIZE (
        PARTITION BY contact, order_id ORDER BY t MEASURES E.ms AS ms ONE ROW PER MATCH AFTER MATCH SKIP PAST LAST ROW
        PATTERN (A {' '.join(gaps)}) WITHIN INTERVAL '39' DAY DEFINE {', '.join(wanted)})"""
    reminders = f"""SELECT 'remind', o.contact, o.order_id, o.ms + {DAY} FROM (SELECT * FROM log WHERE event = 'placed') o
        LEFT JOIN (SELECT * FROM log WHERE event = 'paid') p ON o.contact = p.contact AND o.order_id = p.order_id
        AND p.t BETWEEN o.t AND o.t + INTERVAL '1' DAY WHERE p.ms IS NULL"""

    def run():
        shutil.rmtree(f"{folder}/actions", ignore_errors=True)
        tables.execute_sql(f"INSERT INTO actions {thanks} UNION ALL {reminders}").wait()
        answer = {}
        for part in glob.glob(f"{folder}/actions/*"):
            with open(part, encoding="ascii") as lines:
                for line in lines:
                    what, _, _, ms = line.strip().split(",")
                    count, total = answer.get(what, (0, 0))
                    answer[what] = count + 1, total + int(ms)
        return dict(sorted(answer.items()))
    return run


def spent():
    """Seconds of the processor of this process and of those that it began (Java)."""
    ticks = 0
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
        for child in children.read().split():
            with open(f"/proc/{child}/stat", encoding="ascii") as stat:
                user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
            ticks += int(user) + int(system)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def main(mode, folder, repetitions):
    run = flink(mode, folder)
    seconds, answer = [], None
    for _ in range(1 + repetitions):
        begin = spent()
        given = run()
        seconds.append(spent() - begin)
        if answer not in (None, given):
            sys.exit(f"Error: Flink answers {answer}, then {given}")
        answer = given
    print(json.dumps({"answer": answer, "seconds": seconds[1:], "aside": {"the first time": seconds[0]}}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        main(sys.argv[2], os.path.abspath(sys.argv[3]), int(sys.argv[4]))
