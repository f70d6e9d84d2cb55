/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.c - the life of one enclave: what is done when the guest, the machine,
 * the operator or the clock says something. Phases only go forward; the first
 * outcome stands; the end is written once, when the machine is gone.
 */

#include "shim/shim.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/wr.h"
#include "shim/life.h"
#include "sys/clock.h"
#include "sys/io.h"
#include "sys/proc.h"

#define LINGER_MS 300u  /* for clients to read what was said last */
#define SUSPECT_MS 500u /* for the machine to tell its end, after a part of it is gone */

void shim_event(struct shim *s, const char *fmt, ...)
{
	char text[900];
	va_list args;

	va_start(args, fmt);
	int n = vsnprintf(text, sizeof text - 1, fmt, args);
	va_end(args);
	if (n < 0)
		return;
	size_t len = strlen(text);
	text[len] = '\n';
	log_record(&s->log, clock_unix_ms(), LOG_EVENT, bytes_of(text, len + 1));
}

static void save(struct shim *s)
{
	struct cloister_fault why;
	char text[256];

	if (record_write(s->dir_fd, &s->record, &why) != CLOISTER_OK)
		shim_event(s, "the record could not be written: %s",
			   cloister_fault_text(&why, text, sizeof text));
}

static void put_record(void *owner, struct buf *out)
{
	struct shim *s = owner;

	record_put(&s->record, out);
}

static void tell_record(struct shim *s, enum channel_type type)
{
	own(buf_fini) struct buf text = BUF_INIT(RECORD_MAX);

	record_put(&s->record, &text);
	if (buf_ok(&text, "record", NULL) == CLOISTER_OK)
		parent_say(&s->parent, type, buf_bytes(&text));
}

/* The outcome is a failure, unless one is known already; the machine goes down. */
static void fail_enclave(struct shim *s, const char *fmt, ...) PRINTF(2, 3);
static void fail_enclave(struct shim *s, const char *fmt, ...)
{
	va_list args;

	if (s->phase >= PHASE_ENDING)
		return;
	if (s->phase != PHASE_EXITED) {
		va_start(args, fmt);
		vsnprintf(s->record.reason, sizeof s->record.reason, fmt, args);
		va_end(args);
		s->record.state = RECORD_FAILED;
	}
	s->phase = PHASE_ENDING;
	if (s->machine)
		s->backend->kill(s->machine);
}

/* A part is gone: perhaps because the machine is, which will say so itself and better. */
static void suspect(struct shim *s, const char *what)
{
	if (s->phase >= PHASE_EXITED || s->suspicion[0])
		return;
	snprintf(s->suspicion, sizeof s->suspicion, "%s", what);
	timer_set(s->timer_fd, SUSPECT_MS);
}

/* Ask the machine to stop its processors, or to let them go on; paused() follows. */
static enum cloister_err ask_pause(struct shim *s, bool pause, struct cloister_fault *why)
{
	TRY(s->backend->pause(s->machine, pause, why));
	s->pausing = true;
	return CLOISTER_OK;
}

/* Grace 0 kills the workload at once. */
static void stop(struct shim *s, uint32_t grace_ms)
{
	uint8_t body[4];
	struct wr w = wr_open(body, sizeof body);

	shim_event(s, "stop requested, grace %u ms", grace_ms);
	if (s->phase >= PHASE_EXITED)
		return;
	wr_be32(&w, grace_ms);
	if (s->phase < PHASE_GREETED) {
		fail_enclave(s, "stopped before the workload started");
		return;
	}
	if ((s->record.state == RECORD_PAUSED || s->pausing) && ask_pause(s, false, NULL) != CLOISTER_OK) {
		fail_enclave(s, "the machine does not listen");
		return;
	}
	if (!control_send(&s->control, WIRE_STOP, BYTES_OF(body))) {
		fail_enclave(s, "%s", s->suspicion[0] ? s->suspicion : "the agent does not listen");
		return;
	}
	timer_set(s->timer_fd, (uint64_t)grace_ms + SHIM_OFF_MS);
	s->stops++;
}

void shim_signal(struct watch *w, uint32_t events)
{
	struct shim *s = w->owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(s->signal_fd, &info, sizeof info) == sizeof info)
		stop(s, s->options->grace_ms);
}

