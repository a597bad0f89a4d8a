// The card "What an operator does": statements for psql, about what is chosen now.
import { $, copyable, fill, h } from './dom.js';
import { on, state } from './state.js';

const psql = (statement, second) => `psql "$DATABASE_URL${second ? '_2' : ''}" -c "${statement}"`;

function statements() {
    const account = state.account ? state.account.id : 'prop_...';
    const payout = state.payouts[0] ? state.payouts[0].id : 'po_...';
    const to = state.payouts[0] && state.payouts[0].destination
        ? state.payouts[0].destination.stripe_account_id : 'acct_...';
    const release = `select admin.release_payout('${payout}', 'why', false, '${to}')`;
    return [
        ['What needs a person', psql('select * from admin.stuck')],
        ['Do the books agree? Empty: they do', psql('select * from admin.ledger_check')],
        ['Wait 24 h after a change of the bank; at most 500.00 a payout, and two operators above '
            + '100.00', psql('select admin.set_payout_limits('
            + '\'harbor\', 50000, null, 10000, 24, 900, \'why\', false)')],
        ['No such limits again', psql('select admin.set_payout_limits('
            + '\'harbor\', null, null, null, 0, 900, \'why\', false)')],
        ['Requests go out by themselves; below 50.00 nothing does',
            psql('select admin.set_payout_policy(\'harbor\', true, 5000, \'why\', false)')],
        ['Release the newest payout above the limit: two operators', psql(release) + '\n'
            + psql(release, true)],
        ['Pay a payout again that came back whole',
            psql(`select admin.reowe_payout('harbor', '${payout}', 'why', false)`)],
        ['Set an account\'s state right', psql('select admin.set_account_status('
            + `'harbor', '${account}', 'funded', 'why', false)`)],
        ['Everything there is', psql('select * from admin.help')],
    ];
}

function draw() {
    const open = [...$('statements').querySelectorAll('[open] > summary')]
        .map((summary) => summary.textContent);
    fill($('statements'), statements().map(([what, line]) => h('details',
        { open: open.includes(what) }, h('summary', {}, what), copyable(line, 'statement'))));
}

export function start() {
    on('account', draw);
    on('payouts', draw);
    draw();
}
