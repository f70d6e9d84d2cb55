/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provider_config_fuzz.c - a request to create an enclave. What is accepted has all that an
 * enclave needs, and what is written of it is accepted again.
 */

#include <stdlib.h>

#include "daemon/provider_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum cloister_err read(struct json config, struct json request, struct provider_config *c)
{
	own(strv_fini) struct strv details = { 0 };

	enum cloister_err err = provider_config_read(provider_find("aws-nitro"), config, request, c, &details, NULL);
	if ((err == CLOISTER_OK) != (details.n == 0))
		abort();
	return err;
}

static void again(const struct provider_config *c)
{
	own(buf_fini) struct buf out = BUF_INIT(1 << 20);
	own(provider_config_fini) struct provider_config same;
	struct json_out w = json_out(&out);
	struct json v, none = { 0 };

	provider_config_put(&w, NULL, c, NULL);
	if (out.failed || json_read(buf_bytes(&out), &v, NULL) != CLOISTER_OK)
		abort();
	/* the credentials, which are not written, are missing then */
	if (read(v, none, &same) != CLOISTER_OK && !c->is_private)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own(provider_config_fini) struct provider_config c = { 0 };
	struct json request;

	if (json_read(bytes_of(data, size), &request, NULL) != CLOISTER_OK)
		return 0;
	if (read(json_get(request, "providerConfig"), request, &c) != CLOISTER_OK)
		return 0;
	if (!c.image[0] || c.memory_mib < 512 * c.cpus || c.cpus < 2)
		abort();
	again(&c);
	return 0;
}
