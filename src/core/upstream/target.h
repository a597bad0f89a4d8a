/*
 * Targets of webhooks: URLs that clients gave.  A client shall not make us call what only this
 * machine or its network can reach, so a target is judged twice: its URL when it is given, and the
 * address to which each connection goes, whatever name led there.
 */
#ifndef PURSER_UPSTREAM_TARGET_H
#define PURSER_UPSTREAM_TARGET_H

#include <stdbool.h>

struct sockaddr;

#define TARGET_URL_CHARS 2048

/*
 * Why no webhook may be sent to the URL, for the client who gave it; NULL = it may.  In the
 * sandbox plain http is allowed to a loopback address, and any port.
 */
const char *target_url_problem(const char *url, bool sandbox);

/*
 * May a connection go to this address?  Only to public unicast ones; in the sandbox to those of
 * loopback as well, and with `plain` (http without TLS) to no others.
 */
bool target_address_allowed(const struct sockaddr *address, bool sandbox, bool plain);

#endif
