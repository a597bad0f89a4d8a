// The card "Journal": a trader's payouts of all firms, their cumulative chart, a page at a time.
import { $, badge, day, dollars, empty, fill, h, onClick, onSubmit, options, quietly, say, table }
    from './dom.js';
import { ask, intend, read } from './http.js';
import * as plot from './plot.js';

const PAGE = 10;
const CHART_PAGE = 100;
const CHART_MOST = 2000;

let offset = 0;
let total = 0;

function filter(more) {
    const query = new URLSearchParams(more);
    for (const [name, id] of [['firm', 'firm'], ['status', 'journal-state'], ['search', 'search']])
        if ($(id).value)
            query.set(name, $(id).value);
    return query;
}

// ---- the chart -------------------------------------------------------------------------------

// All payouts, oldest first; the last value of a day is the day's.
async function history() {
    const rows = [];
    let page;
    do {
        page = await read('journal', 'journal', '/api/v1/payouts?' + new URLSearchParams({
            include_cumulative: 'true', limit: CHART_PAGE, offset: rows.length }));
        rows.push(...page.data);
    } while (page.pagination.has_more && rows.length < CHART_MOST);
    return rows.reverse();
}

async function drawChart() {
    const rows = await history();
    $('journal-figure').hidden = rows.length === 0;
    if (rows.length === 0)
        return;
    const points = (name) => rows.map((row) => [Date.parse(row.date), row[name]]);
    const [first, last] = [rows[0], rows[rows.length - 1]];
    plot.show($('journal-plot'), $('journal-key'), {
        label: `Cumulative payouts from ${first.date} to ${last.date}: `
            + `${dollars(last.cumulative_traders_share)} USD of trader's share`,
        series: [
            { name: 'trader\'s share', look: 'owed', area: true, steps: true,
                points: points('cumulative_traders_share') },
            { name: 'before the split', look: 'mark', steps: true,
                points: points('cumulative_total_amount') },
        ],
        marks: rows.map((row) => [Date.parse(row.date), row.date]),
        notes: rows.map((row) => [Date.parse(row.date), `${row.date} ${row.firm_name}: `
            + `${dollars(row.traders_share)}, in all ${dollars(row.cumulative_traders_share)}`]),
    });
}

// ---- the rows --------------------------------------------------------------------------------

// Only as it is now: when somebody has changed it since, the answer is 412 and nothing is removed.
async function remove(row) {
    const path = '/api/v1/payouts/' + row.id;
    const { etag } = await ask('journal', { party: 'journal', method: 'GET', path });
    await ask('journal', { party: 'journal', method: 'DELETE', path,
        headers: { 'If-Match': etag } });
    await readJournal();
    say('journal', `The payout of ${row.date} was removed.`, 'good');
}

const COLUMNS = [
    { name: 'Date', value: (row) => row.date },
    { name: 'Firm', wrap: 'names', value: (row) => row.firm_name },
    { name: 'Account', value: (row) => row.account_number },
    { name: 'Amount', number: true, value: (row) => dollars(row.total_amount) },
    { name: 'Split', number: true, value: (row) => `${row.profit_split} %` },
    { name: 'Share', number: true, value: (row) => dollars(row.traders_share) },
    { name: 'State', value: (row) => badge(row.status) },
    { name: 'Reference', value: (row) => row.reference || '' },
    { name: '', value: (row) => h('button', { type: 'button', 'aria-label':
        `Remove the payout of ${row.date}, ${row.reference || row.account_number}`,
    onclick: () => quietly('journal', () => remove(row)) }, '×') },
];

async function readRows() {
    const page = await read('journal', 'journal',
        '/api/v1/payouts?' + filter({ limit: PAGE, offset }));
    total = page.pagination.total;
    fill($('journal-rows'), total === 0
        ? empty('No payout matches. Choose another filter, record one, or import a file.')
        : table('Payouts, newest first', COLUMNS, page.data));
    $('journal-page').textContent = total === 0 ? ''
        : `${offset + 1} to ${offset + page.data.length} of ${total}`;
    $('journal-newer').disabled = offset === 0;
    $('journal-older').disabled = !page.pagination.has_more;
}

function turn(rows) {
    offset = Math.max(0, offset + rows);
    return readRows();
}

async function readNames() {
    const [firms, accounts] = await Promise.all([
        read('journal', 'journal', '/api/v1/firms?limit=100'),
        read('journal', 'journal', '/api/v1/accounts?limit=100')]);
    options($('firm'), [['', 'all firms'], ...firms.data.map((firm) => [firm.name, firm.name])],
        $('firm').value);
    options($('record-account'), accounts.data.map((account) =>
        [account.id, `${account.account_number}, ${account.firm_name}`]));
}

export async function readJournal() {
    await readNames();
    await readRows();
    await drawChart();
}

// ---- recording -------------------------------------------------------------------------------

async function record() {
    const json = { date: $('record-date').value, total_amount: Number($('record-amount').value),
        account_id: $('record-account').value, profit_split: Number($('record-split').value),
        status: $('record-status').value };
    if ($('record-reference').value)
        json.reference = $('record-reference').value;
    const { body } = await intend('journal', 'record', { party: 'journal', method: 'POST',
        path: '/api/v1/payouts', json });
    say('journal', `Recorded: ${dollars(body.data.traders_share)} of ${dollars(
        body.data.total_amount)} are the trader's.`, 'good');
    offset = 0;
    await readJournal();
}

export function start() {
    $('record-date').value = day(Date.now());
    onClick('journal', 'journal-read', readJournal);
    onClick('journal', 'journal-newer', () => turn(-PAGE));
    onClick('journal', 'journal-older', () => turn(PAGE));
    onSubmit('journal', 'journal-filter', 'journal-find', () => turn(-offset));
    onSubmit('journal', 'record-form', 'record-send', record);
}
