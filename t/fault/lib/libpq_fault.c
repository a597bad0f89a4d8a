/*
 * Fault injection, preloaded into a program: makes allocations of libpq fail, those of no
 * other library; and loses results of libpq, which failed allocations lead to as well.
 *
 * LIBPQ_FAULT names a file of one struct fault, which this library maps.  The test writes the rates
 * into it once the program has started, and reads the counts from it at any time, also after the
 * program has died.  The seed and the order of the calls determine which of them fail.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <link.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SILENCE_MS 500

/* Of one kind of fault: it happens to one in `one_in`, 0 = to none. */
struct rate {
	_Atomic uint64_t one_in;
	_Atomic uint64_t asked;
	_Atomic uint64_t failed;
};

/* T::LibpqFault packs the same. */
struct fault {
	_Atomic uint64_t seed;
	_Atomic uint64_t burst; /* so many of the thread's next ones fail, too */
	struct rate any;        /* whatever libpq allocates */
	struct rate result;     /* the results that libpq makes */
	struct rate sync;       /* the one that it makes of ReadyForQuery in pipeline mode */
	struct rate lost;       /* a result does not reach the program */
	struct rate skipped;    /* all results up to the next ReadyForQuery do not */
};

static struct fault *fault;
static _Thread_local uint64_t burst_left;
static uintptr_t libpq_start, libpq_end;

/* glibc's own, so that a call of dlsym(), which allocates, cannot come back here. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static int
find_libpq(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size;
	(void)data;
	if (strstr(info->dlpi_name, "/libpq.so.") == NULL)
		return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		libpq_start = info->dlpi_addr + part->p_vaddr;
		libpq_end = libpq_start + part->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void
start(void)
{
	const char *path = getenv("LIBPQ_FAULT");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return;
	map = mmap(NULL, sizeof(*fault), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		abort();
	dl_iterate_phdr(find_libpq, NULL);
	fault = map;
}

/* The next value of the generator splitmix64. */
static uint64_t
mixed(uint64_t n)
{
	n = n * 0x9e3779b97f4a7c15u;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9u;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebu;
	return n ^ (n >> 31);
}

/* One of each `one_in` in a row, the seed says which: so no seed has few of them. */
static bool
is_due(struct rate *rate)
{
	uint64_t one_in = atomic_load(&rate->one_in);
	uint64_t n;

	if (one_in == 0)
		return false;
	n = atomic_fetch_add(&rate->asked, 1);
	if (mixed(mixed(atomic_load(&fault->seed)) + n / one_in) % one_in != n % one_in)
		return false;
	atomic_fetch_add(&rate->failed, 1);
	burst_left = atomic_load(&fault->burst);
	return true;
}

/* A shortage of memory lasts: the next allocations fail as well. */
static bool
is_in_burst(void)
{
	if (burst_left == 0 || atomic_load(&fault->burst) == 0)
		return false;
	burst_left--;
	return true;
}

static bool
fails(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (fault == NULL || at < libpq_start || at >= libpq_end)
		return false;
	return is_in_burst() || is_due(&fault->any);
}

/* --- what the program and its libraries call ------------------------------ */

void *
malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

char *
strdup(const char *text)
{
	size_t len = strlen(text) + 1;
	char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(len);

	return copy == NULL ? NULL : memcpy(copy, text, len);
}

/* libpq calls its exported functions by the same table as others do: this stands before its own. */
PGresult *
PQmakeEmptyPGresult(PGconn *conn, ExecStatusType status)
{
	static PGresult *(*_Atomic next)(PGconn *, ExecStatusType);

	if (next == NULL)
		next = (PGresult * (*)(PGconn *, ExecStatusType)) dlsym(RTLD_NEXT, __func__);
	if (fault != NULL &&
	    (is_due(&fault->result) || (status == PGRES_PIPELINE_SYNC && is_due(&fault->sync))))
		return NULL;
	return next(conn, status);
}

static PGresult *
libpq_result(PGconn *conn)
{
	static PGresult *(*_Atomic next)(PGconn *);

	if (next == NULL)
		next = (PGresult * (*)(PGconn *)) dlsym(RTLD_NEXT, "PQgetResult");
	return next(conn);
}

/* False = nothing comes: a result that libpq could not make is not waited for. */
static bool
has_result(PGconn *conn)
{
	while (PQisBusy(conn)) {
		struct pollfd fd = { .fd = PQsocket(conn), .events = POLLIN };

		if (poll(&fd, 1, SILENCE_MS) == 0 || !PQconsumeInput(conn))
			return false;
	}
	return true;
}

/* Reads up to the next ReadyForQuery; two ends in a row are the end of what was sent. */
static void
skip(PGconn *conn)
{
	for (int ends = 0; ends < 2 && has_result(conn);) {
		PGresult *result = libpq_result(conn);
		bool sync = PQresultStatus(result) == PGRES_PIPELINE_SYNC;

		ends = result == NULL ? ends + 1 : 0;
		PQclear(result);
		if (sync)
			return;
	}
}

PGresult *
PQgetResult(PGconn *conn)
{
	static _Atomic(PGconn *) skipping; /* the connection on which the next call skips */
	PGconn *this = conn;
	PGresult *result;

	/* Unless the test has ended the faults meanwhile. */
	if (fault != NULL && atomic_compare_exchange_strong(&skipping, &this, NULL) &&
	    atomic_load(&fault->skipped.one_in) != 0)
		skip(conn);
	if (fault != NULL && !has_result(conn))
		return NULL;
	result = libpq_result(conn);
	if (fault == NULL || result == NULL)
		return result;
	if (is_due(&fault->lost)) {
		PQclear(result);
		return PQisBusy(conn) ? NULL : libpq_result(conn);
	}
	if (PQresultStatus(result) == PGRES_PIPELINE_SYNC && skipping == NULL &&
	    is_due(&fault->skipped))
		skipping = conn;
	return result;
}
