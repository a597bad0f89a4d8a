// The cards of the world around: Stripe's balance, events, faults, disputes and clock.
import { $, badge, empty, fill, h, minute, money, onClick, onSubmit, options, quietly, say }
    from './dom.js';
import { ask, control, read } from './http.js';
import { on, readAccounts, state } from './state.js';

const MATCHES = [['POST /v1/transfers', 'transfer to a payee'],
    ['POST /v1/payment_intents', 'checkout at Stripe'],
    ['POST /v1/accounts', 'new payee at Stripe'], ['GET /v1/accounts/*', 'reading a payee'],
    ['POST /v1/payment_intents/*/confirm', 'the payer\'s confirmation'],
    ['POST /api/create-subaccount', 'account provider: new subaccount'],
    ['GET /entity/subaccount/*', 'validator: state of an account'],
    ['POST /entity/subaccount/payout', 'validator: earnings']];
const ANSWERS = [['500', '500'], ['429', '429: too many'], ['409', '409: conflict'],
    ['rights', '403: no rights'], ['delay', 'late by 1 s'], ['hang', 'none, not done'],
    ['cut_after', 'cut off, but done'], ['lost_answer', 'lost, but done'],
    ['truncated', 'half of it'], ['html', 'HTML']];

// ---- balance ---------------------------------------------------------------------------------

async function readMoney() {
    const { balances } = await read('money', 'world', '/state');
    const rows = Object.entries(balances).flatMap(([account, all]) =>
        Object.entries(all).map(([currency, is]) => [account, currency, is]));
    fill($('balances'), rows.filter(([account]) => account === 'platform')
        .map(([account, currency, is]) => [h('dt', {}, `${account}, ${currency}`), h('dd', {},
            `${money(is.available, currency)}, ${money(is.pending, currency)} pending`)]));
}

// From the text: 10000.00 is 1000000 cents.
function cents(text) {
    const [whole, part] = text.split('.');
    return parseInt(whole, 10) * 100 + parseInt(((part || '') + '00').slice(0, 2), 10);
}

async function setMoney() {
    await setBalance('money', cents($('available').value));
    say('money', 'Set: the difference is a balance transaction, which the books follow.', 'good');
    await readMoney();
}

export function setBalance(place, available) {
    return control(place, 'POST', '/balance', { account: 'platform', currency: 'usd', available });
}

// ---- events ----------------------------------------------------------------------------------

function drawEvents(status) {
    $('mode').value = status.mode;
    fill($('events-state'), badge(status.mode, $('mode').selectedOptions[0].textContent), ' ',
        h('span', { class: 'quiet' }, `${status.held} held, ${status.queued} queued`));
}

async function setMode() {
    const answer = await control('events', 'POST', '/webhooks', { mode: $('mode').value,
        seed: Number($('mode-seed').value) });
    drawEvents(answer.body);
    say('events', $('mode').value === 'withhold'
        ? 'Held until they are sent by the button. Purser also asks Stripe itself after a while.'
        : 'Set.', 'good');
}

async function flush() {
    const answer = await control('events', 'POST', '/webhooks/flush');
    drawEvents(answer.body);
    say('events', 'What was held has been sent.', 'good');
    await readAccounts('events');
}

// ---- faults ----------------------------------------------------------------------------------

function drawRules(rules) {
    fill($('rules'), rules.length === 0
        ? h('li', { class: 'empty' }, 'No faults: the world behaves.')
        : rules.map((rule) => h('li', {}, h('code', {}, rule.match), ` ${rule.do}, `,
            rule.remaining < 0 ? 'without end' : `${rule.remaining} more`,
            rule.probability === undefined ? '' : `, chance ${rule.probability}`)));
}

