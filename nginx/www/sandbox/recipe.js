// The recipe: one account from bought to funded to paid.  Each step is a request; where one
// fails, or the page is reloaded, the recipe goes on from there with the same keys.
import { $, fill, h, money, onClick, say } from './dom.js';
import { control, intend, read } from './http.js';
import { drop, keep, kept } from './intents.js';
import { confirm, follow, retrieve } from './pay.js';
import { begin, readPayees } from './payee.js';
import { request, settled, submit } from './payouts.js';
import { readAccounts, state } from './state.js';
import { checkoutOf, readTiers } from './tiers.js';
import { GOOD, script, sync, weeksOf } from './validator.js';
import { setBalance } from './world.js';

const PLATFORM_CENTS = 1000000;

// Each: [text, step(place, run)]; a step returns what it found out, and remembers in run.
const STEPS = [
    ['A trader checks out a challenge', async (place, run) => {
        const tiers = await readTiers(place);
        const tier = tiers.find((one) => one.tier_id === 'challenge_25k')
            || tiers.find((one) => one.amount_cents > 0 && one.currency === 'usd');
        const { body } = await intend(place, 'recipe.checkout', { party: 'trader', method: 'POST',
            path: '/v2/payments/checkout', json: checkoutOf(tier) });
        run.checkout = body;
        return `${tier.tier_id} for ${money(tier.amount_cents)}: payment ${body.payment_id}`;
    }],
    ['The payer\'s browser pays at Stripe with a test card', async (place, run) => {
        let intent = await retrieve(place, run.checkout);
        if (intent.status === 'requires_payment_method')
            intent = await confirm(place, run.checkout, 'pm_card_visa');
        return `Stripe says ${intent.status}`;
    }],
    ['Stripe\'s event makes the account', async (place, run) => {
        run.account = await follow(place, run.checkout, () => {});
        if (!run.account)
            throw new Error('no account yet: are Stripe\'s events withheld?');
        return `${run.account.id} is ${run.account.status}`;
    }],
    ['The trader becomes a payee', async (place, run) => {
        await readPayees(place);
        run.payee = state.payees.find((payee) => payee.payouts_enabled) || await begin(place, 'US');
        return `${run.payee.stripe_account_id} is ${run.payee.status}`;
    }],
    ['The trader fills in Stripe\'s form', async (place, run) => {
        if (run.payee.payouts_enabled)
            return 'not needed: the bank account is known';
        await control(place, 'POST', `/accounts/${run.payee.stripe_account_id}/onboard`,
            { outcome: 'active' });
        await readPayees(place);
        return 'the bank account is known';
    }],
    ['Four weeks later the validator calls the account funded', async (place, run) => {
        await script(place, run.account, 'funded', weeksOf(GOOD));
        return 'its best balance is 412.50 USD';
    }],
    ['The firm has money at Stripe', async (place) => {
        await setBalance(place, PLATFORM_CENTS);
        return money(PLATFORM_CENTS);
    }],
    ['Purser asks the validator for the account\'s state', async (place, run) =>
        `it is ${(await sync(place, run.account)).body.status}`],
    ['What is owed?', async (place, run) => {
        const estimate = await read(place, 'trader', '/v2/payouts/estimate?explain=true',
            { headers: { 'X-Prop-Account': run.account.id } });
        if (!estimate.available)
            throw new Error(`nothing is available: ${estimate.reason.replaceAll('_', ' ')}`);
        return money(estimate.amount_cents);
    }],
    ['The trader asks for it', async (place, run) => {
        run.payout = await request(place, run.account);
        return `${run.payout.id} is ${run.payout.status}`;
    }],
    ['An app with the scope payouts:write lets it go', async (place, run) => {
        const answer = await submit(place, run.payout);
        return answer.status === 202 ? 'sent; the outcome is not known yet'
            : `it is ${answer.body.status}`;
    }],
    ['Paid', async (place, run) => {
        await readAccounts(place, run.account.id);
        const payout = await settled(place, run.payout);
        if (!payout || payout.status !== 'paid')
            throw new Error(`the payout is ${payout ? payout.status : 'still open'}`);
        return `${money(payout.amount_cents)} by ${payout.stripe_transfer_id}`;
    }],
];

const begun = () => kept('recipe') || { step: 0, said: [] };

function draw() {
    const run = begun();
    fill($('recipe-steps'), STEPS.map(([text], i) => h('li', { id: `recipe-${i}`,
        class: i < run.step ? 'done' : null }, h('span', {}, text), ' ',
    h('span', { class: 'found' }, run.said[i] || ''),
    h('div', { class: 'wire', 'data-folded': true }))));
    name(run);
}

function name(run) {
    $('recipe-go').textContent = run.step === 0 ? 'Take me there'
        : run.step < STEPS.length ? `Go on from step ${run.step + 1}` : 'Once more';
}

async function go() {
    let run = begun();
    if (run.step === STEPS.length || run.step === 0) {
        drop('recipe');
        run = begun();
        draw();
    }
    for (; run.step < STEPS.length; keep('recipe', run)) {
        const item = $('recipe-' + run.step);
        item.className = 'now';
        say('recipe', `Step ${run.step + 1}: ${STEPS[run.step][0]}`, 'wait');
        try {
            run.said[run.step] = await STEPS[run.step][1](item.querySelector('.wire'), run);
        } catch (error) {
            item.className = 'failed';
            name(run);
            throw new Error(`Step ${run.step + 1} stopped: ${error.message}`);
        }
        item.className = 'done';
        fill(item.querySelector('.found'), run.said[run.step++]);
    }
    name(run);
    say('recipe', `${run.said[STEPS.length - 1]}. Everything below shows this account now.`,
        'good');
}

export function start() {
    draw();
    onClick('recipe', 'recipe-go', go);
}
