// The card "Validator": what it will say of the chosen account.
import { $, fill, h, onClick, onSubmit, options, quietly, say } from './dom.js';
import { ask, control, read } from './http.js';
import { isChosen, on, readAccounts, state } from './state.js';

export const GOOD = [[130, -5], [110, 0], [200, 40], [412.5, 0]];
const PRESETS = {
    good: ['four weeks: 412.50', GOOD],
    seed: ['the mark holds: 200.00', [[130, -5], [110, 0], [200, 40], [205, -30]]],
    penalty: ['a week at half', [[400, 0, 0.5], [900, 0]]],
    loss: ['only losses: 0.00', [[-80, 0], [-120, -40], [-60, 0]]],
    year: ['a year by chance', null],
};
const FIELDS = [['balance', 'Balance'], ['unrealized', 'Open'], ['weekly_penalty', 'Penalty'],
    ['scale', 'Scale']];

let weeks = [];

export const weeksOf = (rows) => rows.map(([balance, unrealized, weekly_penalty, scale]) => ({
    balance, unrealized, weekly_penalty: weekly_penalty ?? 1, scale: scale ?? 1 }));

function input(week, i, [name, title]) {
    return h('td', {}, h('input', { value: String(week[name]), inputmode: 'decimal', required: true,
        pattern: '-?[0-9]{1,9}([.][0-9]{1,8})?', 'aria-label': `${title} of week ${i + 1}`,
        onchange: (event) => { week[name] = event.target.value; } }));
}

function draw() {
    fill($('script'), weeks.length === 0
        ? h('p', { class: 'empty' }, 'No weeks: the account has earned nothing. Fill in some.')
        : h('table', { class: 'edit' },
            h('caption', {}, 'Weeks, oldest first; the last one is the last complete week'),
            h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, '#'), FIELDS.map(([, title]) =>
                h('th', { scope: 'col' }, title)), h('th', {}))),
            h('tbody', {}, weeks.map((week, i) => h('tr', {}, h('td', { class: 'quiet' },
                String(i + 1)), FIELDS.map((field) => input(week, i, field)),
            h('td', {}, h('button', { type: 'button', 'aria-label': `Remove week ${i + 1}`,
                onclick: () => { weeks.splice(i, 1); draw(); } }, '×')))))));
}

export async function script(place, account, bucket, rows) {
    await control(place, 'PUT', '/validator/' + account.subaccount_uuid, { bucket,
        weeks: rows.map((row) => Object.fromEntries(FIELDS.map(([name]) =>
            [name, Number(row[name])]))) });
}

export function sync(place, account) {
    return ask(place, { party: 'trader', method: 'POST',
        path: '/v2/lifecycle/sync/' + account.id });
}

function needed() {
    const account = state.account;
    if (!account || !account.subaccount_uuid)
        throw new Error('The chosen account has no subaccount yet: buy a challenge first.');
    return account;
}

async function send() {
    const account = needed();
    await script('validator', account, $('bucket').value, weeks);
    const answer = await sync('validator', account);
    say('validator', `The account is ${answer.body.status} now.`, 'good');
    await readAccounts('validator', account.id);
}

async function fillIn() {
    const [, rows] = PRESETS[$('preset').value];
    if (rows) {
        weeks = weeksOf(rows);
        $('bucket').value = 'funded';
        draw();
        return;
    }
    const account = needed();
    await control('validator', 'POST', `/validator/${account.subaccount_uuid}/random`,
        { seed: Math.floor(Math.random() * 1e6), weeks: 52, bucket: 'funded' });
    say('validator', 'A year was made up and is in force.', 'good');
    await sync('validator', account);
    await readAccounts('validator', account.id);
}

async function readScript() {
    const account = state.account;
    fill($('validator-for'), account ? account.id.slice(0, 12) + '…' : 'no account yet');
    weeks = [];
    if (account && account.subaccount_uuid) {
        const said = await read('validator', 'world', '/validator/' + account.subaccount_uuid);
        if (!isChosen(account))
            return;
        weeks = said.weeks.map((week) => ({ balance: week.balance, unrealized: week.unrealized,
            weekly_penalty: week.penalty, scale: week.scale }));
        $('bucket').value = said.eliminated_at_ms ? 'eliminated' : said.bucket;
    }
    draw();
}

export function start() {
    options($('preset'), Object.entries(PRESETS).map(([name, [text]]) => [name, text]), 'good');
    onClick('validator', 'preset-fill', fillIn);
    onClick('validator', 'week-add', () => {
        weeks.push(weeksOf([[0, 0]])[0]);
        draw();
    });
    onSubmit('validator', 'validator-form', 'script-send', send);
    on('account', () => quietly('validator', readScript));
    draw();
}
