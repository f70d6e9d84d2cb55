/* SPDX-License-Identifier: Apache-2.0 */
/* provider.c - the tables, and their JSON. */

#include "daemon/provider.h"

#include <stdlib.h>

#define LIST(...) ((const char *const[]){ __VA_ARGS__, NULL })

static const struct provider nitro = {
	.id = "aws-nitro",
	.alias = "aws-nitro-enclave",
	.name = "AWS Nitro Enclaves",
	.description = "Enclaves beside an EC2 instance; needs a parent instance with Nitro Enclaves switched on",
	.regions = LIST("us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-northeast-1"),
	.has_instance_types = true,
};

static const struct provider emulator = {
	.id = "local-emulator",
	.name = "Local emulator",
	.description = "Virtual machines on this host with an emulated Nitro security module: "
		       "for development, its evidence never has a trust level above LOW",
	.regions = LIST("local"),
};

static const struct provider snp = {
	.id = "amd-sev-snp",
	.name = "AMD SEV-SNP",
	.description = "Confidential virtual machines on AMD EPYC",
	.regions = LIST("local"),
};

static const struct provider tdx = {
	.id = "intel-tdx",
	.name = "Intel TDX",
	.description = "Trust domains on Intel Xeon",
	.regions = LIST("local"),
};

const struct provider *const providers[] = { &nitro, &emulator, &snp, &tdx, NULL };

const struct provider_field provider_fields[] = {
	{ "dockerImage", "string", "Image", "name[:tag], with a digest name[:tag]@sha256:…", NULL, "hello-world", 0, 0, true, false },
	{ "cpuCount", "select", "Processors", NULL, LIST("2", "4", "8", "16"), "2", 0, 0, false, false },
	{ "memoryMiB", "number", "Memory (MiB)", "at least 512 for each processor", NULL, "1024", 1024, 16384, false, false },
	{ "instanceType", "select", "Instance type", "of the parent",
	  LIST("m6i.xlarge", "m6i.2xlarge", "m6i.4xlarge", "m6i.8xlarge", "c6i.xlarge", "c6i.2xlarge", "c6i.4xlarge"),
	  NULL, 0, 0, false, true },
	{ "workloadType", "select", "Workload", "a batch runs to its end; a service or daemon is started again",
	  LIST("batch", "service", "daemon"), "service", 0, 0, false, false },
	{ "enableDebug", "boolean", "Debug", "the console can be read, and the evidence says so", NULL, "false", 0, 0, false, false },
	{ "environmentVariables", "text", "Environment", "a JSON object; measured, and so no place for secrets",
	  NULL, NULL, 0, 0, false, false },
	{ "healthCheckPath", "string", "Health check", "asked inside the enclave; without a path nothing is asked",
	  NULL, NULL, 0, 0, false, false },
	{ "healthCheckInterval", "number", "Seconds between health checks", NULL, NULL, "30", 5, 300, false, false },
	{ "exposePorts", "string", "Ports", "numbers, separated by commas", NULL, NULL, 0, 0, false, false },
	{ "awsServices", "string", "AWS services", "names, separated by commas", NULL, NULL, 0, 0, false, true },
	{ "compliance", "string", "Compliance", "labels, separated by commas; nothing is concluded from them",
	  NULL, NULL, 0, 0, false, false },
	{ "sourceType", "select", "Source", NULL, LIST("registry", "private-registry"), "registry", 0, 0, false, false },
};
const size_t n_provider_fields = sizeof provider_fields / sizeof *provider_fields;

const struct provider *provider_find(const char *id)
{
	for (size_t i = 0; providers[i]; i++) {
		const struct provider *p = providers[i];
		if (strcmp(p->id, id) == 0 || (p->alias && strcmp(p->alias, id) == 0))
			return p;
	}
	return NULL;
}

bool provider_has_region(const struct provider *p, const char *region)
{
	for (size_t i = 0; p->regions[i]; i++)
		if (strcmp(p->regions[i], region) == 0)
			return true;
	return false;
}

static void put_options(struct json_out *w, const struct provider_field *f)
{
	if (!f->options)
		return;
	json_open(w, "options", '[');
	for (size_t i = 0; f->options[i]; i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "value", f->options[i]);
		json_put_text(w, "label", f->options[i]);
		json_close(w, '}');
	}
	json_close(w, ']');
}

/* A preset has the type of its field. */
static void put_preset(struct json_out *w, const struct provider_field *f)
{
	if (!f->preset)
		return;
	if (strcmp(f->type, "number") == 0 || strcmp(f->type, "boolean") == 0)
		json_put_raw(w, "defaultValue", bytes_text(f->preset));
	else
		json_put_text(w, "defaultValue", f->preset);
}

static void put_field(struct json_out *w, const struct provider_field *f)
{
	json_open(w, f->name, '{');
	json_put_text(w, "type", f->type);
	json_put_text(w, "label", f->label);
	if (f->description)
		json_put_text(w, "description", f->description);
	json_put_bool(w, "required", f->is_required);
	put_options(w, f);
	if (f->max) {
		json_open(w, "validation", '{');
		json_put_i64(w, "min", f->min);
		json_put_i64(w, "max", f->max);
		json_close(w, '}');
	}
	put_preset(w, f);
	json_close(w, '}');
}

void provider_put(struct json_out *w, const char *key, const struct provider *p,
		  const struct provider_state *state)
{
	json_open(w, key, '{');
	json_put_text(w, "id", p->id);
	json_put_text(w, "name", p->name);
	json_put_text(w, "description", state->is_emulated ?
			"Served by the local emulator of a development server: no enclave hardware, trust level LOW at most" :
			p->description);
	json_open(w, "regions", '[');
	for (size_t i = 0; p->regions[i]; i++)
		json_put_text(w, NULL, p->regions[i]);
	json_close(w, ']');
	json_put_bool(w, "available", state->refusal == NULL);
	if (state->refusal)
		json_put_text(w, "reason", state->refusal);
	json_open(w, "configSchema", '{');
	for (size_t i = 0; i < n_provider_fields; i++)
		if (p->has_instance_types || !provider_fields[i].is_nitro_only)
			put_field(w, &provider_fields[i]);
	json_close(w, '}');
	json_close(w, '}');
}
