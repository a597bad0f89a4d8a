// The card "Buy a challenge".
import { $, act, badge, fill, h, money, onClick, onSubmit, options, say, size } from './dom.js';
import { control, intend } from './http.js';
import { drop, keep, kept } from './intents.js';
import { confirm, follow, retrieve } from './pay.js';
import { readAccounts } from './state.js';
import { checkoutOf, readTiers } from './tiers.js';

const CARDS = [['pm_card_visa', '4242: works'], ['pm_card_chargeDeclined', '0002: is declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', '0002: has no money'],
    ['pm_card_authenticationRequired', '3184: asks the bank'],
    ['pm_card_createDispute', '0259: works, disputed later'],
    ['pm_usBankAccount_success', 'bank account: takes a while']];

let tiers = [];

// The checkout that is not paid yet: { payment_id, stripe_payment_intent_id, client_secret, tier,
// stage }, or null.
const open = () => kept('checkout');

function radio(tier, i) {
    return h('label', {}, h('input', { type: 'radio', name: 'tier', value: String(i),
        checked: i === 0, required: true }), h('span', { class: 'frame' }),
    h('span', {}, h('b', {}, tier.tier_id), ' ', h('span', { class: 'quiet' },
        size(tier.account_size))), h('span', { class: 'price' }, tier.amount_cents
        ? money(tier.amount_cents, tier.currency) : 'free'));
}

function show() {
    const checkout = open();
    $('checkout-form').hidden = Boolean(checkout);
    $('pay-form').hidden = !checkout;
    fill($('buy-state'), checkout ? badge(checkout.stage) : null);
    if (!checkout)
        return;
    const price = money(checkout.amount_cents, checkout.currency);
    fill($('pay-what'), `${checkout.tier.tier_id}, `, h('b', {}, price),
        `: payment ${checkout.payment_id}, at Stripe ${checkout.stripe_payment_intent_id}.`);
    $('pay').textContent = checkout.stage === 'declined' ? 'Pay with this card'
        : 'Pay ' + price;
    $('bank-asks').hidden = !['requires_action', 'processing'].includes(checkout.stage);
    $('abandon').hidden = checkout.stage === 'succeeded' || checkout.stage === 'processing';
}

function stage(name) {
    keep('checkout', { ...open(), stage: name });
    show();
}

async function buy() {
    const tier = tiers[document.querySelector('input[name=tier]:checked').value];
    if (tier.amount_cents === 0)
        return takeFree(tier);
    const answer = await intend('buy', 'checkout', { party: 'trader', method: 'POST',
        path: '/v2/payments/checkout', json: checkoutOf(tier) });
    keep('checkout', { ...answer.body, tier, stage: answer.body.status });
    show();
    say('buy', 'Checked out. Nothing is paid yet: choose a card.');
    $('card').focus();
}

async function takeFree(tier) {
    const { body } = await intend('buy', 'free', { party: 'trader', method: 'POST',
        path: '/v2/payments/free', json: { tier_id: tier.tier_id, asset_class: tier.asset_class,
            account_size: tier.account_size } });
    say('buy', `Account ${body.id} is ${body.status}.`, 'good');
    await readAccounts('buy', body.id);
}

// After an answer that did not come: what does Stripe know?
async function confirmed(checkout, card) {
    try {
        return await confirm('buy', checkout, card);
    } catch (error) {
        if (!error.unknown)
            throw error;
        say('buy', 'The answer was lost. Stripe is asked what came of it.', 'wait');
        return retrieve('buy', checkout);
    }
}

async function pay() {
    const checkout = open();
    await settled(await confirmed(checkout, $('card').value));
}

async function settled(intent) {
    stage(intent.status === 'requires_payment_method' ? 'declined' : intent.status);
    if (open().stage === 'declined')
        say('buy', `${intent.message || 'The bank said no.'} Nothing was paid. The same payment `
            + 'can be paid with another card.', 'bad');
    else if (open().stage === 'requires_action')
        say('buy', 'The bank asks the payer first.', 'wait');
    else if (open().stage === 'processing')
        say('buy', 'The bank is working on it.', 'wait');
    else
        await arrive();
}

async function bank(outcome) {
    const answer = await control('buy', 'POST',
        `/payment_intents/${open().stripe_payment_intent_id}/complete`, { outcome });
    await settled(answer.body);
}

async function arrive() {
    const checkout = open();
    say('buy', 'Paid. Waiting for Stripe to say so, and for the account.', 'wait');
    const account = await follow('buy', checkout, (text) => say('buy', text, 'wait'));
    if (!account) {
        say('buy', 'No account yet. The payment is safe and the account will come; are Stripe\'s '
            + 'events withheld? Reload to look again.', 'wait');
        return;
    }
    drop('checkout');
    show();
    say('buy', `Account ${account.id} is ${account.status}.`,
        account.status === 'subaccount_failed' ? 'bad' : 'good');
    await readAccounts('buy', account.id);
}

function abandon() {
    drop('checkout');
    show();
    say('buy', 'The checkout was left unpaid.');
}

export async function start() {
    options($('card'), CARDS, 'pm_card_visa');
    onSubmit('buy', 'checkout-form', 'checkout', buy);
    onSubmit('buy', 'pay-form', 'pay', pay);
    onClick('buy', 'abandon', abandon);
    onClick('buy', 'bank-yes', () => bank('succeeded'));
    onClick('buy', 'bank-no', () => bank('failed'));
    show();
    tiers = await readTiers('buy');
    fill($('tiers'), $('tiers').querySelector('legend'), tiers.map(radio));
    if (open() && open().stage === 'succeeded')
        act('buy', $('pay'), arrive);
}
