/* What a seal_context holds: for the files of this folder that work with it. */
#ifndef MUSTER_SEAL_CONTEXT_H
#define MUSTER_SEAL_CONTEXT_H

#include <openssl/evp.h>

struct seal_context {
    EVP_CIPHER *gcm;
    EVP_CIPHER *block; /* AES-256, one block at a time, for the key wrap */
    EVP_CIPHER_CTX *cipher;
    EVP_MD_CTX *digest; /* set up for SHA-256: beginning again costs nothing then */
};

#endif
