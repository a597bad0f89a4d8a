// The same operations as stripe_driver.c, by Stripe's own SDK:
// node stripe_sdk.js BASE OPERATION ARGS...
// PURSER_NODE_MODULES names the node_modules directory that holds the package `stripe`.
'use strict';

const fs = require('fs');
const path = require('path');
const Stripe = require(path.join(process.env.PURSER_NODE_MODULES, 'stripe'));

function client(base) {
    const url = new URL(base);
    return new Stripe('sk_test_contract', {
        host: url.hostname, port: url.port, protocol: 'http', maxNetworkRetries: 0,
        telemetry: false,
    });
}

// Our metadata.
const owner = (tenant, object, user) => ({
    purser_installation: 'ins_1', purser_api: 'prop', purser_tenant: tenant,
    purser_object: object, purser_attempt: '1', purser_user: user,
});

const operations = {
    create: (stripe, [payment, amount, currency, tenant, user, tier]) =>
        stripe.paymentIntents.create({
            amount, currency, automatic_payment_methods: { enabled: true },
            metadata: { purser_tier: tier, ...owner(tenant, payment, user) },
        }, { idempotencyKey: `${payment}:create` }),
    get: (stripe, [intent]) => stripe.paymentIntents.retrieve(intent),
    find: (stripe, [, , , , , , created]) => stripe.paymentIntents.list({
        created: { gte: Number(created) - 600, lte: Number(created) + 86400 + 600 }, limit: 100,
    }),
    refund: (stripe, [object, intent, amount, tenant, user]) =>
        stripe.refunds.create({
            payment_intent: intent, amount, metadata: owner(tenant, object, user),
        }, { idempotencyKey: `${object}:refund` }),
    refunds: (stripe, [intent]) => stripe.refunds.list({ payment_intent: intent, limit: 100 }),
    reversals: (stripe, [transfer]) => stripe.transfers.listReversals(transfer, { limit: 100 }),
    dispute: (stripe, [dispute]) => stripe.disputes.retrieve(dispute),
    events: (stripe, [gte, after]) => stripe.events.list(
        { created: { gte }, limit: 100, ...(after ? { starting_after: after } : {}) }),
    transactions: (stripe, [gte, after]) => stripe.balanceTransactions.list(
        { created: { gte }, expand: ['data.source'], limit: 100,
            ...(after ? { starting_after: after } : {}) }),
};

// A header for the body on standard input.
function sign([timestamp, secret]) {
    const payload = fs.readFileSync(0, 'utf8');
    return client('http://localhost:1').webhooks.generateTestHeaderString(
        { payload, secret, timestamp: Number(timestamp) });
}

// "ok" or "refused": what constructEvent says of a header at that time.
function verify([now, header, secret]) {
    try {
        client('http://localhost:1').webhooks.constructEvent(
            fs.readFileSync(0), header, secret, 300, undefined, Number(now) * 1000);
        return 'ok';
    } catch (error) {
        return error.type === 'StripeSignatureVerificationError' ? 'refused' : `error: ${error}`;
    }
}

const [base, name, ...args] = process.argv.slice(2);
if (name === 'version')
    console.log(Stripe.PACKAGE_VERSION || '', Stripe.API_VERSION || '');
else if (name === 'sign')
    console.log(sign(args));
else if (name === 'verify')
    console.log(verify(args));
else
    operations[name](client(base), args).then(
        () => console.log('ok'),
        (error) => { console.log(`error: ${error}`); process.exitCode = 1; });
