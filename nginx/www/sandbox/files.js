// Import and export of the journal as CSV.
import { $, fill, h, onClick, onSubmit, say, table } from './dom.js';
import { ask, intend } from './http.js';
import { readJournal } from './journal.js';

const EXAMPLE = `date,account_number,firm_name,total_amount,profit_split,status,reference
2026-01-09,APEX-104821,Apex Trader Funding,1250.00,100,completed,PAYOUT-A
2026-01-23,2100458731,FTMO,980.50,80,processing,PAYOUT-B
`;
const FIRST = 'A first line names the columns. Wrong lines are told all at once, and nothing is '
    + 'stored then.';

// That the browser saves it; the answer is a file because of the credentials in its headers.
function save(text, name) {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
    const link = h('a', { href: url, download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

async function exportAll() {
    const answer = await ask('journal', { party: 'journal', method: 'GET',
        path: '/api/v1/payouts/export.csv' });
    save(answer.text, 'payouts.csv');
    $('import-text').value = answer.text;
    const rows = answer.text.trim().split('\n').length - 1;
    say('journal', `${rows} payouts were exported. The file also stands in the field, to be `
        + 'imported again.', 'good');
}

function wrong(error) {
    const errors = (error.answer && error.answer.body && error.answer.body.errors) || [];
    const more = error.answer && error.answer.body && error.answer.body.not_listed;
    fill($('import-result'), errors.length === 0 ? null : table('What is wrong', [
        { name: 'Line', number: true, value: (one) => String(one.line || '') },
        { name: 'Column', value: (one) => one.field || '' },
        { name: 'Why', wrap: 'texts', value: (one) => one.message },
    ], errors), more ? h('p', { class: 'quiet' }, `${more} more are not listed.`) : null);
}

function told(data, tried) {
    const ignored = (data.ignored_columns || []).join(', ');
    const updated = data.updated === undefined ? '' : `, ${data.updated} changed, `
        + `${data.unchanged} as they were`;
    say('journal', `${tried ? 'Nothing was stored. It would be: ' : 'Imported: '}${data.imported} `
        + `new${updated}.${ignored ? ` Ignored columns: ${ignored}.` : ''}`, 'good');
}

async function send(tried) {
    fill($('import-result'));
    const request = { party: 'journal', method: 'POST', text: $('import-text').value,
        path: '/api/v1/payouts/import' + (tried ? '?dry_run=true' : '') };
    try {
        const { body } = await intend('journal', tried ? 'try' : 'import', request);
        if (!tried)
            await imported(body.data.import_id);
        told(body.data, tried);
    } catch (error) {
        wrong(error);
        throw error;
    }
}

async function imported(id) {
    $('import-undo').hidden = !id;
    $('import-undo').value = id || '';
    await readJournal();
}

async function undo() {
    await ask('journal', { party: 'journal', method: 'DELETE',
        path: '/api/v1/payouts/imports/' + $('import-undo').value });
    await imported(null);
    say('journal', 'The import was taken back.', 'good');
}

async function readFile() {
    const [file] = $('import-file').files;
    if (!file)
        return;
    $('import-text').value = await file.text();
    say('journal', `${file.name} stands in the field: import it, or try first.`);
}

export function start() {
    $('import-text').value = EXAMPLE;
    fill($('import-result'), h('p', { class: 'quiet' }, FIRST));
    onClick('journal', 'export', exportAll);
    onClick('journal', 'import-try', () => send(true));
    onSubmit('journal', 'import-form', 'import', () => send(false));
    onClick('journal', 'import-undo', undo);
    $('import-file').addEventListener('change', readFile);
}
