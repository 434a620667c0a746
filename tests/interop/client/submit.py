#!/usr/bin/python3
"""A submission agent in one page: submits one referral, checks the receipt, asks for a report.

Everything it does is said in docs/wire.md. Needs python3-protobuf, python3-cryptography and protoc.
"""
import argparse, base64, hashlib, hmac, os, socket, ssl, struct, subprocess, sys, tempfile, time
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509 import load_pem_x509_certificate

source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
options = argparse.ArgumentParser(description=__doc__)
options.add_argument("--gateway", default="tls+tcp://127.0.0.1:17443")
options.add_argument("--certs", default=os.path.join(source, "build/demo/certs"))
options.add_argument("--vkey", default=os.path.join(source, "build/demo/log.vkey"), help="file")
options.add_argument("--agency", default="police")
options.add_argument("--referral-id", default="example-1")
options.add_argument("--receipt", help="file to write the receipt to")
given = options.parse_args()

with tempfile.TemporaryDirectory() as made:  # the messages, from the project's own schema
    names = ["muster/v1/records.proto", "muster/v1/exchange.proto", "muster/v1/log.proto"]
    subprocess.run(["protoc", "-I", os.path.join(source, "proto"), "--python_out", made] + names, check=True)
    sys.path.insert(0, made)
    from muster.v1 import exchange_pb2, log_pb2, records_pb2


def read(name):
    with open(os.path.join(given.certs, name), "rb") as file:
        return file.read()


def uuid7():
    number = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10), "big")
    number = number & ~(0xF << 76) | 7 << 76
    return (number & ~(3 << 62) | 2 << 62).to_bytes(16, "big")


# --- the record, its header, the signed batch ---
payload = records_pb2.Record(referrals=records_pb2.Referral(
    referral_id=given.referral_id, child_id="C-1", nhs_number="9434765919",
    referral_at=1767607200000,  # 2026-01-05T10:00:00Z
    source_code="6", request_kind="safeguarding", route="marf")).SerializeToString()
salt = os.urandom(32)
commitment = hmac.digest(salt, b"muster/commit/v1\0" + payload, "sha256")
header = exchange_pb2.Header(submission_id=uuid7(), kind=1, version=1, commitment=commitment)
manifest = exchange_pb2.Manifest(agency=given.agency, batch_id=uuid7(),
                                 created_at=int(time.time() * 1000), headers=[header]).SerializeToString()
key = serialization.load_pem_private_key(read(given.agency + "-sign.key"), None)
certificate = load_pem_x509_certificate(read(given.agency + "-sign.pem"))
batch = exchange_pb2.Batch(
    manifest=manifest, certificate=certificate.public_bytes(serialization.Encoding.DER),
    signature=key.sign(b"muster/batch/v1\0" + manifest, ec.ECDSA(hashes.SHA256())),
    items=[exchange_pb2.Item(salt=salt, payload=payload)])

# --- the connection: TLS 1.3 with both certificates, then the SP greeting ---
host, port = given.gateway.removeprefix("tls+tcp://").rsplit(":", 1)
context = ssl.create_default_context(cafile=os.path.join(given.certs, "ca.pem"))
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.load_cert_chain(*(os.path.join(given.certs, given.agency + "-tls." + end) for end in ("pem", "key")))
line = context.wrap_socket(socket.create_connection((host, int(port)), 10), server_hostname=host)


def receive(length):
    data = b""
    while len(data) < length:
        more = line.recv(length - len(data))
        if not more:
            sys.exit("the gateway closed the connection: does it know our certificate?")
        data += more
    return data


def call(number, **request):
    body = exchange_pb2.Request(protocol=1, **request).SerializeToString()
    line.sendall(struct.pack(">QI", 4 + len(body), 0x80000000 | number) + body)
    length, word = struct.unpack(">QI", receive(12))
    assert 4 <= length <= 4 + 1024 * 1024 and word == 0x80000000 | number
    reply = exchange_pb2.Reply.FromString(receive(length - 4))
    if reply.HasField("failure"):
        sys.exit(f"{reply.failure.code}: {reply.failure.message}")
    return reply


assert receive(8) == b"\0SP\0\0\x31\0\0"  # only now is it certain that the gateway took our certificate
line.sendall(b"\0SP\0\0\x30\0\0")
reply = call(1, batch=batch).batch
outcome, note = reply.outcomes[0], reply.checkpoint
print(exchange_pb2.Outcome.Result.Name(outcome.result), "version held", outcome.version_held)
for finding in outcome.findings:
    print(" ", finding.code, finding.column, finding.message)

# --- the receipt: the log's signature, the entry's place in the log, and that it is our entry ---
text, signatures = note.split("\n\n")
origin, size, root = text.split("\n")
with open(given.vkey) as file:
    name, key_id, public = file.read().strip().split("+", 2)
signed = [base64.b64decode(at.split(" ")[2]) for at in signatures.splitlines() if at.startswith("\u2014 " + name + " ")]
signature = [at[4:] for at in signed if at[:4].hex() == key_id][0]
ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(public)[1:]).verify(signature, (text + "\n").encode())
assert origin == name
index, last, found = outcome.leaf_index, int(size) - 1, hashlib.sha256(b"\0" + outcome.leaf).digest()
assert index <= last
for other in outcome.proof:
    assert last > 0
    if index & 1 or index == last:
        found = hashlib.sha256(b"\1" + other + found).digest()
        while index and not index & 1:
            index, last = index >> 1, last >> 1
    else:
        found = hashlib.sha256(b"\1" + found + other).digest()
    index, last = index >> 1, last >> 1
assert last == 0 and found == base64.b64decode(root)
leaf = log_pb2.Leaf.FromString(outcome.leaf)
assert (leaf.org, leaf.event_id, leaf.record_kind, leaf.version) == (given.agency, outcome.submission_id, 1, 1)
if outcome.result != exchange_pb2.Outcome.DUPLICATE:  # a duplicate's entry commits under the first one's salt
    assert leaf.event_id == header.submission_id and leaf.commitment == commitment
print(f"{leaf.kind} stands at {outcome.leaf_index} in a log of {size}: verified")
if given.receipt:
    with open(given.receipt, "w") as file:
        lines = ["extra " + base64.b64encode(outcome.leaf).decode(), f"index {outcome.leaf_index}"]
        lines += [base64.b64encode(other).decode() for other in outcome.proof]
        file.write("\n".join(["c2sp.org/tlog-proof@v1"] + lines) + "\n\n" + note)

# --- a report: the agency's own row ---
query = exchange_pb2.Query(report="contribution", cycle=1)
table = call(2, query=query).table
for row in table.rows:
    print(" ".join(f"{column.name}={cell}" for column, cell in zip(table.columns, row.cells)))
