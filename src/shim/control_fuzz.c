/* SPDX-License-Identifier: Apache-2.0 */
/* control_fuzz.c - a guest that says anything at all on its control connection. */

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim/control.h"
#include "sys/io.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the calls must keep to, whatever the guest says. */
struct seen {
	bool greeted, started, exited, broken;
};

static void demand(bool holds)
{
	if (!holds)
		abort();
}

static void hello(void *owner)
{
	struct seen *s = owner;
	demand(!s->greeted && !s->broken);
	s->greeted = true;
}
static void started(void *owner)
{
	struct seen *s = owner;
	demand(s->greeted && !s->started && !s->exited && !s->broken);
	s->started = true;
}
static void output(void *owner, unsigned stream, struct bytes text)
{
	struct seen *s = owner;
	demand(s->greeted && !s->exited && !s->broken && (stream == 1 || stream == 2) && text.len <= 32768);
}
static void exited(void *owner, bool by_signal, unsigned value)
{
	struct seen *s = owner;
	demand(s->greeted && !s->exited && !s->broken && value <= (by_signal ? 64 : 255));
	s->exited = true;
}
static void evidence(void *owner, uint32_t id, bool refused, struct bytes document)
{
	struct seen *s = owner;
	(void)id;
	(void)refused;
	demand(s->greeted && !s->broken && document.len <= 16384);
}
static void broken(void *owner, const char *reason)
{
	struct seen *s = owner;
	demand(!s->broken && reason[0]);
	for (; *reason; reason++)
		demand(*reason >= ' ' && *reason <= '~');
	s->broken = true;
}

static void hung_up(void *owner)
{
	struct seen *s = owner;
	demand(!s->broken && !s->exited);
	s->broken = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen seen = { 0 };
	struct control c = CONTROL_INIT;
	struct loop *loop;
	int ends[2];

	if (size > 64u << 10)
		return 0;
	demand(loop_new(&loop, NULL) == CLOISTER_OK && io_pair(SOCK_STREAM, ends, NULL) == CLOISTER_OK);
	c.events = (struct control_events){ &seen, hello, started, output, exited, evidence, broken,
					    hung_up };
	control_arrived(&c, loop, ends[1]);
	if (size > 0)
		(void)!send(ends[0], data, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(ends[0]);
	for (int i = 0; i < 16 && c.stream.fd >= 0; i++)
		demand(loop_turn(loop, 0, NULL) == CLOISTER_OK);
	demand(c.stream.fd < 0 && (seen.broken || seen.exited));
	control_close(&c);
	loop_free(loop);
	return 0;
}
