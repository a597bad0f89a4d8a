// The card "Earnings": what an account has earned by its high-water mark, and what of it is owed.
import { $, badge, day, dollars, fill, h, money, onClick, quietly, say, table } from './dom.js';
import { read } from './http.js';
import * as plot from './plot.js';
import { header, isChosen, on, state } from './state.js';

const REASONS = {
    not_funded: ['The account is not funded, so it earns nothing.', 'validator',
        'Let the validator call it funded'],
    nothing_owed: ['No week rose above the high-water mark, so nothing was earned.', 'validator',
        'Script better weeks'],
    below_minimum: ['Less is owed than the firm pays out at once.', 'psql', 'See the policy'],
    no_payee: ['There is nobody to pay yet.', 'payee', 'Set up payouts'],
    validator_unavailable: ['The validator did not answer: this is the last amount known, and none '
        + 'of it can be requested now.', 'faults', 'Look at the faults'],
    on_hold: ['Something holds payouts of this account: a request says what.', 'payouts',
        'See the payouts'],
};

// The sums over the weeks, in dollars: figures to look at, never what is paid.
function summed(weeks) {
    let water = 0;
    let earned = 0;
    return weeks.map((week) => {
        const worth = Math.min(week.balance, week.balance + week.unrealized);
        const before = water;
        const gross = week.gross === undefined ? Math.max(0, worth - water) : week.gross;
        const payout = week.payout === undefined ? gross * week.weekly_penalty * week.scale
            : week.payout;
        water += gross;
        earned += payout;
        return { ...week, worth, before, water, gross, payout, earned };
    });
}

const COLUMNS = [
    { name: 'Week of', value: (week) => day(week.start_time_ms) },
    { name: 'Balance', number: true, value: (week) => dollars(week.balance) },
    { name: 'Open', title: 'unrealized profit or loss', number: true,
        value: (week) => dollars(week.unrealized) },
    { name: 'Worth', title: 'the lesser of the balance with and without what is open', number: true,
        value: (week) => dollars(week.worth) },
    { name: 'Mark', title: 'the high-water mark before the week', number: true,
        value: (week) => dollars(week.before) },
    { name: 'Above', title: 'worth above the mark', number: true,
        value: (week) => dollars(week.gross) },
    { name: 'Factor', title: 'weekly penalty times scale', number: true,
        value: (week) => String(+(week.weekly_penalty * week.scale).toFixed(4)) },
    { name: 'Earned', number: true, value: (week) => dollars(week.payout) },
];

function drawPlot(weeks, estimate) {
    $('estimate-figure').hidden = weeks.length === 0;
    if (weeks.length === 0)
        return;
    const points = (value) => weeks.map((week) => [week.end_time_ms, value(week)]);
    const last = weeks[weeks.length - 1];
    const end = last.end_time_ms + (last.end_time_ms - weeks[0].start_time_ms) * 0.06;
    const begin = [weeks[0].start_time_ms, 0];
    const owed = estimate.amount_cents / 100;
    plot.show($('estimate-plot'), $('estimate-key'), {
        label: `Balance, high-water mark and earnings of ${weeks.length} weeks; `
            + `${dollars(owed)} USD are owed`,
        series: [
            { name: 'owed', look: 'owed', area: true, steps: true,
                points: [begin, ...points((week) => week.earned), [end, owed]] },
            { name: 'high-water mark', look: 'mark', steps: true,
                points: [begin, ...points((week) => week.water)] },
            { name: 'balance', look: 'balance', points: points((week) => week.balance) },
        ],
        marks: [...weeks.map((week) => [week.start_time_ms, day(week.start_time_ms)]),
            [end, 'now']],
        notes: weeks.map((week) => [week.end_time_ms, `week of ${day(week.start_time_ms)}: `
            + `balance ${dollars(week.balance)}, open ${dollars(week.unrealized)}, above the mark `
            + `${dollars(week.gross)}, earned ${dollars(week.payout)}`]),
    });
}

function reasonOf(estimate, earned) {
    if (estimate.reason === 'nothing_owed' && earned > 0)
        return [`All of the ${dollars(earned)} that were earned have been requested.`, 'payouts',
            'See the payouts'];
    return REASONS[estimate.reason] || ['', null, null];
}

function drawReason(estimate, earned) {
    const [text, card, link] = reasonOf(estimate, earned);
    const anchor = card && h('a', { href: '#' + card }, link + '.');
    fill($('owed-state'), badge(estimate.available ? 'available' : 'plain',
        estimate.available ? 'available' : estimate.reason.replaceAll('_', ' ')));
    fill($('owed-why'), estimate.available ? 'All of it can be requested.' : text + ' ', anchor);
}

export function draw(estimate) {
    const weeks = summed(estimate.weekly_settlements || []);
    $('owed').textContent = money(estimate.amount_cents);
    drawReason(estimate, weeks.length ? weeks[weeks.length - 1].earned : 0);
    drawPlot(weeks, estimate);
    $('weeks').hidden = weeks.length === 0;
    fill($('weeks'), table(`Formula ${estimate.formula_version || ''}: what is worth more than the `
        + 'mark is earned, and raises the mark', COLUMNS, weeks.slice(-60).reverse()));
    say('estimate', estimate.as_of ? `As of ${estimate.as_of}.` : '');
}

export async function readEstimate(place) {
    const account = state.account;
    const estimate = await read(place || 'estimate', 'trader', '/v2/payouts/estimate?explain=true',
        { headers: header(account) });
    if (isChosen(account))
        draw(estimate);
    return estimate;
}

export function start() {
    onClick('estimate', 'estimate-read', () => readEstimate());
    on('account', () => quietly('estimate', () => readEstimate()));
}
