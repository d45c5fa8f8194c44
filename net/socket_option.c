/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options of SOL_SOCKET.  Most are numbers; some are only remembered, for they
 * mean nothing to the families there are.
 */
#include "lib/div.h"
#include "lib/string.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "net/socket.h"

#define BUFFER_MAX   212992u
#define SEND_MIN     4608u
#define RECV_MIN     2304u
#define USEC_PER_SEC 1000000

static int give(void *out, unsigned *len, const void *value, unsigned size)
{
	*len = MIN(*len, size);
	memcpy(out, value, *len);
	return 0;
}

static int give_timeout(void *out, unsigned *len, nsec_t ns)
{
	struct timeval64 tv = { 0, 0 };

	if (ns != NSEC_FOREVER) {
		tv.sec = div_s64(ns, NSEC_PER_SEC);
		tv.usec = div_s64(ns - tv.sec * NSEC_PER_SEC, NSEC_PER_USEC);
	}
	return give(out, len, &tv, sizeof(tv));
}

static bool is_remembered(int name)
{
	switch (name) {
	case SO_DEBUG:
	case SO_REUSEADDR:
	case SO_DONTROUTE:
	case SO_BROADCAST:
	case SO_KEEPALIVE:
	case SO_OOBINLINE:
	case SO_REUSEPORT: return true;
	default: return false;
	}
}

/* -ENOPROTOOPT: none that is a number. */
static int number(struct socket *s, int name)
{
	switch (name) {
	case SO_TYPE: return s->type;
	case SO_ERROR: return -socket_take_error(s);
	case SO_SNDBUF: return (int)s->send_limit;
	case SO_RCVBUF: return (int)s->recv_limit;
	case SO_PASSCRED: return s->pass_cred;
	case SO_RCVLOWAT:
	case SO_SNDLOWAT: return 1;
	case SO_ACCEPTCONN: return s->listening;
	case SO_PROTOCOL: return s->protocol;
	case SO_DOMAIN: return s->family;
	case SO_PRIORITY: return 0;
	default: break;
	}
	return is_remembered(name) ? s->flags >> name & 1 : -ENOPROTOOPT;
}

int socket_get_option(struct socket *s, int level, int name, void *out,
		      unsigned *len)
{
	int value;

	if (level != SOL_SOCKET)
		return s->ops->get_option
			       ? s->ops->get_option(s, level, name, out, len)
			       : -EOPNOTSUPP;
	switch (name) {
	case SO_PEERCRED:
		return give(out, len, &s->peer_cred, sizeof(s->peer_cred));
	case SO_LINGER: return give(out, len, s->linger, sizeof(s->linger));
	case SO_RCVTIMEO: return give_timeout(out, len, s->recv_timeout);
	case SO_SNDTIMEO: return give_timeout(out, len, s->send_timeout);
	default: break;
	}
	value = number(s, name);
	if (value == -ENOPROTOOPT)
		return value;
	return give(out, len, &value, sizeof(value));
}

static int set_timeout(nsec_t *timeout, const void *in, unsigned len)
{
	struct timeval64 tv;

	if (len < sizeof(tv))
		return -EINVAL;
	memcpy(&tv, in, sizeof(tv));
	if (tv.usec < 0 || tv.usec >= USEC_PER_SEC)
		return -EDOM;
	if (tv.sec < 0)
		*timeout = 0;
	else if (tv.sec == 0 && tv.usec == 0)
		*timeout = NSEC_FOREVER;
	else if (tv.sec >= NSEC_FOREVER / NSEC_PER_SEC / 2)
		*timeout = NSEC_FOREVER;
	else
		*timeout = tv.sec * NSEC_PER_SEC + tv.usec * NSEC_PER_USEC;
	return 0;
}

/* Linux doubles what it is told, for its own book-keeping. */
static uint32_t limit_of(int value, uint32_t least)
{
	uint32_t v = MIN((uint32_t)value, BUFFER_MAX) * 2;

	return MAX(v, least);
}

static int set_number(struct socket *s, int name, int value)
{
	switch (name) {
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		s->send_limit = limit_of(value, SEND_MIN);
		return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		s->recv_limit = limit_of(value, RECV_MIN);
		return 0;
	case SO_PASSCRED: s->pass_cred = value != 0; return 0;
	case SO_RCVLOWAT:
	case SO_PRIORITY: return 0;
	default: break;
	}
	if (!is_remembered(name))
		return -ENOPROTOOPT;
	s->flags = value ? s->flags | 1u << name : s->flags & ~(1u << name);
	return 0;
}

static int set_locked(struct socket *s, int name, const void *in, unsigned len)
{
	int value;

	switch (name) {
	case SO_RCVTIMEO: return set_timeout(&s->recv_timeout, in, len);
	case SO_SNDTIMEO: return set_timeout(&s->send_timeout, in, len);
	case SO_LINGER:
		if (len < sizeof(s->linger))
			return -EINVAL;
		memcpy(s->linger, in, sizeof(s->linger));
		return 0;
	default: break;
	}
	memcpy(&value, in, sizeof(value));
	return set_number(s, name, value);
}

int socket_set_option(struct socket *s, int level, int name, const void *in,
		      unsigned len)
{
	int err;

	if (level != SOL_SOCKET)
		return s->ops->set_option
			       ? s->ops->set_option(s, level, name, in, len)
			       : -EOPNOTSUPP;
	if (len < sizeof(int))
		return -EINVAL;
	mutex_lock(&s->lock);
	err = set_locked(s, name, in, len);
	mutex_unlock(&s->lock);
	return err;
}
