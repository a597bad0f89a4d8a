// What is for sale.
import { read } from './http.js';

export function readTiers(place) {
    return read(place, 'trader', '/v2/payments/tiers');
}

// The body of a checkout: the price is the tier's, and another one is refused.
export const checkoutOf = (tier) => ({ tier_id: tier.tier_id, market: tier.market,
    asset_class: tier.asset_class, account_size: tier.account_size,
    amount_cents: tier.amount_cents, currency: tier.currency });
