/*
 * Fault injection, preloaded into a program: the host name slow.test is never resolved, as when the
 * name server does not answer; every other name is passed on.
 */
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#define NEVER_S 60 /* longer than any test waits */

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **found)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (node != NULL && strcmp(node, "slow.test") == 0) {
		sleep(NEVER_S);
		return EAI_AGAIN;
	}
	next = (int (*)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **))dlsym(RTLD_NEXT, __func__);
	return next(node, service, hints, found);
}
