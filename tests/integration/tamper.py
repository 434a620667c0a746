#!/usr/bin/env python3
"""Changes a store as somebody who may write the file could.

usage: tamper.py STORE leaf|hash|leaf+hash|leaf+hash+tile|tile|no-tile|note|last|ciphertext|commitment|agency|received|no-record SEQ
       tamper.py STORE fact|fact-child|fact-key|fact-superseded|no-facts|more-facts|identity|wrapped|settled|settled-time|no-settled|party|manifest|signature|certificate|other-batch|message|message-owner|message-month|message-secret|more-messages SEQ
       tamper.py STORE event-id|old-checkpoint|checkpoint-time|cosignature-time|known-owner|known-entry|no-known|witness|trigger|index SEQ

SEQ is the entry; tiles are those that hold it. The triggers that keep rows as they are go first and come
back.
"""
import hashlib
import sqlite3
import sys

path, what, seq = sys.argv[1], sys.argv[2], int(sys.argv[3])
db = sqlite3.connect(path, timeout=30)
triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
for name, _ in triggers:
    db.execute(f"DROP TRIGGER {name}")


def flip(data):
    return bytes([data[0]]) + bytes([data[1] ^ 1]) + data[2:]


def value(table, column, where):
    return db.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()[0]


def put(table, column, where, data):
    assert db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (data,)).rowcount == 1


entry, tile = f"seq = {seq}", f"level = 0 AND n = {seq // 256}"
last = "size = (SELECT max(size) FROM checkpoint)"
if what in ("leaf", "leaf+hash", "leaf+hash+tile"):
    # Another outcome, actor or time: a byte in the middle, so that the entry can still be read.
    leaf = bytearray(value("entry", "leaf", entry))
    at = leaf.index(b"auditor") if b"auditor" in leaf else len(leaf) - 1
    leaf[at] ^= 1
    put("entry", "leaf", entry, bytes(leaf))
    digest = hashlib.sha256(b"\x00" + bytes(leaf)).digest()
    if what != "leaf":
        put("entry", "leaf_hash", entry, digest)
    if what == "leaf+hash+tile":
        hashes = value("tile", "hashes", tile)
        at = seq % 256 * 32
        put("tile", "hashes", tile, hashes[:at] + digest + hashes[at + 32:])
elif what == "hash":
    put("entry", "leaf_hash", entry, flip(value("entry", "leaf_hash", entry)))
elif what == "tile":
    put("tile", "hashes", tile, flip(value("tile", "hashes", tile)))
elif what == "no-tile":
    assert db.execute(f"DELETE FROM tile WHERE {tile}").rowcount == 1
elif what == "note":
    note = value("checkpoint", "note", last)
    put("checkpoint", "note", last, note[:-6] + bytes([note[-6] ^ 1]) + note[-5:])
elif what == "last":
    # The newest entry and its checkpoint never were.
    db.execute("DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry)")
elif what in ("ciphertext", "commitment"):
    put("submission", what, entry, flip(value("submission", what, entry)))
elif what == "agency":
    put("submission", what, entry, "health")
elif what == "received":
    put("submission", "received_ms", entry, value("submission", "received_ms", entry) - 60000)
elif what == "no-record":
    db.execute("PRAGMA foreign_keys = OFF")
    assert db.execute(f"DELETE FROM submission WHERE {entry}").rowcount == 1
elif what == "fact":
    # In the referrals' table, whatever the entry: the day that a report counts it on.
    put("referrals", "referral_at", entry, value("referrals", "referral_at", entry) - 86400000)
elif what == "fact-child":
    put("referrals", "child_id_ix", entry, flip(value("referrals", "child_id_ix", entry)))
elif what == "fact-key":
    put("referrals", "key_ix", entry, flip(value("referrals", "key_ix", entry)))
elif what == "fact-superseded":
    put("referrals", "superseded_seq", entry, seq)  # counts nowhere any more
elif what == "no-facts":
    assert db.execute(f"DELETE FROM referrals WHERE {entry}").rowcount == 1
elif what == "more-facts":
    # A referral that nobody sent, in place of an entry that is something else.
    columns = [row[1] for row in db.execute("PRAGMA table_info(referrals)") if row[1] != "seq"]
    names = ", ".join(columns)
    db.execute("PRAGMA foreign_keys = OFF")
    assert db.execute(f"INSERT INTO referrals (seq, {names}) SELECT 0, {names} FROM referrals WHERE {entry}").rowcount == 1
