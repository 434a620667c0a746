"""Compares what test_base_encode.c wrote down with Python's own hex, base64, UUID and UTF-8.

Each line is a subject, its input in hex, and what Muster made of it: text in hex, or "no"."""

import base64
import sys
import uuid


def base64_of(text):
    """The bytes of canonical base64 text, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data) == text else None


def expected(subject, given):
    if subject == "hex":
        return given.hex().encode().hex()
    if subject == "base64":
        return base64.b64encode(given).hex()
    if subject == "unbase64":
        data = base64_of(given)
        return "no" if data is None else data.hex()
    if subject == "uuid":
        return str(uuid.UUID(bytes=given)).encode().hex()
    if subject == "utf8":
        try:
            text = given.decode("utf-8", "strict")
        except UnicodeDecodeError:
            return "no"
        return "no" if "\0" in text else ""
    raise SystemExit("unknown subject " + subject)


def main():
    wrong = lines = 0
    for line in open(sys.argv[1], encoding="ascii"):
        subject, given, made = line.rstrip("\n").split(" ")
        lines += 1
        want = expected(subject, bytes.fromhex(given))
        if want != made:
            wrong += 1
            if wrong <= 10:
                print(f"{subject} of {given}: expected {want}, got {made}")
    print(f"{lines} lines compared, {wrong} differ")
    sys.exit(1 if wrong or lines < 10000 else 0)


main()
