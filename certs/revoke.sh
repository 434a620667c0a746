#!/bin/sh
# Revokes a certificate that make-dev-certificates.sh issued and renews the revocation list.
set -eu

usage="usage: revoke.sh OUT_DIR NAME   (NAME as in NAME.pem, such as police-sign)"
[ $# -eq 2 ] || { echo "$usage" >&2; exit 2; }

umask 077
profiles=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/openssl.cnf
MUSTER_OUT=$(CDPATH='' cd -- "$1" && pwd)
MUSTER_SAN=
export MUSTER_OUT MUSTER_SAN
if [ ! -s "$MUSTER_OUT/$2.pem" ]; then
    echo "revoke.sh: there is no $MUSTER_OUT/$2.pem" >&2
    exit 1
fi
said=$(openssl ca -config "$profiles" -revoke "$MUSTER_OUT/$2.pem" 2>&1) || {
    case $said in
    *"Already revoked"*) ;; # the list is renewed all the same
    *)
        echo "$said" >&2
        exit 1
        ;;
    esac
}
# In place only when complete: a gateway may read the list at any moment.
new=$MUSTER_OUT/ca.crl.new
said=$(openssl ca -config "$profiles" -gencrl -out "$new" 2>&1) || {
    echo "$said" >&2
    exit 1
}
mv "$new" "$MUSTER_OUT/ca.crl"
