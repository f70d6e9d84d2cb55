/* SPDX-License-Identifier: Apache-2.0 */
/* config_fuzz.c - each JSON document of an image: the same bytes as every one of them. */

#include "image/config.h"

#include <stdint.h>
#include <stdlib.h>

#include "image/docker.h"
#include "image/oci.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct image_config c = { 0 };
	struct diff_ids d = { 0 };
	struct docker_manifest m = { 0 };
	struct image_layer *layers = NULL;
	struct descriptor at;
	char *name = NULL;
	size_t n;

	if (config_read(in, &c, &d, NULL) == CLOISTER_OK && (!c.entrypoint || !c.cmd || !c.env || !c.volumes))
		abort();
	config_fini(&c);
	diff_ids_fini(&d);
	(void)!oci_index_pick(in, NULL, "amd64", &at, &name, NULL);
	free(name);
	name = NULL;
	(void)!oci_index_pick(in, "one", "amd64", &at, &name, NULL);
	free(name);
	(void)!oci_manifest_read(in, &at, &layers, &n, NULL);
	free(layers);
	(void)!docker_manifest_read(in, &m, NULL);
	docker_manifest_fini(&m);
	return 0;
}
