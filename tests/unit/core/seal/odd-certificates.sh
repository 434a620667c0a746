#!/bin/sh
# Makes the certificates that the tests of core/seal expect to be refused (and two good ones of other
# profiles) under a development authority: odd-certificates.sh CERTS_DIR AUTHORITY_DIR OUT_DIR
set -eu
umask 077
certs=$1
authority=$2
out=$3
MUSTER_SAN=
MUSTER_OUT=$authority
export MUSTER_SAN MUSTER_OUT
mkdir -p "$out"
subject="/O=Muster test/CN=odd"
days=30

sign() { # NAME AUTHORITY-DIR EXTENSIONS: needs NAME.key
    openssl req -new -config "$certs/openssl.cnf" -key "$out/$1.key" -subj "$subject" \
        -out "$out/$1.csr"
    printf '%b' "$3" >"$out/$1.ext"
    openssl x509 -req -sha256 -days "$days" -in "$out/$1.csr" -CA "$2/ca.pem" -CAkey "$2/ca.key" \
        -set_serial "0x$(openssl rand -hex 15)" -extfile "$out/$1.ext" -out "$out/$1.pem"
}

ec_key() { # NAME CURVE
    openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$out/$1.key"
}

leaf() { # NAME EXTENSIONS
    ec_key "$1" P-256
    sign "$1" "$authority" "$2"
}

root() { # DIR DAYS COMMON-NAME: an authority of its own
    mkdir -p "$1/ca-records/issued"
    : >"$1/ca-records/index.txt"
    echo 01 >"$1/ca-records/serial"
    echo 01 >"$1/ca-records/crlnumber"
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/ca.key"
    openssl req -new -x509 -config "$certs/openssl.cnf" -extensions authority -days "$2" \
        -key "$1/ca.key" -subj "$3" -out "$1/ca.pem"
}

ca="basicConstraints=critical,CA:false\n"
ku="keyUsage=critical,digitalSignature,nonRepudiation\n"
documents="extendedKeyUsage=1.3.6.1.5.5.7.3.36\n"
san="subjectAltName=URI:urn:muster:agency:odd\n"

leaf documents "$ca$ku$documents$san"
leaf email "$ca$ku$san""extendedKeyUsage=emailProtection\n"
leaf both "$ca$ku$san""extendedKeyUsage=emailProtection,1.3.6.1.5.5.7.3.36\n"
leaf no-purpose "$ca$ku$san"
leaf any-purpose "$ca$ku$san""extendedKeyUsage=1.3.6.1.5.5.7.3.36,anyExtendedKeyUsage\n"
leaf and-client "$ca$ku$san""extendedKeyUsage=1.3.6.1.5.5.7.3.36,clientAuth\n"
leaf and-server "$ca$ku$san""extendedKeyUsage=emailProtection,serverAuth\n"
leaf no-usage "$ca$documents$san"
leaf no-repudiation "$ca$documents$san""keyUsage=critical,digitalSignature\n"
leaf no-signature "$ca$documents$san""keyUsage=critical,nonRepudiation\n"
leaf authority-too "basicConstraints=critical,CA:true\n$documents$san""keyUsage=critical,digitalSignature,nonRepudiation,keyCertSign\n"
leaf two-agencies "$ca$ku$documents""subjectAltName=URI:urn:muster:agency:a,URI:urn:muster:agency:b,URI:http://x.example,DNS:urn.example\n"
leaf no-names "$ca$ku$documents"
leaf long-name "$ca$ku$documents""subjectAltName=URI:urn:muster:agency:$(printf '%090d' 0)\n"

# Valid for ten days that lie well within its authority's.
ec_key dated P-256
openssl req -new -config "$certs/openssl.cnf" -key "$out/dated.key" -subj "$subject" \
    -out "$out/dated.csr"
MUSTER_SAN=URI:urn:muster:agency:odd openssl ca -batch -notext -config "$certs/openssl.cnf" \
    -extensions signing -startdate "$(date -u -d '+2 days' +%Y%m%d%H%M%SZ)" \
    -enddate "$(date -u -d '+12 days' +%Y%m%d%H%M%SZ)" -in "$out/dated.csr" -out "$out/dated.pem"

ec_key p384 P-384
sign p384 "$authority" "$ca$ku$documents$san"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$out/rsa.key"
sign rsa "$authority" "$ca$ku$documents$san"
openssl genpkey -algorithm ED25519 -out "$out/ed25519.key"
sign ed25519 "$authority" "$ca$ku$documents$san"

subject=$(printf '/CN=bad\nline')
leaf control "$ca$ku$documents$san"
subject="/O=Muster test/CN=odd"

ec_key self-signed P-256
printf '%b' "$ca$ku$documents$san" >"$out/self-signed.ext"
openssl req -new -config "$certs/openssl.cnf" -key "$out/self-signed.key" -subj "$subject" \
    -out "$out/self-signed.csr"
openssl x509 -req -days 30 -in "$out/self-signed.csr" -signkey "$out/self-signed.key" \
    -extfile "$out/self-signed.ext" -out "$out/self-signed.pem"

# Another authority that bears the same name.
root "$out/twin" 30 "/O=Muster development, not for production/CN=Muster development authority"
ec_key twin-leaf P-256
sign twin-leaf "$out/twin" "$ca$ku$documents$san"

# An authority that ends before what it issued.
root "$out/short" 1 "/CN=Short-lived authority"
ec_key short-leaf P-256
sign short-leaf "$out/short" "$ca$ku$documents$san"

# An intermediate authority, known to the development authority's records, with a list of its own.
mkdir -p "$out/middle/ca-records/issued"
: >"$out/middle/ca-records/index.txt"
echo 01 >"$out/middle/ca-records/serial"
echo 01 >"$out/middle/ca-records/crlnumber"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$out/middle/ca.key"
openssl req -new -config "$certs/openssl.cnf" -key "$out/middle/ca.key" \
    -subj "/O=Muster test/CN=Intermediate authority" -out "$out/middle/ca.csr"
openssl ca -batch -notext -config "$certs/openssl.cnf" -extensions authority \
    -in "$out/middle/ca.csr" -out "$out/middle/ca.pem"
ec_key middle-leaf P-256
sign middle-leaf "$out/middle" "$ca$ku$documents$san"
MUSTER_OUT=$out/middle openssl ca -config "$certs/openssl.cnf" -gencrl -out "$out/middle/ca.crl"
cat "$authority/ca.pem" "$out/middle/ca.pem" >"$out/chain.pem"
cat "$authority/ca.crl" "$out/middle/ca.crl" >"$out/chain.crl"

# A list that is out of date in a day.
openssl ca -config "$certs/openssl.cnf" -gencrl -crldays 1 -out "$out/short.crl"

openssl pkey -in "$out/documents.key" -aes256 -passout pass:secret -out "$out/encrypted.key"
