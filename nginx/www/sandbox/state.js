// What several cards need to know: the accounts, the one that is chosen, who reads again when.
import { $, fill, h, options, size } from './dom.js';
import { read } from './http.js';
import { keep, kept } from './intents.js';

export const state = { accounts: [], account: null, payees: [], payouts: [] };

const readers = { accounts: [], account: [], payees: [], payouts: [] };

// on('account', f): f runs after another account was chosen, or its state was read again.
export function on(what, reader) {
    readers[what].push(reader);
}

// A reader that fails says so in its own card.
export async function changed(what) {
    await Promise.all(readers[what].map((reader) => reader()));
}

const named = (account) => `${account.id.slice(0, 12)}… ${size(account.account_size)}, `
    + account.status.replaceAll('_', ' ');

export function header(account) {
    return account ? { 'X-Prop-Account': account.id } : {};
}

// Whether it is still the chosen one, after an answer about it came.
export function isChosen(account) {
    return (account && account.id) === (state.account && state.account.id);
}

export async function choose(id) {
    state.account = state.accounts.find((account) => account.id === id)
        || state.accounts[0] || null;
    keep('account', state.account && state.account.id);
    $('account').value = state.account ? state.account.id : '';
    await changed('account');
}

// Newest first, as the answer has them.
export async function readAccounts(place, chosen) {
    state.accounts = await read(place || 'accounts', 'trader', '/v2/payments/prop-accounts');
    if (state.accounts.length === 0)
        fill($('account'), h('option', { value: '' }, 'none yet'));
    else
        options($('account'), state.accounts.map((account) => [account.id, named(account)]));
    await changed('accounts');
    await choose(chosen || kept('account'));
}
