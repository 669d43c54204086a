"""Eight stages with six conditions each; a record meets those of its contact's stage: python rules.py make COUNT FOLDER | run PEER FOLDER

`make` writes the records, as a log and as the peers take them, and the conditions, as funnels and as the peers of `rules.mjs` take them.
`run` tells how many conditions held, and the seconds of the processor: with reading the records, and of the conditions alone.
"""
import json
import os
import random
import statistics
import sys
import time

KINDS = ["page_view", "email_open", "visit", "signup", "cart", "checkout", "purchase", "review"]
CHANNELS = ["web", "email", "ios", "android", "ads"]
SOURCES = ["none", "google", "newsletter", "facebook", "partner"]
COUNTRIES = ["US", "DE", "GB", "FR", "IN", "BR", "CA", "ES"]
PLANS = ["free", "basic", "pro", "enterprise"]
STAGES = range(8)


def conditions(stage):
    """As funnelc writes them; `peer` turns them into what the others write."""
    three = ", ".join(json.dumps(COUNTRIES[(stage + more) % 8]) for more in (0, 1, 3))
    return [
        f"amount >= {100 + 10 * stage}",
        f'channel = "{CHANNELS[stage % 5]}"',
        f"country in [{three}]",
        f"days >= {3 + stage}",
        f"(views >= {3 + stage % 3} and opens >= 1)",
        f'(plan != "free" and (source = "{SOURCES[1 + stage % 4]}" or kind = "{KINDS[stage]}") and amount > 0)',
    ]


def peer(condition):
    return condition.replace(" = ", " == ")


def cel(condition):
    return peer(condition).replace(" and ", " && ").replace(" or ", " || ")


def facts(stage):
    """The same conditions as json-rules-engine takes them."""
    def fact(name, operator, value):
        return {"fact": name, "operator": operator, "value": value}
    at_least = "greaterThanInclusive"
    return [
        {"all": [fact("amount", at_least, 100 + 10 * stage)]},
        {"all": [fact("channel", "equal", CHANNELS[stage % 5])]},
        {"all": [fact("country", "in", [COUNTRIES[(stage + more) % 8] for more in (0, 1, 3)])]},
        {"all": [fact("days", at_least, 3 + stage)]},
        {"all": [fact("views", at_least, 3 + stage % 3), fact("opens", at_least, 1)]},
        {"all": [fact("plan", "notEqual", "free"),
                 {"any": [fact("source", "equal", SOURCES[1 + stage % 4]), fact("kind", "equal", KINDS[stage])]},
                 fact("amount", "greaterThan", 0)]},
    ]


def records(count):
    of = random.Random(7)
    for _ in range(count):
        yield {
            "stage": of.randrange(8), "kind": of.choice(KINDS), "channel": of.choice(CHANNELS), "source": of.choice(SOURCES),
            "country": of.choice(COUNTRIES), "plan": of.choice(PLANS), "amount": of.randrange(50_000) / 100,
            "days": of.randrange(60), "views": of.randrange(12), "opens": of.randrange(8),
        }


def funnel(shape, nowhere=0):
    """Each condition is written into the shape; who is nowhere enters no stage."""
    stages = []
    for stage in STAGES:
        nurtures = [f"    nurture n{number} each time seen where {shape.format(condition)} {{ do hit(condition: {number}) }}"
                    for number, condition in enumerate(conditions(stage), 1)]
        stages.append("\n".join([f"  goal stage s{stage} {{", f"    enter when begin where stage = {stage + nowhere}", *nurtures, "  }"]))
    return "\n".join([
        "event begin(stage: number)",
        "event seen(kind: text, channel: text, source: text, country: text, plan: text, amount: number, days: number,"
        " views: number, opens: number)",
        "action hit(condition: number)", "", "funnel rules {", "  for each contact", "  reentry never", *stages, "}", ""])


def make(count, folder):
    os.makedirs(folder, exist_ok=True)
    # Where nothing is hit, the conditions are met all the same; where nobody is in a stage, records are read and nothing is asked.
    for name, shape, nowhere in (("rules", "{}", 0), ("none", "({} and opens > 99)", 0), ("idle", "({} and opens > 99)", 100)):
        with open(f"{folder}/{name}.funnel", "w", encoding="ascii") as out:
            out.write(funnel(shape, nowhere))
    with open(f"{folder}/conditions.json", "w", encoding="ascii") as out:
        json.dump({"cel": [[cel(it) for it in conditions(stage)] for stage in STAGES], "facts": [facts(stage) for stage in STAGES]}, out)
    with open(f"{folder}/records.ndjson", "w", encoding="ascii") as peers, open(f"{folder}/log.ndjson", "w", encoding="ascii") as log:
        for stage in STAGES:
            log.write(json.dumps({"contact": f"k{stage}", "time": 1_767_225_600_000, "event": "begin", "stage": stage}) + "\n")
        for at, record in enumerate(records(count), 1):
            peers.write(json.dumps(record) + "\n")
            said = {name: value for name, value in record.items() if name != "stage"}
            begin = {"contact": f"k{record['stage']}", "time": 1_767_225_600_000 + at, "event": "seen"}
            log.write(json.dumps(begin | said, separators=(",", ":")) + "\n")


def zen():
    """One expression for the six: ZEN takes most of its time to be handed the record."""
    import zen as engine
    lists = [engine.compile_expression("[" + ", ".join(map(peer, conditions(stage))) + "]") for stage in STAGES]
    return lambda it: sum(lists[it["stage"]].evaluate(it))


def common():
    import cel as engine
    programs = [[engine.compile(cel(condition)) for condition in conditions(stage)] for stage in STAGES]

    def test(it):
        given = engine.Context(it)
        return sum(program.execute(given) for program in programs[it["stage"]])
    return test


def rule_engine():
    import rule_engine as engine
    rules = [[engine.Rule(peer(condition)) for condition in conditions(stage)] for stage in STAGES]
    return lambda it: sum(rule.matches(it) for rule in rules[it["stage"]])


def run(name, folder):
    test = {"zen-engine": zen, "rule-engine": rule_engine, "cel": common}[name]()
    seconds, alone, hits = [], [], 0
    for _ in range(3):
        begin = time.process_time()
        with open(f"{folder}/records.ndjson", encoding="ascii") as lines:
            given = [json.loads(line) for line in lines]
        between = time.process_time()
        hits = sum(test(it) for it in given)
        seconds.append(time.process_time() - begin)
        alone.append(time.process_time() - between)
    print(json.dumps({"answer": hits, "seconds": seconds, "aside": {"without reading": statistics.median(alone)}}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        run(*sys.argv[2:4])
