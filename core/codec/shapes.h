/* The messages of exchange.proto and log.proto with the limits of every field, for codec_check. The
 * tables stand in the order of the fields' numbers; a test compares them with the .proto files.
 * Internal to core/codec. */
#ifndef MUSTER_CODEC_SHAPES_H
#define MUSTER_CODEC_SHAPES_H

#include <core/codec/message.h>

extern const struct codec_shape codec_request_shape;
extern const struct codec_shape codec_manifest_shape;
extern const struct codec_shape codec_reply_shape;
extern const struct codec_shape codec_leaf_shape;
extern const struct codec_shape codec_message_body_shape;

#endif