void shim_timer(struct watch *w, uint32_t events)
{
	struct shim *s = w->owner;

	(void)events;
	timer_clear(s->timer_fd);
	if (s->phase == PHASE_EXITED)
		fail_enclave(s, "the machine did not switch off"); /* the exit status stands */
	else if (s->suspicion[0])
		fail_enclave(s, "%s", s->suspicion);
	else if (s->stops > 0)
		fail_enclave(s, "it did not stop within its grace period and was killed");
	else if (s->phase == PHASE_BOOTING)
		fail_enclave(s, "the agent did not say hello within %u s", SHIM_BOOT_MS / 1000);
	else if (s->phase == PHASE_GREETED)
		fail_enclave(s, "the workload did not start within %u s", SHIM_START_MS / 1000);
}

/* What the parent wants. */

static void parent_stop(void *owner)
{
	struct shim *s = owner;

	stop(s, s->stops > 0 ? 0 : s->options->grace_ms); /* asked twice, in a hurry */
}

static void parent_gone(void *owner)
{
	struct shim *s = owner;

	if (s->phase < PHASE_RUNNING)
		fail_enclave(s, "the command that started it went away");
	else if (!s->options->detach)
		fail_enclave(s, "the command that ran it in the foreground went away");
	control_pause(&s->control, false); /* nobody is waited for any more */
}

static void parent_drained(void *owner)
{
	struct shim *s = owner;

	control_pause(&s->control, false);
}

/* What the guest says, control.h. */

static void hello(void *owner)
{
	struct shim *s = owner;

	s->phase = PHASE_GREETED;
	timer_set(s->timer_fd, SHIM_START_MS);
	shim_event(s, "the agent is there");
}

static void started(void *owner)
{
	struct shim *s = owner;

	s->phase = PHASE_RUNNING;
	s->record.state = RECORD_RUNNING;
	s->record.started_ms = clock_unix_ms();
	if (!s->stops)
		timer_set(s->timer_fd, 0);
	shim_event(s, "the workload started");
	save(s);
	tell_record(s, CHANNEL_STARTED);
}

static void output(void *owner, unsigned stream, struct bytes text)
{
	struct shim *s = owner;

	log_record(&s->log, clock_unix_ms(), stream == 1 ? LOG_STDOUT : LOG_STDERR, text);
	if (!s->options->detach &&
	    !parent_output(&s->parent, stream == 1 ? CHANNEL_STDOUT : CHANNEL_STDERR, text))
		control_pause(&s->control, true);
}

static void exited(void *owner, bool by_signal, unsigned value)
{
	struct shim *s = owner;

	s->phase = PHASE_EXITED;
	s->record.state = RECORD_STOPPED;
	s->record.exit_code = (int)(by_signal ? 128 + value : value);
	snprintf(s->record.reason, sizeof s->record.reason, "the workload %s %u",
		 by_signal ? "was ended by signal" : "exited with status", value);
	shim_event(s, "%s", s->record.reason);
	save(s);
	(void)control_send(&s->control, WIRE_BYE, BYTES_NONE); /* unheard, the timer helps */
	timer_set(s->timer_fd, SHIM_OFF_MS);
}

static void evidence(void *owner, uint32_t id, bool refused, struct bytes document)
{
	struct shim *s = owner;

	ctl_evidence(s->ctl, id, refused, document);
}

static void broken(void *owner, const char *reason)
{
	fail_enclave(owner, "%s", reason);
}

static void hung_up(void *owner)
{
	suspect(owner, "the agent hung up");
}

/* What the vsock device says, device.h. */

static void arrived(void *owner, uint32_t port, int fd)
{
	struct shim *s = owner;

	if (port == WIRE_PORT_HEARTBEAT)
		services_beat(&s->services, fd);
	else if (port == WIRE_PORT_NSM)
		services_nsm(&s->services, fd);
	else if (port == WIRE_PORT_CONTROL)
		control_arrived(&s->control, s->loop, fd);
	else
		uds_arrived(s->uds, port, fd);
}

static void driver_up(void *owner)
{
	shim_event(owner, "the guest's vsock driver is there");
}

/* By itself it ends when QEMU does; killed, nothing else will explain it. */
static void device_ended(void *owner, bool killed, const char *reason)
{
	struct shim *s = owner;

	if (killed)
		fail_enclave(s, "%s", reason);
	else
		suspect(s, reason);
}

static void beat(void *owner)
{
	shim_event(owner, "heartbeat");
}

static void trouble(void *owner, const char *what)
{
	shim_event(owner, "NSM: %s", what);
}

/* What the machine says, backend.h. */

