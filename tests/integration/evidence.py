"""Looks at what an agent kept of a log that contradicted itself, without any code of Muster's.

usage: evidence.py LOG_VKEY_FILE FOLDER rollback|fork

Both checkpoints must be signed by the log. Of a rollback the received one is smaller; of a fork it is
not, and the proof kept does not lead from the one to the other. Needs python3-cryptography.
"""
import base64
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "interop" / "tlog"))
import verify_receipts as tlog  # noqa: E402


def read(path):
    note = path.read_bytes()
    text = tlog.open_note(note, log, [], tlog.verify_by_cryptography).decode()
    origin, size, root, end = text.split("\n")
    assert (origin, end) == (log.name, "")
    return int(size), base64.b64decode(root)


def newest(kind):
    return sorted(pathlib.Path(sys.argv[2]).glob("*Z-" + kind))[-1]


log = tlog.Key(pathlib.Path(sys.argv[1]).read_text().strip())
known, known_root = read(newest("remembered.checkpoint"))
received, received_root = read(newest("received.checkpoint"))
proof = [base64.b64decode(line) for line in newest("proof").read_text().split()]
if sys.argv[3] == "rollback":
    assert received < known, f"{received} is not below {known}"
else:
    assert received >= known, f"{received} is below {known}"
    try:
        shown = tlog.roots_from_consistency(known, received, known_root, proof)
        assert shown != (known_root, received_root), "the proof is good"
    except tlog.Refused:
        pass  # too short, too long
print(f"{sys.argv[3]}: {known} and {received}")
