"""Verifies receipts and consistency proofs without any code of Muster's.

usage: verify_receipts.py cryptography|openssl TLOG_SAMPLES

TLOG_SAMPLES writes its samples into a temporary folder. The tree is recomputed from the leaves as
RFC 6962 section 2.1 says, the signatures are checked by python3-cryptography or by the openssl
command line. Altered samples must be refused. Exit 77: the tool asked for is not installed.
"""

import base64
import hashlib
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

EMPTY_LINE = b"\n\n"
DASH = "\u2014 "


class Refused(Exception):
    pass


def require(condition, reason):
    if not condition:
        raise Refused(reason)


def hash_leaf(leaf):
    return hashlib.sha256(b"\x00" + leaf).digest()


def hash_node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1
    while split * 2 < len(hashes):
        split *= 2
    return hash_node(tree_root(hashes[:split]), tree_root(hashes[split:]))


def root_from_inclusion(index, size, leaf, proof):
    """Reads the path from the top: which half the leaf is in decides each step."""
    require(0 <= index < size, "index beyond the end")
    turns = []
    while size > 1:
        split = 1
        while split * 2 < size:
            split *= 2
        turns.append(index >= split)
        if index >= split:
            index, size = index - split, size - split
        else:
            size = split
    require(len(turns) == len(proof), "proof length")
    for right, sibling in zip(reversed(turns), proof):
        leaf = hash_node(sibling, leaf) if right else hash_node(leaf, sibling)
    return leaf


def roots_from_consistency(old, size, old_root, proof):
    """RFC 6962 section 2.1.2 read backwards: returns the old root and the new one."""

    def walk(m, n, whole):
        if m == n:
            if whole:
                return old_root, old_root
            require(proof, "proof length")
            top = proof.pop(0)
            return top, top
        split = 1
        while split * 2 < n:
            split *= 2
        if m <= split:
            before, after = walk(m, split, whole)
            require(proof, "proof length")
            return before, hash_node(after, proof.pop(0))
        before, after = walk(m - split, n - split, False)
        require(proof, "proof length")
        left = proof.pop(0)
        return hash_node(left, before), hash_node(left, after)

    proof = list(proof)
    result = walk(old, size, True)
    require(not proof, "proof length")
    return result


class Key:
    def __init__(self, text):
        self.name, key_id, encoded = text.split("+", 2)
        typed = base64.b64decode(encoded, validate=True)
        self.kind, self.public = typed[0], typed[1:]
        self.id = hashlib.sha256(self.name.encode() + b"\n" + typed).digest()[:4]
        require(self.id.hex() == key_id and len(self.public) == 32, "key id")


def verify_by_cryptography(public, message, signature):
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def verify_by_openssl(public, message, signature):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)
        (folder / "text").write_bytes(message)
        (folder / "signature").write_bytes(signature)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin",
                   "-inkey", folder / "key", "-in", folder / "text",
                   "-sigfile", folder / "signature"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def open_note(note, log, witnesses, verify):
    """Returns the text; the log and each of the witnesses must have signed. Other lines are ignored."""
    split = note.rindex(EMPTY_LINE)
    text, lines = note[: split + 1], note[split + 2:]
    require(lines.endswith(b"\n"), "last line feed")
    signed = set()
    for line in lines.decode().splitlines():
        require(line.startswith(DASH), "signature line")
        name, encoded = line[len(DASH):].split(" ")
        raw = base64.b64decode(encoded, validate=True)
        for key in (log, *witnesses):
            if (name, raw[:4]) != (key.name, key.id):
                continue
            message = text
            signature = raw[4:]
            if key is not log:
                seconds, signature = struct.unpack(">Q64s", signature)
                message = b"cosignature/v1\ntime %d\n" % seconds + text
            require(verify(key.public, message, signature), "signature")
            signed.add(key)
    require(signed == {log, *witnesses}, "a signature is missing")
    return text


