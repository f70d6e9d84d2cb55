/* SPDX-License-Identifier: Apache-2.0 */
/* shown.c - names for error sentences. Never lets a control character through. */

#include "image/shown.h"

struct shown shown(struct bytes name)
{
	struct shown s = { "" };
	size_t room = sizeof s.text - 1, at = 0;

	if (name.len > room) {
		memcpy(s.text, "...", at = 3);
		name = bytes_of(name.data + name.len - (room - at), room - at);
	}
	for (size_t i = 0; i < name.len; i++)
		s.text[at++] = name.data[i] < 0x20 || name.data[i] > 0x7e ? '?' : (char)name.data[i];
	s.text[at] = 0;
	return s;
}
