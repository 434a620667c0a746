#!/usr/bin/env bash
# Receipts, cosignatures, consistency proofs and a whole exported log, checked by a Go program on Go's
# own packages for such logs (Debian's golang-golang-x-mod-dev): nothing of it is ours but check.go.
. "$(dirname "$0")/../../integration/lib.sh"
here=$root/tests/interop/go
packages=/usr/share/gocode
command -v go >/dev/null && [ -d "$packages/src/golang.org/x/mod/sumdb/tlog" ] || {
    printf 'SKIPPED: golang-go or golang-golang-x-mod-dev is not installed\n' >&2
    exit 77
}

# No network, no settings of whoever runs this. What was compiled is kept beside the build.
build_check() {
    env -i PATH="$PATH" HOME="$tmp" GOFLAGS= GO111MODULE=off GOPATH="$packages" GOPROXY=off CGO_ENABLED=0 \
        GOCACHE="$bin/../go-cache" GOTOOLCHAIN=local go build -o "$tmp/check" "$here/check.go"
}
expect 0 "the program builds with Debian's packages" build_check

mkdir "$tmp/samples"
expect 0 "samples are made" "$bin/tlog_samples" "$tmp/samples"
expect 0 "Go believes the samples, and nothing altered" "$tmp/check" samples "$tmp/samples"
says "all of them" '33 receipts with cosignatures, 78 consistency proofs verified'
cp -r "$tmp/samples" "$tmp/foreign"
sed -i '2s/+./+0/' "$tmp/foreign/keys"
expect 1 "a witness's key whose id does not fit is refused" "$tmp/check" samples "$tmp/foreign"

make_world
start
run submit police "$root/agents/sample/exports/police/referrals.csv"
run submit health "$root/agents/sample/exports/health"/*.csv
mkdir "$tmp/all"
for agency in police health; do
    run export_receipts $agency "$tmp/receipts"
    cp "$tmp/receipts"/*.tlog-proof "$tmp/all/"
done
expect 0 "the auditor exports the log" ask auditor log export "$tmp/tiles" --purpose audit
expect 0 "Go recomputes it from its entries and finds every receipt in it" \
    "$tmp/check" log "$tmp/tiles" "$world/log.vkey" "$tmp/all"
says "all of them" "entries come to the root; $(find "$tmp/all" -type f | wc -l) receipts are in it"

alter() { # FILE OFFSET : in a copy of the export
    rm -rf "$tmp/changed"
    cp -r "$tmp/tiles" "$tmp/changed"
    python3 - "$tmp/changed/$1" "$2" <<'PY'
import sys
path, at = sys.argv[1], int(sys.argv[2])
data = bytearray(open(path, "rb").read())
data[at] ^= 1
open(path, "wb").write(data)
PY
}
first_bundle=$(cd "$tmp/tiles" && find tile/entries -type f | sort | head -1)
first_tile=$(cd "$tmp/tiles" && find tile/0 -type f | sort | head -1)
for change in "$first_bundle 40" "$first_tile 40" "checkpoint 30" "checkpoint 140"; do
    alter ${change% *} "${change#* }"
    expect 1 "not after ${change% *} was changed" "$tmp/check" log "$tmp/changed" "$world/log.vkey" "$tmp/all"
done
one=$(find "$tmp/all" -name '*.tlog-proof' | head -1)
sed -i 's/^index .*/index 0/' "$one"
expect 1 "nor a receipt that points at another entry" "$tmp/check" log "$tmp/tiles" "$world/log.vkey" "$tmp/all"
finish
