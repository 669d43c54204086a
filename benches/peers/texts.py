"""Journeys of eight stages as texts in several languages: python texts.py make STAGES FOLDER | run FOLDER REPETITIONS

A stage has a name, a title, a condition, a place that it leads from, and an action, as far as the language knows such things. In the
texts called `wrong` one name is not declared. `run` has protoc make a descriptor, and tells whether it refuses the right text and the
wrong one, and the seconds of the processor for the right one.
"""
import json
import os
import sys
import time

EACH = 8
COUNTRIES = ["DE", "GB", "IN", "BR"]


def funnel(number, at, before, amount, country):
    door = f"from {before} " if at else ""
    goal = "goal final " if at == EACH - 1 else ""
    rest = "" if goal else "    leave after 30 days\n"
    begin = f"funnel f{number} {{\n  for each contact\n  reentry never\n\n" if at == 0 else "\n"
    return (f'{begin}  {goal}stage s{number}_{at} "Stage {at} of journey {number}" {{\n'
            f'    enter {door}when bought where (amount >= {amount} and country = "{country}")\n'
            f'{rest}\n    nurture n{at} {{ do call(subject: "Stage {at} of journey {number}") }}\n  }}\n' + ("}\n\n" if goal else ""))


def python(number, at, before, amount, country):
    again = f"    return {before}(amount, country)\n" if at else "    return None\n"
    return (f'def s{number}_{at}(amount, country):\n    """Stage {at} of journey {number}"""\n'
            f'    if amount >= {amount} and country == "{country}":\n'
            f'        return call(subject="Stage {at} of journey {number}")\n{again}\n\n')


def proto(number, at, before, amount, country):
    origin = f"  optional {before} before = 1;\n" if at else ""
    return (f"// Stage {at} of journey {number}\nmessage s{number}_{at} {{\n{origin}  optional double amount = 2 [default = {amount}];\n"
            f'  optional string country = 3 [default = "{country}"];\n  optional Call call = 4;\n}}\n\n')


def graphql(number, at, before, amount, country):
    origin = f"  before: {before}\n" if at else ""
    return (f'"Stage {at} of journey {number}"\ntype s{number}_{at} {{\n{origin}  amount(atLeast: Float = {amount}): Float\n'
            f'  country(is: String = "{country}"): String\n  call: Call\n}}\n\n')


def prisma(number, at, before, amount, country):
    origin = f"  beforeId Int?\n  before {before}? @relation(fields: [beforeId], references: [id])\n" if at else ""
    later = f"  later s{number}_{at + 1}[]\n" if at < EACH - 1 else ""
    return (f"/// Stage {at} of journey {number}\nmodel s{number}_{at} {{\n  id Int @id\n{origin}{later}  amount Float @default({amount})\n"
            f'  country String @default("{country}")\n}}\n\n')


def dot(number, at, before, amount, country):
    edge = f'  {before} -> s{number}_{at} [label="bought [amount >= {amount} and country = {country}] / call"];\n' if at else ""
    return f'  s{number}_{at} [label="Stage {at} of journey {number}", shape=box];\n{edge}'


BEGIN = {
    "funnel": "event bought(amount: number, country: text)\n\naction call(subject: text)\n\n",
    "python": "def call(subject):\n    return subject\n\n\n",
    "proto": 'syntax = "proto2";\n\nmessage Call {\n  optional string subject = 1;\n}\n\n',
    "graphql": "type Query {\n  call: Call\n}\n\ntype Call {\n  subject: String\n}\n\n",
    "prisma": 'datasource db {\n  provider = "postgresql"\n}\n\n',
    "dot": "digraph journeys {\n",
}
END = {"dot": "}\n"}
WRITE = {"funnel": funnel, "python": python, "proto": proto, "graphql": graphql, "prisma": prisma, "dot": dot}


def make(stages, folder):
    os.makedirs(folder, exist_ok=True)
    for language, write in WRITE.items():
        text = [BEGIN[language]]
        for number in range(stages // EACH):
            text += [write(number, at, f"s{number}_{at - 1}", 100 + number % 400, COUNTRIES[at % 4]) for at in range(EACH)]
        text.append(END.get(language, ""))
        last = f"s{stages // EACH - 1}_{EACH - 2}"
        right = "".join(text).rstrip("\n") + "\n"
        # The last stage leads from one that is nowhere.
        end = right.rindex("\n", 0, right.rindex(f"s{stages // EACH - 1}_{EACH - 1}")) + 1
        wrong = right[:end] + right[end:].replace(last, "nowhere", 1)
        for name, content in (("right", right), ("wrong", wrong)):
            with open(f"{folder}/{name}.{language}", "w", encoding="ascii") as out:
                out.write(content)


def main(folder, repetitions):
    from grpc_tools import protoc

    def check(name):
        return protoc.main(["protoc", f"-I{folder}", f"--descriptor_set_out={folder}/descriptor", f"{folder}/{name}.proto"])
    seconds = []
    for _ in range(repetitions):
        begin = time.process_time()
        right = check("right")
        seconds.append(time.process_time() - begin)
    print(json.dumps({"answer": [right, check("wrong")], "seconds": seconds}))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), sys.argv[3])
    else:
        main(sys.argv[2], int(sys.argv[3]))
