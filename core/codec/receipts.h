/* Confirmed receipts as they travel, for reply.c. Internal to core/codec. */
#ifndef MUSTER_CODEC_RECEIPTS_H
#define MUSTER_CODEC_RECEIPTS_H

#include <muster/v1/exchange.pb-c.h>

#include <core/base/arena.h>
#include <core/codec/reply.h>

enum muster_status codec_receipts_take(const Muster__V1__ReceiptProofs *message,
                                       struct arena *arena, struct codec_receipt_proofs *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* Fills the initialised `out`, borrowing what `receipts` points at. */
enum muster_status codec_receipts_lend(const struct codec_receipt_proofs *receipts,
                                       struct arena *arena, Muster__V1__ReceiptProofs *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

#endif
