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

/* Number of decimals of a three-letter lower-case currency; -1 = not known. */
int money_exponent(const char *currency);

/*
 * "412.50" with exponent 2 -> 41250.  Digits, at most one point, at most
 * `exponent` decimals, no sign, exponent form, spaces or leading zeros; at
 * most MONEY_MAX.  False leaves *minor as it was.
 */
bool money_parse(const char *text, size_t len, int exponent, int64_t *minor);

/*
 * Reads a JSON number's text of any precision, sign and exponent form
 * ("412.509", "1e2", "-0.5") and rounds down (toward minus infinity) once to
 * minor units: for amounts that a validator computed.  False when it is not a
 * JSON number or its magnitude is beyond MONEY_MAX.
 */
bool money_floor(const char *text, size_t len, int exponent, int64_t *minor);

/* 41250, 2 -> "412.50"; -5, 2 -> "-0.05"; 7, 0 -> "7". */
char *money_format(struct arena *arena, int64_t minor, int exponent);

/* False on overflow, which leaves the result as it was. */
bool money_add(int64_t a, int64_t b, int64_t *sum);
bool money_sub(int64_t a, int64_t b, int64_t *difference);

#endif
