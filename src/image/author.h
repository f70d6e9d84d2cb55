/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_AUTHOR_H
#define IMAGE_AUTHOR_H

/*
 * author.h - the manifest as its author writes it: a YAML file whose members
 * replace what the image's configuration says. The only place that meets libyaml.
 *
 *   argv: [redis-server, --port, "6379"]   the whole command
 *   env: [TZ=UTC]                          or  env: { TZ: UTC }; merged by key
 *   user: redis                            or 999:999
 *   cwd: /data
 *   hostname: cache
 *   ports: [6379]
 *   volumes: [/data]
 *   log: [stdout, stderr]
 *   memory_mib: 128                        at least this much
 *   stop_signal: SIGTERM
 *
 * Strict: one document of plain mappings, lists and scalars. Unknown and
 * repeated keys, anchors, aliases, tags, and values of another kind are refused,
 * with the line.
 */

#include "image/launch.h"

enum cloister_err author_read(struct bytes text, struct launch_wish *out, struct cloister_fault *why);

#endif
