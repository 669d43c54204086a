"""funnelc beside others, on the same data, in one run: python bench.py FUNNELC FOLDER [funnel] [rules] [machines] [journeys] [reading] [texts]

FUNNELC is the program, FOLDER takes the data that is made. Everything runs on one thread, one after another. Seconds are those of
the processor: for the others of the work alone, for funnelc of the whole command, reading and all results included. All must come
to the same answer. EVENTS, RECORDS, CONTACTS and ORDERS say how much there is, REPETITIONS how often (the median counts). FLINK is a
Python with the packages of flink.txt, which do not go together with those of requirements.txt.
"""
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))


def number(name, usual):
    return int(os.environ.get(name, usual))


REPETITIONS = number("REPETITIONS", 3)


PYTHON = f"{sys.executable} -m pip install -r {HERE}/requirements.txt"
NODE = "install Node and npm"


def other(*command, install=PYTHON):
    """What one of the others prints; nothing where it is not installed."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
        said = done.stderr if done.returncode != 0 else None
    except FileNotFoundError as error:
        said = f"Error: {error}"
    if said is not None:
        why = [line for line in said.splitlines() if "Error" in line] or ["no reason given"]
        print(f"  {' '.join(map(os.path.basename, command[1:4]))}: left out, {why[-1].strip()} (to have it: {install})", flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def node(folder, script, *arguments):
    """What a script of Node prints, run beside the packages that it needs, which npm puts there."""
    place = f"{folder}/node"
    os.makedirs(place, exist_ok=True)
    shutil.copy(f"{HERE}/{script}", place)
    with open(f"{HERE}/package.json", encoding="ascii") as wanted:
        packages = wanted.read()
    try:
        with open(f"{place}/package.json", encoding="ascii") as there:
            installed = os.path.exists(f"{place}/node_modules") and there.read() == packages
    except FileNotFoundError:
        installed = False
    if not installed and shutil.which("npm"):
        shutil.copy(f"{HERE}/package.json", place)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=place, check=False, stderr=subprocess.DEVNULL)
    return other("node", f"{place}/{script}", *arguments, install=NODE)


def timed(*command, **given):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **given)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def printed(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def said(where, *command):
    """A number in what a command prints, with spaces between its thousands."""
    return int(re.search(where, printed(*command))[1].replace(" ", ""))


class Ours:
    """A funnel over a log."""

    def __init__(self, program, funnel, log):
        rules = f"{os.path.dirname(log)}/{os.path.basename(funnel)}.yaml"
        subprocess.run([program, "build", funnel, "--output", rules], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.command = [program, "run", rules, "--events", log, "--threads", "1"]

    def seconds(self):
        return [timed(*self.command) for _ in range(REPETITIONS)]

    def results(self):
        done = subprocess.Popen([*self.command, "--out", "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in done.stdout:
            if line.startswith("{"):
                yield json.loads(line)
        if done.wait() != 0:
            sys.exit("funnelc did not run to its end")


class Reaching(Ours):
    """How far the contacts of a log come within 30 days."""

    def __init__(self, program, funnel, log):
        super().__init__(program, funnel, log)
        reach = ["reach", self.command[2], "--events", log, "--within", "30 days", "--sorted", "--threads", "1", "--format", "json"]
        self.command = [program, *reach]

    def answer(self):
        return [step["contacts"] for step in json.loads(printed(*self.command))["steps"]]


def table(count, what, ours, others):
    """Prints a table; all answers must be ours."""
    answer, seconds = ours
    own = statistics.median(seconds)
    print(f"  {'funnelc':<22}{own:8.2f} s {count / own / 1e6:8.2f} million {what}/s")
    for name, it in others:
        if it is None:
            continue
        if it["answer"] != answer:
            sys.exit(f"{name} answers {it['answer']}, funnelc {answer}")
        theirs = statistics.median(it["seconds"])
        many = it.get("count", count)
        rate = (many / theirs) / (count / own)
        aside = "".join(f", {apart:.2f} s {when}" for when, apart in it.get("aside", {}).items())
        print(f"  {name:<22}{theirs:8.2f} s {many / theirs / 1e6:8.2f} million {what}/s; funnelc is {1 / rate:.2f} times as fast{aside}")
    if any(it for _, it in others):
        print("  the same answer from all", flush=True)


def aside(count, what, own, idle, others):
    """Prints what is left of ours without what a run takes that reads the same records and does nothing with them."""
    alone = own - idle
    print(f"  funnelc without reading, which takes {idle:.3f} s where nobody is in a stage: {alone:.3f} s, {count / alone / 1e6:.2f} million {what}/s")
    for name, it in others:
        if it is not None:
            theirs = it.get("aside", {}).get("without reading", statistics.median(it["seconds"]))
            print(f"    {name:<20}{theirs:8.3f} s; funnelc is {theirs / alone:.1f} times as fast", flush=True)


def events(folder):
    """The folder of the log, which is made where it is not there, and how many events it has."""
    count = number("EVENTS", 10_000_000)
    place = f"{folder}/{count}"
    if not all(os.path.exists(f"{place}/events.{ending}") for ending in ("arrow", "ndjson")):
        subprocess.run([sys.executable, f"{HERE}/data.py", str(count), place], check=True)
    return place, count


def funnel(program, folder):
    place, count = events(folder)
    answer = None
    for ending in ("parquet", "csv", "ndjson", "arrow"):
        log = f"{place}/events.{ending}"
        held = ", the others from memory" if ending == "arrow" else ""
        print(f"Contacts that come so far within 30 days, {count} events, {ending}{held}")
        played = Ours(program, f"{HERE}/window.funnel", log)
        if answer is None:
            reached = defaultdict(set)
            for it in played.results():
                if it.get("to"):
                    reached[it["to"]].add(it["contact"])
            answer = [len(reached[f"s{step}"]) for step in range(1, 9)]
        ours = Reaching(program, f"{HERE}/plain.funnel", log)
        if ours.answer() != answer:
            sys.exit(f"counted, it is {ours.answer()}, and played {answer}")
        others = [(peer, other(sys.executable, f"{HERE}/funnel.py", peer, log, str(REPETITIONS))) for peer in ("polars", "chdb", "duckdb")]
        table(count, "events", (answer, ours.seconds()), others)
        for what, funnel in (("a run for each visit, which ends after 30 days", played), ("a run for each contact, without a window", None)):
            seconds = statistics.median((funnel or Ours(program, f"{HERE}/plain.funnel", log)).seconds())
            print(f"  funnelc run, {what}: {seconds:.2f} s, {count / seconds / 1e6:.2f} million events/s")


def rules(program, folder):
    count = number("RECORDS", 200_000)
    place = f"{folder}/rules-{count}"
    subprocess.run([sys.executable, f"{HERE}/rules.py", "make", str(count), place], check=True)
    print(f"Six conditions for each of {count} records, one record after another")
    ours = Ours(program, f"{place}/rules.funnel", f"{place}/log.ndjson")
    hits = sum(it["what"] == "do" for it in ours.results())
    others = [(peer, other(sys.executable, f"{HERE}/rules.py", "run", peer, place)) for peer in ("cel", "zen-engine", "rule-engine")]
    others += [(peer, node(folder, "rules.mjs", peer, place)) for peer in ("cel-js", "json-rules-engine")]
    table(count, "records", (hits, ours.seconds()), others)
    none, idle = (statistics.median(Ours(program, f"{place}/{name}.funnel", f"{place}/log.ndjson").seconds()) for name in ("none", "idle"))
    print(f"  funnelc, the same conditions, each and one more that never holds, so without {hits} actions: {none:.2f} s")
    aside(count, "records", none, idle, others)


def machines(program, folder):
    contacts, few = number("CONTACTS", 1_000_000), number("FEW_CONTACTS", 20_000)
    for people in (few, contacts):
        place = f"{folder}/machines-{people}"
        if not all(os.path.exists(f"{place}/{file}") for file in ("idle.funnel", "log.parquet")):
            subprocess.run([sys.executable, f"{HERE}/machines.py", "make", str(people), place], check=True)
    print(f"{few} contacts in eight stages, twenty events each; funnelc from Parquet, the others from memory")
    ours = Ours(program, f"{folder}/machines-{few}/machine.funnel", f"{folder}/machines-{few}/log.parquet")
    at = {}
    for it in ours.results():
        if it["what"] == "move":
            at[it["contact"]] = it["to"] or "left"
    # Whoever is done ends the run as well.
    answer = dict(sorted(Counter(at.values()).items()))
    others = [
        ("transitions", other(sys.executable, f"{HERE}/machines.py", "run", "transitions", str(few))),
        ("xstate", node(folder, "machines.mjs", str(few))),
    ]
    seconds = ours.seconds()
    table(few * 20, "events", (answer, seconds), others)
    idle = Ours(program, f"{folder}/machines-{few}/idle.funnel", f"{folder}/machines-{few}/log.parquet").seconds()
    aside(few * 20, "events", statistics.median(seconds), statistics.median(idle), others)
    many = Ours(program, f"{folder}/machines-{contacts}/machine.funnel", f"{folder}/machines-{contacts}/log.parquet")
    seconds = statistics.median(many.seconds())
    print(f"  funnelc with {contacts} contacts: {seconds:.2f} s, {contacts * 20 / seconds / 1e6:.2f} million events/s")


def journeys(program, folder):
    count = number("ORDERS", 10_000)
    place = f"{folder}/journeys-{count}"
    if not os.path.exists(f"{place}/log.csv"):
        subprocess.run([sys.executable, f"{HERE}/journeys.py", "make", str(count), place], check=True)
    with open(f"{place}/log.csv", "rb") as log:
        rows = sum(1 for _ in log) - 1
    print(f"Orders with a time for each step, a reminder and thanks, {rows} events, CSV")
    ours = Ours(program, f"{HERE}/journeys.funnel", f"{place}/log.csv")
    answer = {}
    for it in ours.results():
        if it["what"] == "do":
            many, sum_of = answer.get(it["action"], (0, 0))
            at = round(datetime.fromisoformat(it["time"]).timestamp() * 1000)
            answer[it["action"]] = [many + 1, sum_of + at]
    # The others write what they find, so funnelc does too.
    ours.command += ["--out", f"{place}/results.ndjson"]
    python = os.environ.get("FLINK", sys.executable)
    install = f"Java, python3 -m venv peers/flink && peers/flink/bin/pip install -r {HERE}/flink.txt, FLINK=peers/flink/bin/python"
    others = [(f"Flink, {mode}", other(python, f"{HERE}/journeys.py", "run", mode, place, str(REPETITIONS), install=install))
              for mode in ("streaming", "batch")]
    table(rows, "events", (dict(sorted(answer.items())), ours.seconds()), others)


def reading(program, folder):
    place, count = events(folder)
    for ending in ("parquet", "csv", "ndjson"):
        log = f"{place}/events.{ending}"
        print(f"Contact, time and event, read, {count} events, {ending}, {os.path.getsize(log) / 1e6:.1f} MB")
        ours = Ours(program, f"{HERE}/reading.funnel", log)
        taken = said(r"([\d ]+) taken", *ours.command)
        contacts = said(r"of ([\d ]+) contacts", program, "inspect", log)
        kinds = len(set(re.findall(r"(?m)^event (\w+)", printed(program, "inspect", log, "--output", "-"))))
        answer = [taken, contacts, kinds]
        counting = Reaching(program, f"{HERE}/counting.funnel", log)
        unknown = json.loads(printed(*counting.command))["records"]["set_aside"]
        if unknown != [{"reason": "unknown event", "records": taken}]:
            sys.exit(f"{taken} records are taken where all is declared, and {unknown} set aside where nothing is")
        counted = statistics.median(counting.seconds())
        others = [(peer, other(sys.executable, f"{HERE}/reading.py", peer, log, str(REPETITIONS))) for peer in ("polars", "duckdb", "pyarrow")]
        library = {"csv": "csv", "ndjson": "sonic-rs"}.get(ending)
        if library:
            others.append((f"{library} (Rust)", other(*readers(folder), library, log, str(REPETITIONS), install="install Rust")))
        table(count, "events", (answer, ours.seconds()), others)
        print(f"  funnelc, each read and counted, and nobody looked up: {counted:.2f} s, {count / counted / 1e6:.2f} million events/s")
        for name, it in others:
            if it:
                print(f"    {statistics.median(it['seconds']) / counted:.2f} times as fast as {name}", flush=True)


def readers(folder):
    """The program that reads by libraries of Rust, built where Rust is installed."""
    place = f"{folder}/readers"
    build = ["cargo", "build", "--release", "--quiet", "--manifest-path", f"{HERE}/readers/Cargo.toml", "--target-dir", place]
    if shutil.which("cargo"):
        subprocess.run(build, check=False)
    return [f"{place}/release/readers"]


def texts(program, folder):
    """Each has the journeys in its own language; a checker must find the one wrong name, a printer print all stages."""
    stages = number("STAGES", 8_000)
    place = f"{folder}/texts-{stages}"
    subprocess.run([sys.executable, f"{HERE}/texts.py", "make", str(stages), place], check=True)

    def tool(language, finding, *words):
        """A checker where it is told what a finding looks like, else a printer."""
        def run(name):
            with open(f"{place}/{name}.{language}", "rb") as given:
                done = subprocess.run(words, stdin=given, capture_output=True, text=True)
            return done.stdout + done.stderr
        if not shutil.which(words[0]):
            print(f"  {os.path.basename(words[0])}: left out, not found (to have it: {'install Graphviz' if language == 'dot' else PYTHON})")
            return None
        seconds = []
        for _ in range(REPETITIONS):
            with open(f"{place}/right.{language}", "rb") as given:
                seconds.append(timed(*words, stdin=given))
        answer = [len(re.findall(finding, run(name))) for name in ("right", "wrong")] if finding else stages_in(run("right"))
        return {"answer": answer, "seconds": seconds}

    def stages_in(text):
        return len(set(re.findall(r"\bs\d+_\d+\b", text)))

    ruff = f"{os.path.dirname(sys.executable)}/ruff"
    alone = ["--isolated", "--no-cache", "--stdin-filename", "right.py", "-"]
    repeat = str(REPETITIONS)
    for what, wanted, rows in (
        ("checked", [0, 1], [
            ("funnelc check", "funnel", tool("funnel", "error F", program, "check", "--threads", "1", "--format", "short", "-")),
            ("ruff check", "python", tool("python", "F821", ruff, "check", "--select", "F", "--output-format", "concise", *alone)),
            ("protoc", "proto", other(sys.executable, f"{HERE}/texts.py", "run", place, repeat)),
            ("prisma validate", "prisma", node(folder, "texts.mjs", "prisma-validate", place, repeat)),
            ("graphql-js", "graphql", node(folder, "texts.mjs", "graphql-validate", place, repeat)),
        ]),
        ("printed", stages, [
            ("funnelc fmt", "funnel", tool("funnel", None, program, "fmt", "-")),
            ("ruff format", "python", tool("python", None, ruff, "format", *alone)),
            ("Graphviz nop", "dot", tool("dot", None, "nop")),
            ("prisma format", "prisma", node(folder, "texts.mjs", "prisma-format", place, repeat)),
            ("graphql-js", "graphql", node(folder, "texts.mjs", "graphql-print", place, repeat)),
        ]),
    ):
        print(f"{stages} stages {what}, each in the language of the program")
        for name, language, it in rows:
            if it is None:
                continue
            if it["answer"] != wanted:
                sys.exit(f"{name} answers {it['answer']}, and not {wanted}")
            spent, size = statistics.median(it["seconds"]), os.path.getsize(f"{place}/right.{language}") / 1e6
            print(f"  {name:<22}{spent:8.2f} s {size / spent:8.2f} MB/s {stages / spent / 1e3:8.1f} thousand stages/s", flush=True)


def main(program, folder, *jobs):
    os.makedirs(folder, exist_ok=True)
    folder = os.path.abspath(folder)
    for job in (funnel, rules, machines, journeys, reading, texts):
        if not jobs or job.__name__ in jobs:
            job(os.path.abspath(program), folder)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
