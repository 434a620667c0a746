#!/usr/bin/env python3
"""Submits random exports through real agents and compares every cell that the LSCB is answered with
figures computed here.

usage: figures.py WORLD_FOLDER PROGRAMS_FOLDER SEED
"""
import csv
import datetime as dt
import io
import os
import random
import subprocess
import sys

from figures_cases import Cases
from figures_world import MEETING_TYPES, Figures, World


class Run:
    def __init__(self, folder, programs, seed):
        self.folder, self.programs, self.seed = folder, programs, seed
        self.dice = random.Random(seed)
        self.world = World(self.dice)
        self.state = {}
        self.saved = []  # (question, bytes answered, log size)
        self.cells = self.problems = self.files = 0
        with open(os.path.join(folder, "conf", "bank-holidays-england.csv"), encoding="utf-8") as file:
            self.holidays = {dt.date.fromisoformat(line.strip()) for line in file if line[:1] == "2"}

    def problem(self, text):
        self.problems += 1
        if self.problems <= 10:
            print(f"seed {self.seed}: {text}")

    def call(self, program, who, *words):
        config = os.path.join(self.folder, "conf", f"{who}.conf")
        done = subprocess.run([os.path.join(self.programs, program), "--config", config, *words],
                              capture_output=True, check=False, stdin=subprocess.DEVNULL)
        with open(os.path.join(self.folder, "agents.log"), "ab") as log:
            log.write(done.stderr)
        if done.returncode != 0:
            self.problem(f"{program} {who} {words[0]} ended with {done.returncode}: {done.stderr.decode()[-600:]}")
        return done.stdout

    # submitting

    def write(self, agency, kind, rows):
        path = os.path.join(self.folder, "exports", f"{agency}-{self.files}", f"{kind}.csv")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        columns = {column: None for row in rows for column in row}
        columns = self.dice.sample(list(columns), len(columns))
        with open(path, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(columns)
            out.writerows([str(row.get(column, "")) for column in columns] for row in rows)
        return path

    def submit(self, agency, paths, rows):
        self.files += 1
        answer = self.call("muster-agent", agency, "submit", "--format", "csv", *paths)
        totals = list(csv.DictReader(io.StringIO(answer.decode())))
        taken = sum(int(line["accepted"]) + int(line["unchanged"]) for line in totals)
        read = sum(int(line["rows"]) for line in totals)
        if read != rows or taken != rows:
            self.problem(f"{agency}: of {rows} rows {read} were read and {taken} accepted or unchanged")

    def submit_chunk(self, chunk):
        """The rows of each agency in files by kind; agencies and files in any order."""
        by_agency = {}
        for agency, kind, key, row in chunk:
            by_agency.setdefault(agency, {}).setdefault(kind, []).append((key, row))
        for agency in self.dice.sample(sorted(by_agency), len(by_agency)):
            kinds = by_agency[agency]
            paths = [self.write(agency, kind, [row for _, row in kinds[kind]])
                     for kind in self.dice.sample(sorted(kinds), len(kinds))]
            self.submit(agency, paths, sum(len(rows) for rows in kinds.values()))
            for kind, rows in kinds.items():
                for key, row in rows:
                    self.state[agency, kind, key] = row

    def submit_census(self):
        text, rows = self.world.census()
        path = os.path.join(self.folder, "exports", f"census-{self.files}.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.submit("council", [path], len(rows))
        self.state.update({(agency, kind, key): row for agency, kind, key, row in rows})

    # asking

    def periods(self):
        fixed = [(dt.date(2023, 1, 1), dt.date(2026, 6, 30)), (dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
                 (dt.date(2025, 2, 28), dt.date(2025, 3, 1)), (dt.date(2024, 10, 27), dt.date(2025, 3, 30)),
                 (dt.date(2024, 4, 1), dt.date(2025, 3, 31)), (dt.date(2024, 1, 1), dt.date(2024, 12, 31))]
        start = dt.date(2023, 11, 1) + dt.timedelta(days=self.dice.randrange(700))
        drawn = (start, start + dt.timedelta(days=self.dice.randrange(120)))
        return [fixed[0], drawn, *self.dice.sample(fixed[1:], 2)]

    def compare(self, question, wanted, answer):
        found = list(csv.reader(io.StringIO(answer.decode())))
        sizes = {line[-1] for line in found[1:]}
        found = [line[:-1] for line in found]
        if "since" in found[0]:  # the day on which the test runs
            at = found[0].index("since")
            found[1:] = [line[:at] + [""] + line[at + 1:] for line in found[1:]]
        wanted = [[str(cell) for cell in line] for line in wanted]
        self.cells += sum(len(line) for line in wanted)
        if [line[0] for line in found] != [line[0] for line in wanted] or found[0] != wanted[0]:
            self.problem(f"{' '.join(question)}: rows or columns {found[:1]} {[line[0] for line in found]}")
        for want, have in zip(wanted[1:], found[1:]):
            for column, one, other in zip(wanted[0], want, have):
                if one != other:
                    self.problem(f"{' '.join(question)}: {want[0]} {column}: wanted {one}, found {other}")
        if len(wanted) == 1:
            return None  # nobody to name a size
        return sizes.pop() if len(sizes) == 1 else self.problem(f"{question}: log sizes {sizes}")

    def ask(self, question, wanted):
        answer = self.call("muster", "lscb", *question, "--format", "csv")
        size = self.compare(question, wanted, answer) if answer else None
        if size is not None:
            self.saved.append((question, answer, size))

    def ask_all(self):
        figures = Figures(self.state, self.holidays)
        for start, end in self.periods():
            dates = ["--from", str(start), "--to", str(end)]
            self.ask(["contribution", *dates], figures.contribution(start, end))
            self.ask(["attendance", *dates], figures.attendance(start, end))
        types = ["icpc", "lscb_board"]
        self.ask(["attendance", *dates, "--type", types[0], "--type", types[1]],
                 figures.attendance(start, end, types))
        self.ask_attendance(figures)
        self.ask_cases(Cases(figures))

    def ask_cases(self, cases):
        for start, end in self.periods()[:2]:
            dates = ["--from", str(start), "--to", str(end)]
            agency = self.dice.choice(["council", "health", "school"])
            self.ask(["meetings", *dates], cases.meeting_table(start, end))
            self.ask(["meetings", *dates, "--agency", agency, "--type", "icpc", "--type", "lscb_board"],
                     cases.meeting_table(start, end, ["icpc", "lscb_board"], agency))
        self.ask(["disputes"], cases.dispute_table())
        self.ask(["disputes", "--type", "rcpc"], cases.dispute_table(["rcpc"]))
        self.ask(["waiting"], cases.waiting_table())

    def ask_attendance(self, figures):
        """The same figures cut in other ways."""
        whole = (dt.date(2023, 1, 1), dt.date(2026, 6, 30))
        self.ask(["attendance", "--from", str(whole[0]), "--to", str(whole[1]), "--trend", "month"],
                 figures.attendance(*whole, trend="month"))
        start, end = self.dice.choice(self.periods())
        words, wanted = ["attendance", "--from", str(start), "--to", str(end)], {}
        choices = {"by": ["agency", "type", "role"], "trend": ["month", "quarter", "cycle"],
                   "role": ["lead", "nobody"], "agency": ["council", "police"]}
        for option, values in choices.items():
            if self.dice.random() < 0.6:
                wanted[option] = self.dice.choice(values)
                words += [f"--{option}", wanted[option]]
        kinds = self.dice.sample(MEETING_TYPES, self.dice.randrange(0, 3))
        words += [word for kind in kinds for word in ("--type", kind)]
        self.ask(words, figures.attendance(start, end, kinds, **wanted))

    def ask_again(self):
        """What was answered once is answered again, byte for byte, for the size of then."""
        for question, answer, size in self.dice.sample(self.saved, min(12, len(self.saved))):
            if self.call("muster", "lscb", *question, "--log-size", size, "--format", "csv") != answer:
                self.problem(f"{' '.join(question)} --log-size {size} differs from the answer of then")

    def run(self):
        self.world.draw_all()
        rows = self.world.rows
        cuts = sorted(self.dice.sample(range(1, len(rows)), 3))
        chunks = [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)])]
        census_after = set(self.dice.sample(range(len(chunks)), 2))
        for number, chunk in enumerate(chunks):
            self.submit_chunk(chunk)
            if number in census_after:
                self.submit_census()
            if number >= 1:
                self.ask_all()
        self.ask_again()
        print(f"seed {self.seed}: {len(rows)} rows in {self.files} submissions, {len(self.saved)} tables, "
              f"{self.cells} cells, {self.problems} problems")
        return 1 if self.problems or not self.cells else 0


sys.exit(Run(sys.argv[1], sys.argv[2], int(sys.argv[3])).run())
