/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_MANIFEST_H
#define IMAGE_MANIFEST_H

/*
 * manifest.h - /cloister/manifest.json, first file of ramdisk 1: what the
 * enclave runs. It is measured (PCR2), so everything the guest does on behalf
 * of the image is in it. Written by `cloister build`, read by cloister-init,
 * `cloister describe` and `cloister run`.
 *
 * The bytes are canonical: compact JSON, members in exactly this order, all
 * present. The reader refuses unknown, missing or repeated members, other
 * versions, and everything past the ceilings in base/limits.h; it does not
 * insist on the order, because the measurement covers the bytes.
 *
 *  {"version":1,
 *   "argv":["redis-server","--port","6379"],     1..LIMIT_ARGV, argv[0] non-empty
 *   "env":["PATH=/usr/bin","HOME=/"],            KEY=value, KEY non-empty
 *   "cwd":"/data",                               absolute
 *   "user":{"uid":999,"gid":999,"groups":[999]}, resolved at build time
 *   "hostname":"cloister",
 *   "stop_signal":15,                            1..64
 *   "ports":[6379],                              TCP ports EXPOSEd; none listed: all are open
 *   "volumes":["/data"],                         tmpfs, seeded from the image's content
 *   "log":["stdout","stderr"],                   streams that leave the enclave; may be []
 *   "memory_mib":96,                             the least the machine must have
 *   "rootfs":{"format":"squashfs","length":123}} the last `length` bytes of ramdisk 1
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "codec/json.h"

#define MANIFEST_PATH "cloister/manifest.json"
#define MANIFEST_GROUPS_MAX 256u

/* A checked manifest. Lists are views of the JSON text: walk them with json_walk(). */
struct manifest {
	struct json argv, env, groups, volumes, ports;
	char cwd[4096];
	char hostname[64];
	uint32_t uid, gid;
	uint32_t n_groups;
	int stop_signal;
	bool log_stdout, log_stderr;
	uint32_t memory_mib;
	uint64_t rootfs_len; /* bytes */
};

enum cloister_err manifest_read(struct bytes text, struct manifest *out,
				struct cloister_fault *why);

/* TCP ports inside that the host may connect to: those that are listed, or all when none is. */
struct manifest_ports {
	bool all;
	uint8_t bit[65536 / 8];
};
void manifest_ports(const struct manifest *m, struct manifest_ports *out);
bool manifest_port_open(const struct manifest_ports *p, uint16_t port); /* 0 never is */

/* Whether `name` can be "hostname": RFC 1123, at most 63 characters. */
bool manifest_hostname_ok(const char *name);

/* What the writer needs, as C values. Strings are NULL-terminated lists, borrowed. */
struct manifest_spec {
	const char *const *argv, *const *env, *const *volumes;
	const char *cwd, *hostname;
	uint32_t uid, gid;
	const uint32_t *groups;
	size_t n_groups;
	int stop_signal;
	const uint16_t *ports;
	size_t n_ports;
	bool log_stdout, log_stderr;
	uint32_t memory_mib;
	uint64_t rootfs_len;
};

/* Append the canonical bytes to `out`; what was written is then read back and checked. */
enum cloister_err manifest_write(const struct manifest_spec *spec, struct buf *out,
				 struct cloister_fault *why);

#endif
