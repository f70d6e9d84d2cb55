/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LAYER_RECORD_H
#define IMAGE_LAYER_RECORD_H

/*
 * layer_record.h - what the confined worker may say about a layer, and nothing
 * else. The worker is taken for hostile: it reads strangers' archives with a
 * library. Frame: u32 body length, u8 type, body; big-endian.
 *
 *   ENTRY    u8 kind, u32 mode, u32 uid, u32 gid, u64 mtime, u64 size,
 *            u16 n + path, u16 n + link target, u8 xattrs left out,
 *            u8 count of { u8 n + key, u32 n + value }
 *   DATA     u64 offset, bytes of the last entry; offsets ascend, holes are zeros
 *   END      32 bytes SHA-256 of the tar stream (zeros when it was not asked for), u64 its length
 *   REFUSED  u8 enum cloister_err, a sentence
 */

#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/wr.h"
#include "crypto/hash.h"

#define RECORD_HEAD 5u
#define RECORD_DATA_MAX (64u << 10)
#define RECORD_MAX (128u << 10) /* the longest body: an entry with all its xattrs */

enum record_type { RECORD_ENTRY = 1, RECORD_DATA, RECORD_END, RECORD_REFUSED };

enum layer_kind {
	LAYER_FILE = 1,
	LAYER_DIR,
	LAYER_SYMLINK,
	LAYER_HARDLINK,
	LAYER_FIFO,
	LAYER_DEVICE,
	LAYER_SOCKET,
	LAYER_KINDS,
};

struct layer_xattr {
	struct bytes key, value;
};

struct layer_entry {
	enum layer_kind kind;
	uint32_t mode; /* 07777 */
	uint32_t uid, gid;
	uint64_t mtime; /* seconds */
	uint64_t size;  /* bytes; files */
	struct bytes path, target; /* as the archive spells them */
	unsigned n_left_out;       /* xattrs that are no part of an image, see xattr_kept() */
	struct layer_xattr xattrs[LIMIT_XATTRS];
	unsigned n_xattrs;
};

/* user.* and security.capability; the rest is the host's or overlayfs's own business. */
bool xattr_kept(struct bytes key);

/* Each writes head and body. */
void record_entry(struct wr *w, const struct layer_entry *e);
void record_data(struct wr *w, uint64_t at, struct bytes data);
void record_end(struct wr *w, const uint8_t diff_id[static SHA256_LEN], uint64_t len);
void record_refused(struct wr *w, enum cloister_err err, const char *sentence);

/* A body of the type that its head said. Views borrow from it. */
enum cloister_err record_entry_read(struct bytes body, struct layer_entry *out,
				    struct cloister_fault *why);

struct layer_data {
	uint64_t at; /* offset in the entry's content */
	struct bytes data;
};
enum cloister_err record_data_read(struct bytes body, struct layer_data *out,
				   struct cloister_fault *why);

struct layer_end {
	uint8_t diff_id[SHA256_LEN];
	uint64_t len; /* bytes of the tar stream */
};
enum cloister_err record_end_read(struct bytes body, struct layer_end *out,
				  struct cloister_fault *why);

/* Returns the refusal itself, as a failure with the worker's sentence made printable. */
enum cloister_err record_refusal(struct bytes body, struct cloister_fault *why);

#endif
