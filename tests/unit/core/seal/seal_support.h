/* What the tests of core/seal share: bytes from hex, a folder of their own, other programs. */
#ifndef MUSTER_TESTS_SEAL_SUPPORT_H
#define MUSTER_TESTS_SEAL_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <muster/bytes.h>
#include <muster/status.h>
#include <muster/time.h>

#define SUPPORT_PATH_BYTES 512

/* Exactly `len` bytes. */
void from_hex(const char *hex, uint8_t *out, size_t len);
/* first, first + 1, ... */
void count_up(uint8_t *out, size_t len, uint8_t first);
/* Compares with hex digits. */
void assert_hex(const void *bytes, size_t len, const char *hex);

/* A new folder; remove_folder removes it with all it holds. */
void make_folder(char out[SUPPORT_PATH_BYTES]);
void remove_folder(const char *folder);
/* "folder/name" */
void join(char out[SUPPORT_PATH_BYTES], const char *folder, const char *name);
void write_text(const char *path, const void *bytes, size_t len, unsigned mode);

/* Runs a program, arguments ended by NULL, with its output thrown away; returns its exit status. */
int run(const char *program, ...);

/* The DER form of a PEM certificate, by the openssl command line. Returns its length. */
size_t der_of(const char *pem_path, uint8_t *out, size_t size);

/* A development authority made by the scripts in certs/. */
void make_certificates(const char *folder);

#endif
