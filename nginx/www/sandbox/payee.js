// The cards "Payee" and "The payee at Stripe": a trader becomes a payee, and what happens to
// payees behind our back.
import { $, badge, empty, fill, h, minute, onClick, onSubmit, quietly, say } from './dom.js';
import { ask, control, intend, read } from './http.js';
import { until } from './pay.js';
import { changed, on, state } from './state.js';

const HEAR_S = 5;

// The payee that new payouts go to, else the newest one.
export const current = () => state.payees.find((payee) => payee.payouts_enabled)
    || state.payees[0] || null;

export async function readPayees(place) {
    state.payees = await read(place || 'payee', 'trader', '/v2/connect/accounts');
    await changed('payees');
}

function row(payee) {
    const bank = payee.last4 ? `${payee.bank_name} ····${payee.last4}` : 'no bank account yet';
    return h('li', {}, badge(payee.status), ' ', h('code', {}, payee.stripe_account_id),
        ` ${payee.country}, ${bank}`, payee.checked_at
            ? h('span', { class: 'quiet' }, `, read at ${minute(payee.checked_at)}`) : null,
        payee.status === 'pending' || payee.status === 'restricted'
            ? h('button', { type: 'button', onclick: () => quietly('payee', () => link(payee)) },
                'Fresh link to the form') : null);
}

function draw() {
    const payee = current();
    fill($('payee-list'), state.payees.length === 0 ? empty('Nobody can be paid yet: choose the '
        + 'country of the bank account and set up payouts.')
        : h('ul', { class: 'plain' }, state.payees.map(row)));
    fill($('bank-who'), payee ? `It acts on ${payee.stripe_account_id}.`
        : 'There is no payee yet.', payee ? null : h('a', { href: '#payee' }, ' Set up payouts'));
}

// Stripe's form opens beside this page, which says how to finish it without leaving.
function offer(url) {
    fill($('payee-status'), 'Fill in ', h('a', { href: url, target: '_blank', rel: 'noopener' },
        'Stripe\'s form'), ' (the link works once), or finish it by the switch ',
    h('a', { href: '#bank' }, 'The payee at Stripe'), '.');
    $('payee-status').className = 'status';
}

export async function begin(place, country) {
    const { body } = await intend(place, 'payee', { party: 'trader', method: 'POST',
        path: '/v2/connect/accounts', json: { country } });
    return body;
}

async function setUp() {
    const payee = await begin('payee', $('country').value);
    await readPayees();
    offer(payee.onboarding_url);
}

async function link(payee) {
    const { body } = await ask('payee', { party: 'trader', method: 'POST',
        path: `/v2/connect/accounts/${payee.stripe_account_id}/onboarding-link` });
    offer(body.onboarding_url);
    return body.onboarding_url;
}

// Purser hears of it by Stripe's event, a moment later.
async function change(path, json, text) {
    const payee = current();
    if (!payee)
        throw new Error('There is no payee yet: set up payouts first.');
    const known = () => JSON.stringify({ ...current(), checked_at: null });
    const before = known();
    await control('bank', 'POST', `/accounts/${payee.stripe_account_id}/${path}`, json);
    say('bank', text, 'good');
    say('payee', '');
    await until(async () => {
        await readPayees();
        return known() !== before;
    }, HEAR_S);
}

function changeBank() {
    if (!$('last4').reportValidity())
        return null;
    return change('bank', { last4: $('last4').value }, 'Payouts go to another bank account. Where '
        + 'the firm has a hold time, they wait that long.');
}

// Stripe's form sends the browser back here: after a used link with a request for a fresh one.
export async function returned() {
    const came = new URLSearchParams(location.search).get('onboarding');
    if (!came)
        return;
    history.replaceState(null, '', '#payee');
    $('payee').scrollIntoView();
    const open = state.payees.find((payee) => payee.status === 'pending');
    if (came === 'refresh' && open)
        location.href = await link(open);
    else
        say('payee', 'Back from Stripe\'s form.', 'good');
}

export function start() {
    onClick('payee', 'payee-read', () => readPayees());
    onSubmit('payee', 'payee-form', 'payee-begin', setUp);
    onClick('bank', 'outcome-send', () => change('onboard', { outcome: $('outcome').value },
        `The form is finished: ${$('outcome').value}.`));
    onClick('bank', 'last4-send', changeBank);
    onClick('bank', 'deauthorize', () => change('deauthorize', {},
        'The payee has disconnected from the platform.'));
    on('payees', draw);
}
