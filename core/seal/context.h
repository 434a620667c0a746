/* What a seal_context holds: for the files of this folder that work with it. */
#ifndef MUSTER_SEAL_CONTEXT_H
#define MUSTER_SEAL_CONTEXT_H

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "core/seal/primitives.h"

struct seal_context {
    EVP_CIPHER *gcm;
    EVP_CIPHER *block; /* AES-256, one block at a time, for the key wrap */
    EVP_CIPHER_CTX *cipher;
    SHA256_CTX digest;
    struct seal_mac_key no_salt; /* of an empty or zero key: no secret */
};

#endif
