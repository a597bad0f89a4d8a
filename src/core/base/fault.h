/*
 * Fault injection: points at which t/fault kills, freezes or delays the process, compiled
 * in only by --enable-fault-points.  Every database and upstream call passes one
 * before and one after it, with a label such as "before payments.checkout_begin"
 * or "after POST /v1/payment_intents".
 *
 * PURSER_FAULT_POINT="label" or "label#3": SIGKILL to this process at the first
 * (third) pass.  PURSER_FAULT_SLEEP_MS=n: sleep there n ms instead.  PURSER_FAULT_FREEZE=1:
 * SIGSTOP instead, so that the test decides when it goes on.
 * PURSER_FAULT_LOG=file: append each label passed, so that a test learns the list
 * from a run without a kill.
 *
 * PURSER_FAULT_LEASE_MS=n: leases of purser-jobs last n ms, so that a test sees one end.
 */
#ifndef PURSER_BASE_FAULT_H
#define PURSER_BASE_FAULT_H

#include <stdint.h>

#ifdef PURSER_FAULT_POINTS
void fault_point(const char *when, const char *what);
int64_t fault_lease_ms(int64_t lease_ms);
#else
static inline void
fault_point(const char *when, const char *what)
{
	(void)when;
	(void)what;
}

static inline int64_t
fault_lease_ms(int64_t lease_ms)
{
	return lease_ms;
}
#endif

#endif
