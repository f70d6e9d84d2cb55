/* SPDX-License-Identifier: Apache-2.0 */
/* hcl_fuzz.c - whatever report is accepted has parts of the right sizes, also its runtime data. */

#include <stdlib.h>

#include "evidence/hcl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct hcl_runtime rt;
	struct hcl h;

	if (hcl_runtime_read(in, &rt, NULL) == CLOISTER_OK &&
	    (rt.ak.n_len < LIMIT_RSA_LEAST || rt.vm.type != JSON_OBJECT))
		abort();
	if (hcl_read(in, &h, NULL) != CLOISTER_OK)
		return 0;
	if (h.report_data.len != HCL_REPORT_DATA_LEN || h.runtime.len > size ||
	    h.report.len != (h.tee == HCL_SNP ? HCL_SNP_LEN : HCL_TDREPORT_LEN))
		abort();
	(void)hcl_runtime_read(h.runtime, &rt, NULL);
	return 0;
}