static void console(void *owner, struct bytes text)
{
	struct shim *s = owner;

	log_raw(&s->console, text);
	for (size_t i = 0; i < text.len; i++) {
		char c = (char)text.data[i];
		if (c == '\n') {
			s->last_line_whole = true;
		} else if (c != '\r') {
			if (s->last_line_whole)
				s->last_line_len = 0;
			s->last_line_whole = false;
			if (s->last_line_len < sizeof s->last_line - 1)
				s->last_line[s->last_line_len++] = c >= ' ' && c <= '~' ? c : '?';
			s->last_line[s->last_line_len] = '\0';
		}
	}
}

static const char *when(enum phase p)
{
	switch (p) {
	case PHASE_BOOTING:
		return "before its agent was there";
	case PHASE_GREETED:
		return "before the workload started";
	default:
		return "while the workload ran";
	}
}

/* The loop ends when the machine has: everything it said has been heard by then. */
static void machine_ended(void *owner, const struct machine_end *end)
{
	struct shim *s = owner;
	const char *colon = s->last_line[0] ? "; console: " : "";

	if (s->phase < PHASE_EXITED)
		fail_enclave(s, "the machine ended %s: %s%s%s", when(s->phase), end->reason, colon,
			     s->last_line);
	loop_stop(s->loop);
}

static void paused(void *owner, bool is_paused)
{
	struct shim *s = owner;

	s->pausing = false;
	if (s->phase == PHASE_RUNNING) {
		s->record.state = is_paused ? RECORD_PAUSED : RECORD_RUNNING;
		shim_event(s, "the machine %s", is_paused ? "is paused" : "goes on");
		save(s);
	}
	ctl_paused(s->ctl, is_paused);
}

void shim_device_events(struct shim *s, struct device_events *out)
{
	*out = (struct device_events){ s, arrived, driver_up, device_ended };
}

void shim_machine_events(struct shim *s, struct machine_events *out)
{
	*out = (struct machine_events){ s, console, paused, machine_ended };
}

void shim_hook(struct shim *s)
{
	s->parent.owner = s;
	s->parent.stop = parent_stop;
	s->parent.gone = parent_gone;
	s->parent.drained = parent_drained;
	s->control.events = (struct control_events){ s, hello, started, output, exited, evidence, broken,
							 hung_up };
	s->services = (struct services){ .loop = s->loop, .nsm = &s->nsm, .owner = s, .beat = beat,
					 .trouble = trouble };
	s->relays = (struct relays){ .loop = s->loop };
}

/* What the operator's commands ask, ctl.h. */

static struct bytes field(const struct ctl_field *f)
{
	return f->present ? bytes_of(f->data, f->len) : BYTES_NONE;
}

static void attest(struct shim *s, struct ctl_client *c, const struct ctl_request *r)
{
	uint8_t room[4096];
	struct bytes body;
	struct wire_attest a = { .nonce = field(&r->nonce), .user_data = field(&r->user_data),
				 .public_key = field(&r->public_key) };

	if (s->phase != PHASE_GREETED && s->phase != PHASE_RUNNING) {
		ctl_refuse(c, "the enclave is not running");
		return;
	}
	if (s->record.state == RECORD_PAUSED) {
		ctl_refuse(c, "the enclave is paused");
		return;
	}
	a.id = ctl_wait_evidence(c);
	if (wire_attest_write(&a, room, sizeof room, &body, NULL) != CLOISTER_OK ||
	    !control_send(&s->control, WIRE_ATTEST, body))
		ctl_refuse(c, "the enclave does not listen");
}

static void deliver(struct shim *s, struct ctl_client *c, const struct ctl_request *r)
{
	uint8_t number = (uint8_t)r->signal;

	if (s->record.state == RECORD_PAUSED)
		ctl_refuse(c, "the enclave is paused");
	else if (s->phase != PHASE_RUNNING || !control_send(&s->control, WIRE_SIGNAL, bytes_of(&number, 1)))
		ctl_refuse(c, "the workload is not running");
	else
		ctl_done(c);
}

static void pause_or_resume(struct shim *s, struct ctl_client *c, bool pause)
{
	bool is_paused = s->record.state == RECORD_PAUSED;
	struct cloister_fault why;
	char text[256];

	if (s->phase != PHASE_RUNNING || s->stops > 0)
		ctl_refuse(c, "the workload is not running");
	else if (s->pausing)
		ctl_refuse(c, "it is being paused or resumed already");
	else if (pause == is_paused)
		ctl_record(c);
	else if (!s->backend->pause)
		ctl_refuse(c, "this platform's enclaves cannot be paused");
	else if (ask_pause(s, pause, &why) != CLOISTER_OK)
		ctl_refuse(c, cloister_fault_text(&why, text, sizeof text));
	else
		ctl_wait_pause(c, pause);
}

