#!/usr/bin/env python3
"""Prints the entries of the gateway's log as csv, from its store, by the field numbers of
proto/muster/v1/log.proto. Shares no code with Muster.

usage: read_log.py STORE
"""
import csv
import sqlite3
import sys

FIELDS = {2: "kind", 5: "org", 7: "role", 8: "action", 9: "outcome", 10: "reason", 11: "purpose",
          12: "record_kind", 19: "log_size", 20: "subject", 22: "count",
          24: "root"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def decode(data):
    """The known fields of one message of varints and length-delimited fields."""
    found = {}
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        elif tag & 7 == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {tag & 7}")
        name = FIELDS.get(tag >> 3)
        if name:
            found[name] = value if isinstance(value, int) else value.hex() if name == "root" else value.decode()
    return found


def main():
    db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["seq", *FIELDS.values()])
    for seq, leaf in db.execute("SELECT seq, leaf FROM entry ORDER BY seq"):
        entry = decode(leaf)
        out.writerow([seq, *(entry.get(name, "") for name in FIELDS.values())])


main()