async function addFault() {
    const chance = Number($('probability').value);
    const rule = { match: $('match').value, do: $('do').value, times: Number($('times').value),
        ...(chance < 1 ? { probability: chance } : {}) };
    const answer = await control('faults', 'POST', '/faults',
        { seed: Number($('seed').value), rules: [rule] });
    drawRules(answer.body.rules);
    say('faults', 'Added: the next request that matches meets it.', 'good');
}

async function clearFaults() {
    const answer = await control('faults', 'DELETE', '/faults');
    drawRules(answer.body.rules);
    say('faults', 'No faults any more.', 'good');
}

// ---- disputes --------------------------------------------------------------------------------

async function close(dispute, outcome) {
    await control('disputes', 'POST', `/disputes/${dispute.id}/close`, { outcome });
    say('disputes', `The dispute is ${outcome}.`, 'good');
    await readDisputes();
    await readAccounts('disputes');
}

function drawDispute(dispute) {
    const isOpen = /(needs_response|under_review)$/.test(dispute.status);
    const button = (outcome) => h('button', { type: 'button',
        onclick: () => quietly('disputes', () => close(dispute, outcome)) }, outcome);
    return h('li', {}, badge(dispute.status.replace('warning_', '')), ' ',
        money(dispute.amount, dispute.currency), ' ', h('code', {}, dispute.id), ' ',
        isOpen ? [button('won'), ' ', button('lost')] : null);
}

async function readDisputes() {
    const { disputes } = await read('disputes', 'world', '/disputes');
    fill($('disputes-list'), disputes.length === 0
        ? empty('No disputes. One suspends the account until it is won.')
        : h('ul', { class: 'plain' }, disputes.slice(0, 8).map(drawDispute)));
}

async function openDispute() {
    const account = state.account;
    if (!account || !account.stripe_payment_intent_id)
        throw new Error('The chosen account was not bought: choose one that was.');
    const inquiry = $('dispute-kind').value === 'inquiry';
    await control('disputes', 'POST', '/disputes', { reason: 'fraudulent',
        payment_intent: account.stripe_payment_intent_id, ...(inquiry ? { inquiry } : {}) });
    say('disputes', inquiry ? 'An inquiry holds the payouts of the account.'
        : 'The account is suspended as soon as Stripe\'s event is applied.', 'good');
    await readDisputes();
    await readAccounts('disputes');
}

// ---- clock -----------------------------------------------------------------------------------

function drawClock(clock) {
    fill($('clock-now'), `${minute(clock.now * 1000)} UTC`
        + (clock.offset_s ? `, ${(clock.offset_s / 86400).toFixed(1)} days ahead` : ''));
}

async function advance(button) {
    const answer = await ask('clock', { party: 'world', method: 'POST', path: '/clock',
        json: { advance_s: Number(button.value) } });
    drawClock(answer.body);
    say('clock', 'Stripe\'s clock went on.', 'good');
}

export function start() {
    options($('match'), MATCHES.map(([match, text]) => [match, `${text}: ${match}`]));
    options($('do'), ANSWERS);
    onClick('money', 'money-read', readMoney);
    onSubmit('money', 'money-form', 'money-set', setMoney);
    onSubmit('events', 'events-form', 'mode-set', setMode);
    onClick('events', 'flush', flush);
    onSubmit('faults', 'faults-form', 'fault-add', addFault);
    onClick('faults', 'faults-clear', clearFaults);
    onSubmit('disputes', 'disputes-form', 'dispute-open', openDispute);
    onClick('disputes', 'disputes-read', readDisputes);
    for (const id of ['clock-hour', 'clock-day', 'clock-week'])
        onClick('clock', id, () => advance($(id)));
    on('payouts', () => quietly('money', readMoney));
}

export async function readWorld() {
    await Promise.all([quietly('events', async () =>
        drawEvents(await read('events', 'world', '/webhooks'))),
    quietly('faults', async () => drawRules((await read('faults', 'world', '/faults')).rules)),
    quietly('disputes', readDisputes),
    quietly('clock', async () => drawClock(await read('clock', 'world', '/clock')))]);
}
