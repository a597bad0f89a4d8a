// The card "Accounts".
import { $, badge, empty, fill, h, onClick, say, size, table } from './dom.js';
import { ask } from './http.js';
import { choose, on, readAccounts, state } from './state.js';

const NEXT = {
    provisioning: 'The account provider makes it. Reload in a moment.',
    subaccount_failed: 'The account provider gave up: an operator has to look (admin.stuck).',
    active: 'Nothing is known of it yet: ask the validator.',
    evaluation: 'It earns nothing until the validator calls it funded.',
    funded: 'It earns: see Earnings.',
    eliminated: 'The validator ended it for good.',
    suspended: 'Its payment was refunded or is disputed.',
};

async function sync(account) {
    const answer = await ask('accounts', { party: 'trader', method: 'POST',
        path: '/v2/lifecycle/sync/' + account.id });
    say('accounts', `The validator says: ${answer.body.status}.`, 'good');
    await readAccounts('accounts', account.id);
}

function pick(account) {
    const chosen = state.account && state.account.id === account.id;
    return h('button', { type: 'button', 'aria-pressed': String(chosen),
        'aria-label': 'Choose ' + account.id,
        onclick: () => choose(account.id) }, chosen ? 'Chosen' : 'Choose');
}

function draw() {
    if (state.accounts.length === 0) {
        fill($('accounts-list'), empty('No account yet.', ['#buy', 'Buy a challenge']));
        return;
    }
    const rows = state.accounts.slice(0, 12);
    const chosen = state.account;
    fill($('accounts-list'), h('div', { class: 'scroll', role: 'region', tabindex: '0',
        'aria-label': 'Accounts' }, table('Accounts, newest first', [
        { name: '', value: pick },
        { name: 'Account', value: (account) => h('code', {}, account.id) },
        { name: 'State', value: (account) => badge(account.status) },
        { name: 'Tier', value: (account) => account.tier_id },
        { name: 'Size', number: true, value: (account) => size(account.account_size) },
    ], rows)),
    state.accounts.length > rows.length
        ? h('p', { class: 'quiet' }, `${state.accounts.length - rows.length} older ones are in the `
            + 'list at the top.') : null,
    chosen ? h('p', { class: 'next' }, NEXT[chosen.status] || '', ' ', h('button', {
        type: 'button', id: 'sync', onclick: () => sync(chosen).catch((error) =>
            say('accounts', error.message, 'bad')) }, 'Ask for its state')) : null);
}

export function start() {
    onClick('accounts', 'accounts-read', () => readAccounts('accounts'));
    $('account').addEventListener('change', () => choose($('account').value));
    on('accounts', draw);
    on('account', draw);
}
