#!/usr/bin/env python3
"""Recomputes the gateway's log from its store, as RFC 6962 has it, and compares.

usage: log_oracle.py STORE [RECEIPT...]

Every entry's hash is that of its bytes, entries have no gaps, every checkpoint that the store keeps
and every checkpoint of the receipts has the root of the log's beginning of that size, and every
receipt's entry stands in the log where the receipt says. So each checkpoint ever given out is a
beginning of the log as it is now. Shares no code with Muster.
"""
import base64
import hashlib
import sqlite3
import sys


def subtree_roots(leaves, sizes):
    """The Merkle tree heads at the sizes wanted, with a stack of complete subtrees."""
    heads = {}
    stack = []  # (level, hash)

    def head():
        if not stack:
            return hashlib.sha256(b"").digest()
        found = stack[-1][1]
        for _, left in reversed(stack[:-1]):
            found = hashlib.sha256(b"\x01" + left + found).digest()
        return found

    if 0 in sizes:
        heads[0] = head()
    for count, leaf in enumerate(leaves, 1):
        node = (0, leaf)
        while stack and stack[-1][0] == node[0]:
            level, left = stack.pop()
            node = (level + 1, hashlib.sha256(b"\x01" + left + node[1]).digest())
        stack.append(node)
        if count in sizes:
            heads[count] = head()
    return heads


def read_receipt(path):
    """(index, entry, size, root) of a tlog-proof that carries its entry."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    extra = [line[len("extra "):] for line in lines if line.startswith("extra ")]
    index = [int(line[len("index "):]) for line in lines if line.startswith("index ")]
    note = lines[lines.index("") + 1:]
    return index[0], base64.b64decode(extra[0]), int(note[1]), base64.b64decode(note[2])


def main():
    store, *receipts = sys.argv[1:]
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    entries = db.execute("SELECT seq, leaf, leaf_hash FROM entry ORDER BY seq").fetchall()
    wanted = [(f"checkpoint {size}", size, root)
              for size, root in db.execute("SELECT size, root FROM checkpoint")]
    problems = []
    for at, (seq, leaf, leaf_hash) in enumerate(entries):
        if seq != at:
            problems.append(f"entry {at} is missing")
            break
        if hashlib.sha256(b"\x00" + leaf).digest() != leaf_hash:
            problems.append(f"entry {seq} does not have its hash")
    for path in receipts:
        index, entry, size, root = read_receipt(path)
        wanted.append((path, size, root))
        if index >= len(entries) or entries[index][1] != entry:
            problems.append(f"{path}: its entry does not stand at {index}")
    heads = subtree_roots([row[2] for row in entries], {size for _, size, _ in wanted})
    for name, size, root in wanted:
        if size not in heads:
            problems.append(f"{name}: the log has only {len(entries)} entries")
        elif heads[size] != root:
            problems.append(f"{name}: its root is not that of the log's first {size} entries")
    for problem in problems[:20]:
        print(problem)
    print(f"{len(entries)} entries, {len(wanted)} checkpoints, {len(problems)} problems")
    return 1 if problems or not entries else 0


sys.exit(main())
