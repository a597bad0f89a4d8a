// Drives the double with Stripe's official SDK; prints TAP. Arguments: port, webhook secret.
import {createRequire} from 'node:module';
const require = createRequire(process.env.PURSER_NODE_MODULES + '/');
const Stripe = require('stripe');
const port = Number(process.argv[2]);
const options = {host: '127.0.0.1', port, protocol: 'http', maxNetworkRetries: 0, telemetry: false};
const stripe = new Stripe('sk_test_double', options);
let n = 0;
function ok(good, name) { console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${name}`); }
async function refused(promise, type, name) {
  try { await promise; ok(false, name); } catch (error) {
    ok(error.type === type, `${name}: ${error.type}`); return error;
  }
}
async function control(path, body = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}/_double${path}`,
    {method: 'POST', body: JSON.stringify(body)});
  return answer.json();
}

const account = await stripe.accounts.create({country: 'US', email: 'a@example.com',
  controller: {stripe_dashboard: {type: 'express'}, fees: {payer: 'application'},
    losses: {payments: 'application'}},
  capabilities: {transfers: {requested: true}, card_payments: {requested: true}}});
ok(account.object === 'account' && account.type === 'express', 'accounts.create');
const link = await stripe.accountLinks.create({account: account.id, type: 'account_onboarding',
  return_url: 'https://a.example/r', refresh_url: 'https://a.example/f'});
ok(link.url.startsWith(`http://127.0.0.1:${port}/connect/onboard/`), 'accountLinks.create');
await control(`/accounts/${account.id}/onboard`, {outcome: 'active'});
ok((await stripe.accounts.retrieve(account.id)).payouts_enabled, 'accounts.retrieve');
ok((await stripe.accounts.createLoginLink(account.id)).url, 'accounts.createLoginLink');
const scheduled = await stripe.accounts.update(account.id,
  {settings: {payouts: {schedule: {interval: 'weekly', weekly_anchor: 'monday'}}}});
ok(scheduled.settings.payouts.schedule.interval === 'weekly', 'accounts.update');

const created = await stripe.paymentIntents.create({amount: 2500, currency: 'usd',
  allowed_payment_method_types: ['card'], application_fee_amount: 75,
  transfer_data: {destination: account.id}, metadata: {payment_id: 'p'}},
  {idempotencyKey: 'sdk-1'});
const replayed = await stripe.paymentIntents.create({amount: 2500, currency: 'usd',
  allowed_payment_method_types: ['card'], application_fee_amount: 75,
  transfer_data: {destination: account.id}, metadata: {payment_id: 'p'}},
  {idempotencyKey: 'sdk-1'});
ok(created.id === replayed.id, 'the same key, the same object');
ok(replayed.lastResponse.headers['idempotent-replayed'] === 'true', 'Idempotent-Replayed');
await refused(stripe.paymentIntents.create({amount: 1, currency: 'usd'},
  {idempotencyKey: 'sdk-1'}), 'StripeIdempotencyError', 'other parameters');
const declined = await refused(stripe.paymentIntents.confirm(created.id,
  {payment_method: 'pm_card_chargeDeclined'}), 'StripeCardError', 'a declined card');
ok(declined.payment_intent.id === created.id && declined.decline_code === 'generic_decline',
  'its details');
const paid = await stripe.paymentIntents.confirm(created.id, {payment_method: 'pm_card_visa',
  expand: ['latest_charge.balance_transaction']});
ok(paid.status === 'succeeded' && paid.latest_charge.balance_transaction.amount === 2500,
  'paymentIntents.confirm, expanded');
await refused(new Stripe('sk_test_wrong', options).balance.retrieve(),
  'StripeAuthenticationError', 'a wrong key');
await refused(stripe.paymentIntents.retrieve('pi_1nothing'), 'StripeInvalidRequestError',
  'an unknown id');

const refund = await stripe.refunds.create({payment_intent: created.id, amount: 500,
  reason: 'requested_by_customer', refund_application_fee: true, reverse_transfer: true,
  expand: ['charge.application_fee']});
ok(refund.charge.application_fee.amount_refunded === 15, 'refunds.create, fee pro rata');
await refused(stripe.transfers.create({amount: 100000, currency: 'usd', destination: account.id}),
  'StripeInvalidRequestError', 'no money for a transfer');
await control('/balance', {account: 'platform', currency: 'usd', available: 50000});
const transfer = await stripe.transfers.create({amount: 9000, currency: 'usd',
  destination: account.id, description: 'w'});
const reversal = await stripe.transfers.createReversal(transfer.id, {amount: 1000});
ok(reversal.amount === 1000, 'transfers.createReversal');
const on = {stripeAccount: account.id};
const payout = await stripe.payouts.create({amount: 1000, currency: 'usd'}, on);
ok((await stripe.payouts.cancel(payout.id, {}, on)).status === 'canceled', 'payouts.cancel');
ok((await stripe.balance.retrieve({}, on)).available[0].currency === 'usd', 'balance.retrieve');

const ids = [];
for (let i = 0; i < 7; i++) await stripe.paymentIntents.create({amount: 1000, currency: 'eur'});
for await (const intent of stripe.paymentIntents.list({limit: 3})) ids.push(intent.id);
ok(ids.length === 8 && new Set(ids).size === 8, 'auto-pagination');
const file = await stripe.files.create({purpose: 'dispute_evidence',
  file: {data: Buffer.from('text'), name: 'a.txt', type: 'text/plain'}});
ok(file.size === 4, 'files.create');
const dispute = await control('/disputes', {payment_intent: created.id, reason: 'fraudulent'});
const evidence = await stripe.disputes.update(dispute.id,
  {evidence: {receipt: file.id, customer_name: 'J'}, submit: true});
ok(evidence.status === 'under_review', 'disputes.update');
const events = await stripe.events.list({types: ['payment_intent.succeeded']});
ok(events.data.length === 1 && events.data[0].data.object.id === created.id, 'events.list');

await control('/faults', {rules: [{match: 'POST /v1/refunds', do: '429'}]});
await refused(stripe.refunds.create({payment_intent: created.id}), 'StripeRateLimitError', '429');
await control('/faults', {rules: [{match: 'POST /v1/payment_intents', do: '500', times: 2}]});
const patient = new Stripe('sk_test_double', {...options, maxNetworkRetries: 3});
ok((await patient.paymentIntents.create({amount: 700, currency: 'usd'})).amount === 700,
  'the SDK gets through two 500s');

// The signature of one delivered event, by the SDK's own check: handed over on stdin.
const hook = JSON.parse(await new Promise(resolve => {
  let text = ''; process.stdin.on('data', part => text += part).on('end', () => resolve(text));
}));
const event = stripe.webhooks.constructEvent(hook.body, hook.signature, process.argv[3]);
ok(event.object === 'event', 'webhooks.constructEvent');
try {
  stripe.webhooks.constructEvent(hook.body + ' ', hook.signature, process.argv[3]);
  ok(false, 'a changed body');
} catch (error) { ok(error.type === 'StripeSignatureVerificationError', 'a changed body'); }
console.log(`1..${n}`);
process.exit(0);   // kept-alive connections would hold it open
