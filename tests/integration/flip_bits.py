#!/usr/bin/env python3
"""Flips bits of a store, one at a time, and has the gateway's backup judge each result.

usage: flip_bits.py STORE MUSTERD CONFIG COUNT

The configuration names STORE. Bits are taken from every table and index alike. What a changed store
is worth is judged by the sqlite3 program: it holds the same rows and passes an integrity check, or it
does not. Prints each flip that was judged otherwise, and how many there were of each outcome.
"""
import os
import random
import subprocess
import sys

store, musterd, config, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
PAGE = 4096
DEADLINE = 60  # seconds; a damaged store must not keep anybody waiting

# Not vouched for by any entry: what the files of the configuration were when last looked at (a change
# is an entry at the next start), and two times that nothing signs and nothing is decided by.
PASSED_OVER = ("INSERT INTO meta VALUES('watched'", "INSERT INTO checkpoint ", "INSERT INTO cosignature ")


def sqlite(statement):
    return subprocess.run(["sqlite3", "-readonly", store, statement], capture_output=True, text=True,
                          errors="replace", timeout=DEADLINE)


def content():
    """Every row but those passed over; of these the columns that are vouched for."""
    dump = sqlite(".dump")
    rest = sqlite("SELECT size, hex(root), hex(note) FROM checkpoint; SELECT size, witness, line FROM cosignature")
    rows = [line for line in dump.stdout.splitlines() if not line.startswith(PASSED_OVER)]
    return dump.returncode, rest.returncode, rows, rest.stdout


def put(data):
    for suffix in ("-wal", "-shm", "-journal"):
        if os.path.exists(store + suffix):
            os.unlink(store + suffix)
    with open(store, "wb") as file:
        file.write(data)


good = open(store, "rb").read()
unharmed = content()
owners = {}
for line in sqlite("SELECT pageno, name FROM dbstat").stdout.splitlines():
    number, name = line.split("|")
    owners.setdefault(name, []).append(int(number) - 1)
names = sorted(owners)
random.seed(7)
refused = accepted = wrong = 0
for turn in range(count):
    name = names[turn % len(names)]
    at = random.choice(owners[name]) * PAGE + random.randrange(PAGE)
    while good[at] == 0:  # most of them are room that nothing uses
        at = random.choice(owners[name]) * PAGE + random.randrange(PAGE)
    changed = bytearray(good)
    changed[at] ^= 1 << random.randrange(8)
    put(changed)
    same = content() == unharmed and sqlite("PRAGMA integrity_check").stdout.strip() == "ok"
    copy = store + ".copy"
    try:
        status = subprocess.run([musterd, "--config", config, "backup", copy], capture_output=True,
                                timeout=DEADLINE).returncode
    except subprocess.TimeoutExpired:
        status = "none in time"
    if os.path.exists(copy):
        os.unlink(copy)
    refused += status == 3
    accepted += status == 0
    # It may be stricter than the oracle.
    if status not in (0, 3) or (status == 0 and not same):
        wrong += 1
        print(f"byte {at} of {name} ({at % PAGE} in its page): backup ended with {status}")
put(good)
print(f"flipped {count}: refused {refused}, accepted {accepted}, wrong {wrong}")
sys.exit(1 if wrong else 0)