static void request(void *owner, struct ctl_client *c, const struct ctl_request *r)
{
	struct shim *s = owner;

	switch (r->op) {
	case CTL_STATUS:
		ctl_record(c);
		return;
	case CTL_ATTEST:
		attest(s, c, r);
		return;
	case CTL_STOP:
		ctl_wait_end(c);
		stop(s, r->grace_ms == UINT64_MAX ? s->options->grace_ms : (uint32_t)r->grace_ms);
		return;
	case CTL_SIGNAL:
		deliver(s, c, r);
		return;
	case CTL_PAUSE:
	case CTL_RESUME:
		pause_or_resume(s, c, r->op == CTL_PAUSE);
		return;
	case CTL_NONE:
		break;
	}
	ctl_refuse(c, "no operation");
}

const struct ctl_events shim_ctl_events = { .request = request, .record = put_record };

/* Let go of everything, the machine first; safe after any part of shim_start(). */
static void release(struct shim *s)
{
	if (s->machine)
		s->backend->free(s->machine);
	device_free(s->device);
	ports_free(s->ports);
	uds_free(s->uds);
	services_end(&s->services);
	relays_end(&s->relays);
	control_close(&s->control);
	ctl_free(s->ctl);
	emulator_close(&s->emulator);
	payload_close(&s->payload);
	cgroup_drop(&s->cgroup);
	if (s->record.run_dir[0])
		state_run_remove(s->record.run_dir);
	log_close(&s->log);
	log_close(&s->console);
	parent_close(&s->parent);
	state_close(&s->state);
	drop_loop(&s->loop);
	int *fds[] = { &s->run_fd, &s->dir_fd, &s->uid_fd, &s->vhost_fd, &s->signal_fd, &s->timer_fd };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		drop_fd(fds[i]);
	drop_fd(&s->lock_fd); /* last: from now on others may forget the enclave */
}

/* The record's last word, to everybody who waits for it. */
static void conclude(struct shim *s)
{
	uint64_t until = clock_mono_ms() + LINGER_MS;

	s->phase = PHASE_OVER;
	timer_set(s->timer_fd, 0);
	s->record.ended_ms = clock_unix_ms();
	shim_event(s, "%s: %s", record_state_name(s->record.state), s->record.reason);
	if (s->log.failed || s->console.failed)
		shim_event(s, "some of the output could not be written");
	if (s->ports)
		ports_close(s->ports);
	cgroup_drop(&s->cgroup);
	save(s);
	if (s->ctl)
		ctl_ended(s->ctl);
	tell_record(s, CHANNEL_ENDED);
	parent_close(&s->parent);
	while ((s->relays.n > 0 || ctl_clients(s->ctl) > 0) && clock_mono_ms() < until)
		if (loop_turn(s->loop, 20, NULL) != CLOISTER_OK)
			break;
}

int shim_run(const struct shim_options *options)
{
	struct shim *s = calloc(1, sizeof *s);
	struct cloister_fault why;
	char text[512];

	if (!s)
		return 1;
	*s = (struct shim){ .options = options, .signal_fd = -1, .timer_fd = -1, .on_signal = WATCH_INIT,
			    .on_timer = WATCH_INIT, .parent = PARENT_INIT, .state = STATE_INIT,
			    .dir_fd = -1, .lock_fd = -1, .run_fd = -1, .uid_fd = -1, .log = LOG_INIT,
			    .console = LOG_INIT, .payload = PAYLOAD_INIT, .cgroup = CGROUP_INIT,
			    .emulator = EMULATOR_INIT, .vhost_fd = -1, .control = CONTROL_INIT };
	enum cloister_err err = shim_start(s, &why);
	if (err == CLOISTER_OK)
		err = loop_run(s->loop, &why);
	if (err != CLOISTER_OK) {
		cloister_fault_text(&why, text, sizeof text);
		if (s->phase < PHASE_KEPT)
			parent_say(&s->parent, CHANNEL_REFUSED, bytes_text(text));
		else
			fail_enclave(s, "%s", text);
	}
	bool kept = s->phase >= PHASE_KEPT;
	if (kept)
		conclude(s);
	release(s);
	free(s);
	return kept && err == CLOISTER_OK ? 0 : 1;
}