def verify_receipt(receipt, log, witnesses, verify):
    split = receipt.index(EMPTY_LINE)
    head = receipt[:split].decode().split("\n")
    require(head[0] == "c2sp.org/tlog-proof@v1", "first line")
    require(head[1].startswith("extra ") and head[2].startswith("index "), "head")
    leaf = base64.b64decode(head[1][6:], validate=True)
    index = int(head[2][6:])
    proof = [base64.b64decode(line, validate=True) for line in head[3:]]
    text = open_note(receipt[split + 2:], log, witnesses, verify)
    origin, size, root, end = text.decode().split("\n")
    require(origin == log.name and end == "", "origin")
    root = base64.b64decode(root, validate=True)
    require(root_from_inclusion(index, int(size), hash_leaf(leaf), proof) == root, "root")
    return index, int(size), leaf, root


def is_refused(receipt, log, witness, verify):
    try:
        verify_receipt(receipt, log, [witness], verify)
    except (Refused, ValueError, struct.error):
        return True
    return False


def alterations(receipt):
    """One for each thing a receipt says; a checker that passes them would prove nothing."""
    lines = receipt.split(b"\n")
    yield receipt[:-1]
    yield receipt.replace(b"index 350\n", b"index 351\n")
    yield receipt.replace(b"\n700\n", b"\n701\n")
    yield b"\n".join(lines[:1] + [b"extra " + base64.b64encode(b"leaf 351")] + lines[2:])
    yield b"\n".join(lines[:3] + [lines[4], lines[3]] + lines[5:])
    yield b"\n".join(lines[:4] + lines[5:])
    for last in (-3, -2):
        name, encoded = lines[last].rsplit(b" ", 1)
        raw = bytearray(base64.b64decode(encoded))
        raw[20] ^= 1
        altered = name + b" " + base64.b64encode(raw)
        yield b"\n".join([altered if line == lines[last] else line for line in lines])


def check_receipts(folder, hashes, verify):
    keys = (folder / "keys").read_text().splitlines()
    log, witness = Key(keys[0]), Key(keys[1])
    count = 0
    for path in sorted(folder.glob("*.tlog-proof")):
        receipt = path.read_bytes()
        index, size, leaf, root = verify_receipt(receipt, log, [witness], verify)
        assert path.stem == f"{size}-{index}", path
        assert leaf == b"leaf %d" % index, path
        assert root == tree_root(hashes[:size]), path
        count += 1
    receipt = (folder / "700-350.tlog-proof").read_bytes()
    for wrong in alterations(receipt):
        assert wrong != receipt and is_refused(wrong, log, witness, verify), wrong
    return count


def check_consistency(folder, hashes):
    count = 0
    for line in (folder / "consistency").read_text().splitlines():
        old, size, *proof = line.split(" ")
        old, size = int(old), int(size)
        old_root, root = tree_root(hashes[:old]), tree_root(hashes[:size])
        proof = [bytes.fromhex(item) for item in proof]
        assert roots_from_consistency(old, size, old_root, proof) == (old_root, root), line
        count += 1
    return count


def main():
    backend, program = sys.argv[1:]
    verify = verify_by_openssl if backend == "openssl" else verify_by_cryptography
    if backend == "openssl" and shutil.which("openssl") is None:
        print("SKIPPED: the openssl command line is not installed", file=sys.stderr)
        return 77
    if backend == "cryptography":
        try:
            import cryptography  # noqa: F401
        except ImportError:
            print("SKIPPED: python3-cryptography is not installed", file=sys.stderr)
            return 77
    hashes = [hash_leaf(b"leaf %d" % i) for i in range(700)]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([program, name], check=True)
        receipts = check_receipts(folder, hashes, verify)
        proofs = check_consistency(folder, hashes)
    assert receipts >= 30 and proofs == 78, (receipts, proofs)
    print(f"{receipts} receipts and {proofs} consistency proofs verified with {backend}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
