/* Protects: an error about the setting `database` shows no part of a password. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/db/connect.h"
#include "t/lib/tap.h"

static void
fails(const char *database, const char *says, const char *what)
{
	char *why = NULL;

	ok(connect_open(database, "test", &why) == NULL, "%s: no connection", what);
	ok(why != NULL && strstr(why, says) != NULL, "%s: says \"%s\"", what, says);
	ok(why != NULL && strstr(why, "t0p") == NULL, "%s: shows nothing of the password", what);
	free(why);
}

int
main(void)
{
	char passfile[] = "/tmp/connect.XXXXXX";
	char database[128];
	int fd = mkstemp(passfile);

	fails("host=/nowhere password=a t0psecret", "is not understood", "a blank in the password");
	fails("host=/nowhere password='t0psecret", "is not understood", "an open quote");
	fails("host=/nowhere passwort=t0psecret", "is not understood", "a key that is none");
	fails("postgresql://purser:a@t0psecret@localhost/purser", "is not understood",
	    "@ in a URI's password");
	fails("postgresql://purser:t0p/secret@localhost/purser", "is not understood",
	    "/ in a URI's password");
	fails("postgresql://purser:1/t0psecret@localhost/purser", "is not understood",
	    "digits and / in a URI's password");
	fails("postgresql://purser:t0p?secret@localhost:1/purser", "localhost",
	    "? in a URI's password, which libpq understands");
	fails("postgresql://purser:t0psecret@localhost/purser?nonsense=1", "is not understood",
	    "a URI's parameter that is none");
	fails("postgres:/purser:t0psecret@localhost/purser", "is not understood",
	    "a URI with a typing error");
	fails("host=/nowhere/t0psecret password=t0psecret", "is not shown",
	    "an error that repeats the password");
	fails("host=/nowhere password=t0psecret", "/nowhere", "a server that is not there");

	ok(fd >= 0 && fchmod(fd, 0644) == 0, "a passfile that others may read");
	snprintf(database, sizeof(database), "host=/nowhere passfile=%s", passfile);
	fails(database, "chmod 0600", "a passfile that others may read");
	unlink(passfile);
	return done();
}
