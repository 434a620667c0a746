#!/usr/bin/env bash
# A client that shares no code with ours, written from docs/wire.md alone, submits a record, checks its
# receipt and asks for a report; our own program believes the receipt it keeps. The document shows
# that very client.
. "$(dirname "$0")/lib.sh"
client=$root/tests/interop/client/submit.py
python=/usr/bin/python3 # Debian's own, which has Debian's protobuf and cryptography
need_tools "$python" protoc
"$python" -c 'import google.protobuf, cryptography' 2>/dev/null || {
    printf 'SKIPPED: python3-protobuf or python3-cryptography is missing\n'
    exit 77
}

make_world
start
submit_one() { # REFERRAL_ID
    run "$python" "$client" --gateway "$(cat "$world/address")" --certs "$world/certs" \
        --vkey "$world/log.vkey" --referral-id "$1" --receipt "$tmp/$1.tlog-proof"
}

submit_one interop-1
equal "the client submits" 0 "$status"
says "and is accepted" ACCEPTED
expect 0 "our verifier believes its receipt" "$bin/muster" receipt verify --vkey "$(cat "$world/log.vkey")" \
    "$tmp/interop-1.tlog-proof"
equal "the record is in the store" 1 "$(query 'select count(*) from submission')"
head -c 200 "$tmp/interop-1.tlog-proof" >"$tmp/cut.tlog-proof"
expect 1 "a receipt that was cut is refused" "$bin/muster" receipt verify --vkey "$(cat "$world/log.vkey")" \
    "$tmp/cut.tlog-proof"
submit_one interop-2
says "another record is accepted too" ACCEPTED
equal "and both are held" 2 "$(query 'select count(*) from submission')"

# The document and the program are one.
"$python" - "$root/docs/wire.md" "$client" <<'PY'
import sys
document, client = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
sys.exit(0 if client in document else 1)
PY
equal "docs/wire.md shows this client to the letter" 0 $?
finish
