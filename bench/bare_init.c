/* SPDX-License-Identifier: Apache-2.0 */
/* bare_init.c - the least that can be PID 1: it switches the machine off. */

#include <sys/reboot.h>

int main(void)
{
	return reboot(RB_AUTOBOOT);
}
