"""Verifies confirmed receipts without any code of Muster's.

usage: confirmed.py LOG_VKEY_FILE FOLDER PARTNERS

Every receipt in FOLDER must be good by the log's key; of FOLDER/witnesses.vkeys at least PARTNERS keys
must have cosigned each. Prints how many receipts. Needs python3-cryptography.
"""
import pathlib
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "interop" / "tlog"))
import verify_receipts as tlog  # noqa: E402

log = tlog.Key(pathlib.Path(sys.argv[1]).read_text().strip())
folder = pathlib.Path(sys.argv[2])
keys = [tlog.Key(line) for line in (folder / "witnesses.vkeys").read_text().splitlines()]
assert len({key.public for key in keys}) == len(keys)
count = 0
for path in sorted(folder.glob("*.tlog-proof")):
    receipt = path.read_bytes()
    signed = 0
    for key in keys:
        try:
            tlog.verify_receipt(receipt, log, [key], tlog.verify_by_cryptography)
            signed += 1
        except tlog.Refused as refused:
            assert str(refused) == "a signature is missing", (path, refused)
    tlog.verify_receipt(receipt, log, [], tlog.verify_by_cryptography)
    assert signed >= int(sys.argv[3]), (path, signed)
    count += 1
print(count)
