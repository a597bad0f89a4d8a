/* Module reconciliation: Stripe's balance transactions against the books. */
#ifndef PURSER_RECONCILIATION_RECONCILIATION_H
#define PURSER_RECONCILIATION_RECONCILIATION_H

#define MODULE reconciliation
#define MODULE_DEF "reconciliation/module.def"
#include "core/module/declare.inc"

#endif
