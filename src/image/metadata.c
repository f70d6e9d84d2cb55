/* SPDX-License-Identifier: Apache-2.0 */
/* metadata.c - members and their order as AWS's builder writes them (doc/eif.md, "Metadata"). */

#include "image/metadata.h"

#include "base/date.h"
#include "base/limits.h"
#include "codec/json.h"

enum cloister_err metadata_write(const struct metadata *m, struct buf *out,
				 struct cloister_fault *why)
{
	struct json_out w = json_out(out);
	char when[DATE_ROOM];
	struct json check;
	size_t start = out->len;

	if (m->custom.len > METADATA_CUSTOM_MAX)
		return fail(why, CLOISTER_E_LIMIT, "CustomMetadata", "%zu bytes, at most %u fit",
			    m->custom.len, METADATA_CUSTOM_MAX);
	date_write(m->build_time, when);
	json_open(&w, NULL, '{');
	json_put_text(&w, "ImageName", m->name);
	json_put_text(&w, "ImageVersion", m->version);
	json_open(&w, "BuildMetadata", '{');
	json_put_text(&w, "BuildTime", when);
	json_put_text(&w, "BuildTool", "cloister");
	json_put_text(&w, "BuildToolVersion", CLOISTER_VERSION);
	json_put_text(&w, "OperatingSystem", "Linux");
	json_put_text(&w, "KernelVersion", m->kernel_version);
	json_close(&w, '}');
	json_put_null(&w, "DockerInfo");
	if (m->custom.len)
		json_put_raw(&w, "CustomMetadata", m->custom);
	else
		json_put_null(&w, "CustomMetadata");
	json_close(&w, '}');
	TRY(buf_ok(out, "metadata", why));
	return json_read(bytes_of(out->data + start, out->len - start), &check, why);
}
