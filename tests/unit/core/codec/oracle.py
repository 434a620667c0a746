"""The independent implementation that core/codec is compared with: Python's protobuf.

oracle.py SET check FILE   each line of FILE is "Message hex [dump]": the bytes must be what Python
                           writes for them too, and a Record's dump what Python reads
oracle.py SET make FILE SEED COUNT   writes such lines: random messages, Records in random order of
                           fields

SET is a FileDescriptorSet of the .proto files. Exits 77 where python3-protobuf is not installed.
"""
import random
import sys

try:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
except ImportError:
    sys.exit(77)

LEVELS = ["notice", "query", "error", "refusal"]
DATES = (-719162, 2932896)
INSTANTS = (-62135596800000, 253402300799999)
SHORT = {"family_name", "given_name", "theme", "owner_role", "signed_off_role", "referrer_role",
         "referrer_contact"}


def load(path):
    with open(path, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return lambda name: factory.GetPrototype(pool.FindMessageTypeByName("muster.v1." + name))


def text_hex(text):
    return text.encode("utf-8").hex()


def dump_field(field, value):
    if field.label == field.LABEL_REPEATED:
        return "".join(text_hex(item) + ";" for item in value)
    if field.type == field.TYPE_STRING:
        return text_hex(value)
    if field.type == field.TYPE_BOOL:
        return "yes" if value else "no"
    return str(value)


def dump_record(record):
    parts = []
    body = None
    if record.HasField("withdrawn_reason"):
        parts.append("withdrawn_reason=" + text_hex(record.withdrawn_reason))
    for finding in record.findings:
        parts.append("finding=%s,%s,%s,%s" % (text_hex(finding.code), text_hex(finding.column),
                                              LEVELS[finding.level], text_hex(finding.message)))
    for field, value in record.ListFields():
        if field.number >= 10:
            body = field.name
            parts += ["%s=%s" % (f.name, dump_field(f, v)) for f, v in value.ListFields()]
    return "|".join([body] + parts)


def check(messages, path):
    count = 0
    with open(path) as file:
        for line in file:
            name, encoded, dump = line.rstrip("\n").split(" ")
            message = messages(name).FromString(bytes.fromhex(encoded))
            if message.SerializeToString(deterministic=True).hex() != encoded:
                sys.exit("%s: Python writes other bytes than\n%s" % (name, encoded))
            if name == "Record" and dump_record(message) != dump:
                sys.exit("Record: Python reads\n%s\nnot\n%s" % (dump_record(message), dump))
            count += 1
    print("%d messages agree" % count)


def random_text(dice, most):
    return "".join(dice.choice("aZ ~;\x01\u00e9\u07ff\u0800\uffff\U00010000\U0010fffd")
                   for _ in range(dice.randint(1, most // 4)))


def random_proof(dice):
    return [dice.randbytes(32) for _ in range(dice.randint(0, 64))]


def random_value(dice, field):
    if field.type == field.TYPE_STRING:
        return random_text(dice, 256 if field.name in SHORT else 64)
    if field.type == field.TYPE_BOOL:
        return dice.random() < 0.5
    if field.type == field.TYPE_SINT32:
        return dice.choice([DATES[0], DATES[1], 0, -1, dice.randint(*DATES)])
    if field.name in ("cases", "eligible", "trained"):
        return dice.choice([0, 10**9, dice.randint(0, 10**9)])
    return dice.choice([INSTANTS[0], INSTANTS[1], 0, -1, dice.randint(*INSTANTS)])


def fill(dice, message):
    for field in message.DESCRIPTOR.fields:
        if dice.random() < 0.4:
            continue
        if field.label == field.LABEL_REPEATED:
            getattr(message, field.name).extend(
                random_value(dice, field) for _ in range(dice.randint(1, 9)))
        else:
            setattr(message, field.name, random_value(dice, field))


def shuffled(dice, message):
    """The same message with its fields in another order: as good on the wire."""
    parts = []
    for field, value in message.ListFields():
        part = type(message)()
        if field.label == field.LABEL_REPEATED:
            getattr(part, field.name).extend(value)
        elif field.type == field.TYPE_MESSAGE:
            getattr(part, field.name).CopyFrom(value)
            getattr(part, field.name).SetInParent()
        else:
            setattr(part, field.name, value)
        parts.append(part.SerializeToString())
    dice.shuffle(parts)
    return b"".join(parts)


def make_record(dice, messages):
    record = messages("Record")()
    if dice.random() < 0.3:
        record.withdrawn_reason = random_text(dice, 300)
    for _ in range(dice.randint(0, 3)):
        finding = record.findings.add(code=random_text(dice, 64), message=random_text(dice, 512),
                                      level=dice.randint(0, 3))
        if dice.random() < 0.5:
            finding.column = random_text(dice, 40)
    bodies = [field for field in record.DESCRIPTOR.fields if field.number >= 10]
    body = getattr(record, dice.choice(bodies).name)
    body.SetInParent()
    fill(dice, body)
    return record


def make_manifest(dice, messages, count):
    manifest = messages("Manifest")(agency=random_text(dice, 64), batch_id=dice.randbytes(16),
                                    created_at=dice.randint(*INSTANTS))
    if count == 0 or dice.random() < 0.2:
        manifest.witness_key = random_text(dice, 384)
    for _ in range(count):
        header = manifest.headers.add(submission_id=dice.randbytes(16), kind=dice.randint(1, 14),
                                      version=dice.randint(1, 1000000),
                                      commitment=dice.randbytes(32))
        if dice.random() < 0.3:
            header.withdrawn = True
    return manifest


def make_request(dice, messages):
    request = messages("Request")(protocol=1)
    if dice.random() < 0.5:
        request.log_size = dice.randint(1, 2**63 - 1)
    choice = dice.randint(0, 7)
    if choice == 7:
        request.enrol.agency = random_text(dice, 64)
        request.enrol.fingerprint = dice.randbytes(32)
        request.enrol.reference = random_text(dice, 64)
        if dice.random() < 0.5:
            request.enrol.revoke = True
    elif choice == 6:
        request.receipt_read.indexes.extend(dice.randint(0, 2**64 - 1)
                                            for _ in range(dice.randint(1, 256)))
    elif choice == 0:
        request.heartbeat.SetInParent()
        if dice.random() < 0.5:
            request.heartbeat.cosigned_size = dice.randint(1, 2**63 - 1)
            request.heartbeat.cosignature = random_text(dice, 384)
        if dice.random() < 0.5:
            request.heartbeat.evidence = random_text(dice, 900)
    elif choice == 1:
        query = request.query
        query.report = random_text(dice, 64)
        query.purpose = random_text(dice, 256)
        query.types.extend(random_text(dice, 64) for _ in range(dice.randint(0, 16)))
        days = sorted(dice.randint(*DATES) for _ in range(2))
        setattr(query, "from", days[0])
        query.to = days[1]
        query.log_size = dice.randint(0, 2**64 - 1)
    elif choice == 2:
        request.log_read.count = dice.randint(1, 512)
        if dice.random() < 0.5:
            setattr(request.log_read, "from", dice.randint(0, 2**64 - 1))
        if dice.random() < 0.5:
            request.log_read.leaves = True
            request.log_read.purpose = random_text(dice, 256)
            request.log_read.reference = random_text(dice, 64)
    elif choice == 3:
        request.mailbox.SetInParent()
        request.mailbox.acknowledged.extend(dice.randbytes(16)
                                            for _ in range(dice.randint(0, 256)))
        if dice.random() < 0.5:
            request.mailbox.owner = random_text(dice, 64)
            request.mailbox.count = dice.randint(1, 64)
        if dice.random() < 0.5:
            request.mailbox.after = dice.randint(0, 2**64 - 1)
    else:
        count = dice.randint(0, 20)
        batch = request.batch
        batch.manifest = make_manifest(dice, messages, count).SerializeToString()
        batch.certificate = dice.randbytes(dice.randint(1, 900))
        batch.signature = dice.randbytes(dice.randint(1, 72))
        for _ in range(count):
            batch.items.add(salt=dice.randbytes(32), payload=dice.randbytes(dice.randint(1, 400)))
    return request


def make_outcome(dice, outcome):
    outcome.submission_id = dice.randbytes(16)
    outcome.result = dice.randint(1, 4)
    outcome.version_held = dice.randint(1, 1000000)
    outcome.leaf = dice.randbytes(dice.randint(1, 300))
    outcome.leaf_index = dice.randint(0, 2**64 - 1)
    outcome.proof.extend(random_proof(dice))
    for _ in range(dice.randint(1, 3)):
        outcome.findings.add(code=random_text(dice, 64), message=random_text(dice, 512),
                             level=dice.randint(0, 3), column=random_text(dice, 64))


def make_table(dice, table):
    width = dice.randint(1, 64)
    table.report = random_text(dice, 64)
    table.log_size = dice.randint(0, 2**64 - 1)
    table.checkpoint = random_text(dice, 900)
    table.notes.extend(random_text(dice, 1024) for _ in range(dice.randint(0, 4)))
    for _ in range(width):
        table.columns.add(name=random_text(dice, 64), kind=dice.randint(1, 3))
    for _ in range(dice.randint(0, 30)):
        table.rows.add(cells=[random_text(dice, 64) if dice.random() < 0.8 else ""
                              for _ in range(width)])


def make_receipts(dice, receipts):
    receipts.checkpoint = random_text(dice, 900)
    for _ in range(dice.randint(1, 16)):
        receipts.checkpoints.add(
            note=random_text(dice, 2000), to_newest=random_proof(dice),
            witnesses=[random_text(dice, 384) for _ in range(dice.randint(0, 63))])
    for _ in range(dice.randint(1, 9)):
        receipts.proofs.add(checkpoint=dice.randint(0, len(receipts.checkpoints) - 1),
                            hashes=random_proof(dice))


def make_reply(dice, messages):
    reply = messages("Reply")(protocol=1)
    if dice.random() < 0.5:
        reply.consistency.extend(random_proof(dice))
        reply.backed_up = dice.randint(0, 2**64 - 1)
    choice = dice.randint(0, 7)
    if choice == 7:
        reply.enrol.leaf_index = dice.randint(0, 2**63 - 1)
        reply.enrol.checkpoint = random_text(dice, 900)
    elif choice == 6:
        make_receipts(dice, reply.receipts)
    elif choice == 0:
        reply.failure.code = random_text(dice, 64)
        reply.failure.message = random_text(dice, 512)
        reply.failure.retry = True
    elif choice == 1:
        reply.heartbeat.gateway = random_text(dice, 256)
        reply.heartbeat.now = dice.randint(*INSTANTS)
        if dice.random() < 0.5:
            reply.heartbeat.checkpoint = random_text(dice, 900)
            reply.heartbeat.offer.checkpoint = random_text(dice, 900)
            reply.heartbeat.offer.from_cosigned.extend(random_proof(dice))
            reply.heartbeat.offer.to_newest.extend(random_proof(dice))
    elif choice == 2:
        make_table(dice, reply.table)
    elif choice == 3:
        reply.mailbox.checkpoint = random_text(dice, 900)
        for _ in range(dice.randint(0, 64)):
            reply.mailbox.messages.add(id=dice.randbytes(16), kind=random_text(dice, 64),
                                       created_at=dice.randint(*INSTANTS),
                                       leaf_index=dice.randint(0, 2**63 - 1),
                                       body=dice.randbytes(dice.randint(1, 900)))
            if dice.random() < 0.3:
                reply.mailbox.messages[-1].acknowledged = True
        if dice.random() < 0.5:
            reply.mailbox.waiting = dice.randint(1, 2**32 - 1)
    elif choice == 4:
        setattr(reply.log_entries, "from", dice.randint(0, 2**62))
        reply.log_entries.checkpoint = random_text(dice, 900)
        if dice.random() < 0.5:
            reply.log_entries.hashes.extend(dice.randbytes(32) for _ in range(dice.randint(1, 900)))
        else:
            reply.log_entries.leaves.extend(dice.randbytes(dice.randint(1, 300))
                                            for _ in range(dice.randint(1, 90)))
    else:
        reply.batch.checkpoint = random_text(dice, 900)
        for _ in range(dice.randint(0, 9)):
            make_outcome(dice, reply.batch.outcomes.add())
    return reply


def make_leaf(dice, messages):
    leaf = messages("Leaf")(v=1, kind=random_text(dice, 64), event_id=dice.randbytes(16),
                            logged_at=dice.randint(*INSTANTS), outcome=dice.choice([0, 4, 8]))
    for name in ("org", "actor", "role", "action", "reason", "purpose", "bucket", "subject",
                 "software", "recipient"):
        if dice.random() < 0.5:
            setattr(leaf, name, random_text(dice, 64))
    for name in ("commitment", "sealed", "batch", "root"):
        if dice.random() < 0.5:
            setattr(leaf, name, dice.randbytes(32))
    if dice.random() < 0.5:
        leaf.record_kind = dice.randint(1, 14)
        leaf.version = dice.randint(1, 1000000)
        leaf.withdrawn = True
        leaf.log_size = dice.randint(0, 2**64 - 1)
        leaf.count = dice.randint(1, 2**64 - 1)
    return leaf


def make(messages, path, seed, count):
    dice = random.Random(seed)
    with open(path, "w") as file:
        for _ in range(count):
            record = make_record(dice, messages)
            file.write("Record %s %s\n" % (shuffled(dice, record).hex(), dump_record(record)))
            for name, maker in (("Request", make_request), ("Reply", make_reply),
                                ("Leaf", make_leaf)):
                encoded = maker(dice, messages).SerializeToString(deterministic=True)
                file.write("%s %s -\n" % (name, encoded.hex()))


def main():
    messages = load(sys.argv[1])
    if sys.argv[2] == "check":
        check(messages, sys.argv[3])
    else:
        make(messages, sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))


main()