elif what == "identity":
    put("submission", "key_ix", entry, flip(value("submission", "key_ix", entry)))
elif what == "wrapped":
    put("submission", "wrapped", entry, flip(value("submission", "wrapped", entry)))
elif what in ("settled", "settled-time", "no-settled"):
    # Whichever the entry: the first meeting that has a state.
    where = "(convener, time, meeting_id) = (SELECT convener, time, meeting_id FROM settled WHERE state IS NOT NULL LIMIT 1)"
    if what == "settled":
        state = value("settled", "state", where)
        put("settled", "state", where, state[:-1] + bytes([state[-1] ^ 1]))
    elif what == "settled-time":
        put("settled", "time", where, value("settled", "time", where) + 86400000)
    else:
        assert db.execute(f"DELETE FROM settled WHERE {where}").rowcount == 1
elif what == "party":
    # Who was invited, for every meeting at once.
    put("party", "agency", "id = 1", "nobody")
elif what in ("manifest", "signature"):
    batch = f"id = {value('submission', 'batch', entry)}"
    data = value("batch", what, batch)
    put("batch", what, batch, data[:-1] + bytes([data[-1] ^ 1]))
elif what == "certificate":
    put("certificate", "der", "id = 1", flip(value("certificate", "der", "id = 1")))
elif what == "other-batch":
    put("submission", "batch", entry, db.execute("SELECT max(id) FROM batch").fetchone()[0])
elif what in ("message", "message-owner", "message-month", "message-secret"):
    # Whichever the entry: the oldest message.
    where = "seq = (SELECT min(seq) FROM message)"
    column = {"message": "ciphertext", "message-owner": "owner", "message-month": "bucket", "message-secret": "wrapped"}[what]
    others = {"owner": "nobody", "bucket": "2001-01"}  # a month whose key nobody has
    put("message", column, where, others[column] if column in others else flip(value("message", column, where)))
elif what == "more-messages":
    columns = [row[1] for row in db.execute("PRAGMA table_info(message)") if row[1] not in ("seq", "id", "acknowledged_seq")]
    names = ", ".join(columns)
    assert db.execute(f"INSERT INTO message (seq, id, {names}) SELECT 1, x'{'00' * 16}', {names} FROM message LIMIT 1").rowcount == 1
elif what == "event-id":
    put("entry", "event_id", entry, flip(value("entry", "event_id", entry)))
elif what == "old-checkpoint":
    where = "size = (SELECT min(size) FROM checkpoint)"
    note = value("checkpoint", "note", where)
    put("checkpoint", "note", where, note[:-6] + bytes([note[-6] ^ 1]) + note[-5:])
elif what == "checkpoint-time":
    # A minute earlier: what a list of enrolments says they were on.
    where = "size = (SELECT min(size) FROM checkpoint)"
    put("checkpoint", "at_ms", where, value("checkpoint", "at_ms", where) - 60000)
elif what == "cosignature-time":
    where = "(size, witness) = (SELECT size, witness FROM cosignature LIMIT 1)"
    put("cosignature", "signed_ms", where, value("cosignature", "signed_ms", where) - 60000)
elif what in ("known-owner", "known-entry", "no-known"):
    # Whichever the entry: the certificate that was enrolled first.
    where = "enrolled_seq = (SELECT min(enrolled_seq) FROM known_certificate WHERE enrolled_seq > 0)"
    if what == "known-owner":
        put("known_certificate", "owner", where, "nobody")
    elif what == "known-entry":
        put("known_certificate", "enrolled_seq", where, seq)
    else:
        assert db.execute(f"DELETE FROM known_certificate WHERE {where}").rowcount == 1
elif what == "witness":
    where = "seq = (SELECT min(seq) FROM witness)"
    put("witness", "public_key", where, flip(value("witness", "public_key", where)))
elif what == "trigger":
    triggers = triggers[1:]
elif what == "index":
    db.execute("DROP INDEX submission_by_identity")
    db.execute("CREATE INDEX submission_by_identity ON submission (key_ix, version)")
elif what == "older":
    # Not a change: rows from before there was the column, which a start settles; a code that no
    # list knew.
    db.execute("UPDATE meetings SET children_ix = NULL")
    db.execute("UPDATE meta SET value = x'00' WHERE name = 'settled'")
    put("referrals", "source_code", entry, "unknown")
else:
    sys.exit(f"no such change: {what}")
for _, sql in triggers:
    db.execute(sql)
db.commit()
