/* Lengths and sizes of the payments family's own fields. */
#ifndef PURSER_PAYMENTS_LIMITS_H
#define PURSER_PAYMENTS_LIMITS_H

#define LIMIT_TIER_CHARS 64
#define LIMIT_WORD_CHARS 32           /* market, asset class */
#define LIMIT_ACCOUNT_SIZE 1000000000 /* whole USD */

#endif
