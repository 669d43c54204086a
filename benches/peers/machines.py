"""Contacts in a machine of eight stages, twenty events each: python machines.py make CONTACTS FOLDER | run transitions CONTACTS

Each contact has six times in ten the event that its place in the log is about, else any other; `machines.mjs` makes the same.
"""
import json
import os
import sys
import time
from collections import Counter

STEPS = ["visit", "signup", "view_product", "add_to_cart", "checkout", "purchase", "review", "refer"]
NAMES = STEPS + ["page_view", "email_open", "search", "unsubscribe"]
EACH = 20


def events(contacts):
    """(contact, number of its event), in order."""
    state = 42
    for turn in range(EACH):
        for contact in range(contacts):
            state = (state * 1_664_525 + 1_013_904_223) & 0xFFFF_FFFF
            if state >> 24 == 0:
                yield contact, 11
            elif (state >> 8) % 10 < 6:
                yield contact, turn * 8 // EACH
            else:
                yield contact, (state >> 12) % 11


def make(contacts, folder):
    import pyarrow as pa
    import pyarrow.parquet as parquet
    os.makedirs(folder, exist_ok=True)
    doors = [f"  stage s{at + 1} {{ enter from s{at} when {STEPS[at]} }}" for at in range(7)]
    # Who never begins, is read and nothing more.
    for name, begin in (("machine", "begin"), ("idle", "never")):
        text = "\n".join([
            *[f"event {name}" for name in ["begin", "never", *NAMES]], "", "funnel machine {", "  for each contact", "  reentry never",
            "  leave when unsubscribe", f"  stage s0 {{ enter when {begin} }}", *doors,
            "  goal final stage done { enter from s7 when refer }", "}", ""])
        with open(f"{folder}/{name}.funnel", "w", encoding="ascii") as out:
            out.write(text)
    pairs = [(contact, "begin") for contact in range(contacts)] + [(contact, NAMES[event]) for contact, event in events(contacts)]
    log = pa.table({
        "contact": pa.array([f"c{contact}" for contact, _ in pairs]),
        "time": pa.array(range(1_767_225_600_000, 1_767_225_600_000 + len(pairs)), pa.int64()),
        "event": pa.array([event for _, event in pairs]),
    })
    parquet.write_table(log, f"{folder}/log.parquet", compression="snappy", row_group_size=1_000_000)


def transitions(contacts):
    from transitions import Machine
    states = [f"s{at}" for at in range(8)] + ["done", "left"]
    moves = [{"trigger": step, "source": f"s{at}", "dest": states[at + 1]} for at, step in enumerate(STEPS)]
    moves += [{"trigger": "unsubscribe", "source": f"s{at}", "dest": "left"} for at in range(8)]

    class Contact:
        pass
    people = [Contact() for _ in range(contacts)]
    machine = Machine(model=None, states=states, transitions=moves, initial="s0", ignore_invalid_triggers=True, auto_transitions=False)
    machine.add_model(people)
    known = set(machine.events)

    def run():
        for contact, event in events(contacts):
            name = NAMES[event]
            if name in known:
                people[contact].trigger(name)
        return dict(sorted(Counter(it.state for it in people).items()))
    return run


def main(peer, contacts):
    run = {"transitions": transitions}[peer](contacts)
    begin = time.process_time()
    answer = run()
    print(json.dumps({"answer": answer, "seconds": [time.process_time() - begin]}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        main(sys.argv[2], int(sys.argv[3]))
