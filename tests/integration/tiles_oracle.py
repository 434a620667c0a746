#!/usr/bin/env python3
"""Recomputes an exported log (C2SP tlog-tiles) from its entries alone and compares.

usage: tiles_oracle.py FOLDER [--hashes]

Reads tile/entries as the checkpoint's size says, hashes every entry, builds every tile of every
level from these hashes, compares each with the file it must stand in, and the root with the
checkpoint's. There may be no other file. With --hashes there are no entries: level 0 is taken as it
is. Prints size and root in hex. Shares no code with Muster.
"""
import base64
import hashlib
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
hashes_only = "--hashes" in sys.argv[2:]
expected = {"checkpoint"}


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(nodes):
    """RFC 6962: the left part is the largest power of two below the size."""
    if len(nodes) == 1:
        return nodes[0]
    split = 1 << (len(nodes) - 1).bit_length() - 1
    return node(root_of(nodes[:split]), root_of(nodes[split:]))


def read(level, n, width):
    name = "".join(f"x{part:03d}/" for part in ([n // 1000] if n >= 1000 else [])) + f"{n % 1000:03d}"
    path = f"tile/{level}/{name}" + (f".p/{width}" if width < 256 else "")
    expected.add(path)
    return (folder / path).read_bytes()


def read_entries(n, width):
    data, found = read("entries", n, width), []
    while data:
        length = int.from_bytes(data[:2], "big")
        found.append(data[2:2 + length])
        assert len(found[-1]) == length, "an entry is cut short"
        data = data[2 + length:]
    assert len(found) == width, "a bundle has another number of entries"
    return found


def widths(count):
    return [(n, min(256, count - 256 * n)) for n in range((count + 255) // 256)]


origin, size, root = (folder / "checkpoint").read_text(encoding="utf-8").split("\n")[:3]
size = int(size)
if hashes_only:
    tiles = b"".join(read("0", n, width) for n, width in widths(size))
    leaves = [tiles[at:at + 32] for at in range(0, len(tiles), 32)]
else:
    leaves = [hashlib.sha256(b"\x00" + entry).digest()
              for n, width in widths(size) for entry in read_entries(n, width)]
assert len(leaves) == size
level, nodes = 0, leaves
while nodes:
    for n, width in widths(len(nodes)):
        assert read(level, n, width) == b"".join(nodes[256 * n:256 * n + width]), f"tile {level}/{n}"
    nodes = [root_of(nodes[256 * n:256 * n + 256]) for n in range(len(nodes) // 256)]
    level += 1
assert root_of(leaves) == base64.b64decode(root), "the root is not the checkpoint's"
found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
assert found == expected, f"other files: {sorted(found ^ expected)}"
print(size, root_of(leaves).hex())
