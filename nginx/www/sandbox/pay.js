// A checkout is paid at Stripe, as Stripe.js does it in a browser, and followed until its account
// is active.  One PaymentIntent stays until it is paid, over declines and reloads.
import { later } from './dom.js';
import { ask, read } from './http.js';

const FOLLOW_S = 40;
const PAUSE_S = 0.4;

// { status } of Stripe's PaymentIntent; a decline is one too, with the message of the bank.
export async function confirm(place, checkout, card) {
    try {
        const answer = await ask(place, { party: 'payer', method: 'POST',
            path: `/v1/payment_intents/${checkout.stripe_payment_intent_id}/confirm`,
            form: { client_secret: checkout.client_secret, payment_method: card } });
        return answer.body;
    } catch (error) {
        if (error.answer.status !== 402)
            throw error;
        return { status: 'declined', message: error.message };
    }
}

// What Stripe knows, after an answer that did not come.
export function retrieve(place, checkout) {
    return read(place, 'payer', `/v1/payment_intents/${checkout.stripe_payment_intent_id}`
        + '?client_secret=' + encodeURIComponent(checkout.client_secret));
}

// Calls test until it is true; that value, or null when it takes too long.
export async function until(test, seconds = FOLLOW_S) {
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) {
        const value = await test();
        if (value)
            return value;
        await later(PAUSE_S);
    }
    return null;
}

// The account of a paid checkout, once it is there and ready; told(text) hears of every change.
export async function follow(place, checkout, told) {
    let last = '';
    return until(async () => {
        const payment = await read(place, 'trader', '/v2/payments/' + checkout.payment_id);
        const account = payment.prop_account_id && await read(place, 'trader',
            '/v2/payments/prop-accounts/' + payment.prop_account_id);
        const now = account ? `Account ${account.id} is ${account.status}.`
            : `The payment is ${payment.status.replaceAll('_', ' ')}.`;
        if (now !== last)
            told(last = now);
        return account && account.status !== 'provisioning' ? account : null;
    });
}
