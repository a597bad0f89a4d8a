/*
 * Exact amounts.  An amount is an int64_t of the currency's smallest unit; no
 * binary float ever holds one.  Exponents: ISO 4217 as Stripe uses it (usd 2,
 * jpy 0, kwd 3).
 */
#ifndef PURSER_BASE_MONEY_H
#define PURSER_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

/* Largest amount that any api takes, in minor units. */
#define MONEY_MAX INT64_C(1000000000000000)

/*
 * Reads a JSON number's text of any precision, sign and exponent form
 * ("412.509", "1e2", "-0.5") and rounds down (toward minus infinity) once to
 * minor units: for amounts that a validator computed.  False when it is not a
 * JSON number or its magnitude is beyond MONEY_MAX.
 */
bool money_floor(const char *text, size_t len, int exponent, int64_t *minor);

/* 41250, 2 -> "412.50"; -5, 2 -> "-0.05"; 7, 0 -> "7". */
char *money_format(struct arena *arena, int64_t minor, int exponent);

#endif
