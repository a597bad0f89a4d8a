// The cards "Payouts" and "Release": a trader asks for what is owed, an app lets it go.
import { $, badge, empty, fill, h, minute, money, onClick, quietly, say, table } from './dom.js';
import { intend, read } from './http.js';
import { forget } from './intents.js';
import { until } from './pay.js';
import { changed, header, isChosen, on, state } from './state.js';

const FINAL = ['paid', 'failed', 'canceled', 'reversed'];

// What the cards show: a button under somebody's finger is not drawn anew for nothing.
let drawn = '';

export async function readPayouts(place) {
    const account = state.account;
    const payouts = await read(place || 'payouts', 'trader', '/v2/payouts',
        { headers: header(account) });
    payouts.filter((payout) => FINAL.includes(payout.status))
        .forEach((payout) => forget('submit.' + payout.id));
    if (isChosen(account) && JSON.stringify(payouts) !== drawn) {
        drawn = JSON.stringify(payouts);
        state.payouts = payouts;
        await changed('payouts');
    }
    return payouts;
}

export async function request(place, account) {
    const { body } = await intend(place, 'request', { party: 'trader', method: 'POST',
        path: '/v2/payouts/request', headers: header(account), json: {} });
    return body;
}

export function submit(place, payout) {
    return intend(place, 'submit.' + payout.id, { party: 'writer', method: 'POST',
        path: `/v2/payouts/${payout.id}/submit`, json: {} });
}

// Waits until a payout is final; null = it still is on its way.
export async function settled(place, payout) {
    const found = await until(async () => {
        const now = await read(place, 'trader', '/v2/payouts/' + payout.id);
        return FINAL.includes(now.status) ? now : null;
    });
    await readPayouts(place);
    return found;
}

function why(payout) {
    const to = payout.destination && payout.destination.last4
        ? `to ${payout.destination.bank_name} ····${payout.destination.last4}` : '';
    return [payout.hold_reason && h('span', { class: 'hold' }, 'held: ' + payout.hold_reason),
        payout.failure_reason && h('span', { class: 'hold' }, payout.failure_reason),
        payout.stripe_transfer_id && h('code', {}, payout.stripe_transfer_id), ' ', to]
        .filter(Boolean);
}

async function step(payout, name) {
    await intend('payouts', `${name}.${payout.id}`, { party: 'trader', method: 'POST',
        path: `/v2/payouts/${payout.id}/${name}`, json: {} });
    say('payouts', name === 'cancel' ? 'Canceled: the amount is owed again.'
        : 'It is tried again, as a new attempt.', 'good');
    await changed('account');
}

function buttons(payout) {
    const button = (name, text) => h('button', { type: 'button',
        'aria-label': `${text} ${payout.id}`,
        onclick: () => quietly('payouts', () => step(payout, name)) }, text);
    if (payout.status === 'pending')
        return button('cancel', 'Cancel');
    return payout.status === 'failed' ? button('retry', 'Retry') : '';
}

function drawHistory() {
    if (state.payouts.length === 0) {
        fill($('payouts-list'), empty('No payout of this account yet. When something is owed, '
            + 'request it.', ['#estimate', 'See what is owed']));
        return;
    }
    fill($('payouts-list'), h('div', { class: 'scroll', role: 'region', tabindex: '0',
        'aria-label': 'Payouts' }, table('Payouts of the account, newest first', [
        { name: 'Asked for', value: (payout) => minute(payout.requested_at) },
        { name: 'Amount', number: true, value: (payout) => money(payout.amount_cents) },
        { name: 'State', value: (payout) => badge(payout.status) },
        { name: 'Where and why', wrap: 'texts', value: (payout) => h('span', {}, why(payout)) },
        { name: '', value: buttons },
    ], state.payouts)));
}

async function release(payout) {
    say('payouts', '');
    const answer = await submit('release', payout);
    if (answer.status === 202)
        say('release', `202: Stripe took ${payout.id} or did not, nobody knows yet. It stays `
            + 'processing until that is known; nothing is sent twice.', 'wait');
    else
        say('release', `${money(payout.amount_cents)} are ${answer.body.status}.`, 'good');
    await readPayouts('release');
}

function drawRelease() {
    const open = state.payouts.filter((payout) => !FINAL.includes(payout.status));
    fill($('release-list'), open.length === 0
        ? empty('Nothing waits to be released for this account.', ['#payouts', 'Request a payout'])
        : h('ul', { class: 'plain' }, open.map((payout) => h('li', {}, badge(payout.status), ' ',
            h('b', {}, money(payout.amount_cents)), ' ', h('code', {}, payout.id), ' ',
            h('button', { type: 'button', class: 'main release', 'aria-label':
                `Release ${payout.id}`, onclick: () => quietly('release', () => release(payout)) },
            'Release'), payout.hold_reason
                ? h('p', { class: 'hold' }, 'held: ' + payout.hold_reason) : null))));
}

async function ask() {
    const payout = await request('payouts', state.account);
    say('payouts', `${money(payout.amount_cents)} are ${payout.status}. An app with payouts:write `
        + 'lets them go: see Release.', 'good');
    await changed('account');
}

export function start() {
    onClick('payouts', 'request', ask);
    onClick('payouts', 'payouts-read', () => readPayouts());
    on('account', () => quietly('payouts', () => readPayouts()));
    on('payouts', drawHistory);
    on('payouts', drawRelease);
}
