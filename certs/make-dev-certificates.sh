#!/bin/sh
# Makes a development authority and the certificates of a gateway, four agencies and four bodies.
# Run again it adds what is missing or expires within 30 days and leaves the rest alone.
set -eu

usage="usage: make-dev-certificates.sh OUT_DIR   (development only: see certs/README.md)"
[ $# -eq 1 ] || { echo "$usage" >&2; exit 2; }
case $1 in
-h | --help) echo "$usage"; exit 0 ;;
-*) echo "$usage" >&2; exit 2 ;;
esac

umask 077
profiles=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/openssl.cnf
mkdir -p -- "$1"
MUSTER_OUT=$(CDPATH='' cd -- "$1" && pwd)
MUSTER_SAN=
export MUSTER_OUT MUSTER_SAN
organisation="Muster development, not for production"
work=$MUSTER_OUT/ca-records/work
month=2592000 # 30 days, in seconds

# openssl talks on stderr even when all is well: it is shown only when the command fails.
quiet() {
    if ! "$@" >"$work/said" 2>&1; then
        cat "$work/said" >&2
        echo "make-dev-certificates.sh: failed: $1 $2" >&2
        exit 1
    fi
}

current() { # PEM: is there and lasts another 30 days
    [ -s "$1" ] && openssl x509 -in "$1" -noout -checkend "$month" >/dev/null 2>&1
}

new_key() { # FILE
    quiet openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"
    chmod 600 "$1"
}

make_authority() {
    if [ -s "$MUSTER_OUT/ca.key" ] && current "$MUSTER_OUT/ca.pem"; then
        return
    fi
    # What another authority issued is worth nothing under this one.
    rm -rf "$MUSTER_OUT/ca-records" "$MUSTER_OUT"/*-tls.pem "$MUSTER_OUT"/*-sign.pem \
        "$MUSTER_OUT/ca.crl"
    mkdir -p "$work" "$MUSTER_OUT/ca-records/issued"
    : >"$MUSTER_OUT/ca-records/index.txt"
    # A random start, so that two authorities of the same name are told apart by serial numbers.
    printf '4%s\n' "$(openssl rand -hex 15)1" >"$MUSTER_OUT/ca-records/serial"
    echo 01 >"$MUSTER_OUT/ca-records/crlnumber"
    new_key "$MUSTER_OUT/ca.key"
    quiet openssl req -new -x509 -config "$profiles" -extensions authority -days 3650 \
        -key "$MUSTER_OUT/ca.key" -subj "/O=$organisation/CN=Muster development authority" \
        -out "$work/new.pem"
    mv "$work/new.pem" "$MUSTER_OUT/ca.pem"
}

issue() { # NAME PROFILE "COMMON NAME" SAN
    if [ -s "$MUSTER_OUT/$1.key" ] && current "$MUSTER_OUT/$1.pem"; then
        return
    fi
    MUSTER_SAN=$4
    new_key "$work/new.key"
    quiet openssl req -new -config "$profiles" -key "$work/new.key" \
        -subj "/O=$organisation/CN=$3" -out "$work/new.csr"
    quiet openssl ca -batch -notext -config "$profiles" -extensions "$2" \
        -in "$work/new.csr" -out "$work/new.pem"
    rm -f "$MUSTER_OUT/$1.pem" # a run cut short leaves no pair that does not match
    mv "$work/new.key" "$MUSTER_OUT/$1.key"
    mv "$work/new.pem" "$MUSTER_OUT/$1.pem"
}

make_authority
mkdir -p "$work"
issue gateway-tls server "Muster development gateway" "DNS:localhost,IP:127.0.0.1"
for who in police health school council; do
    agency="URI:urn:muster:agency:$who"
    issue "$who-tls" client "$who development agent" "$agency,URI:urn:muster:role:submitter"
    issue "$who-sign" signing "$who development signer" "$agency"
done
for body in "lscb LSCB" "board Board" "auditor Auditor" "operator Operator"; do
    who=${body%% *}
    issue "$who-tls" client "${body#* } development client" "URI:urn:muster:role:$who"
done
issue lscb-sign signing "LSCB development signer" "URI:urn:muster:role:lscb"
if [ ! -s "$MUSTER_OUT/ca.crl" ]; then
    MUSTER_SAN=
    quiet openssl ca -config "$profiles" -gencrl -out "$work/new.crl"
    mv "$work/new.crl" "$MUSTER_OUT/ca.crl"
fi
rm -rf "$work"
