// A request as a curl line that a shell understands.
import { access } from './access.js';

// Each party: where this page reaches it, where a shell does, and the headers with credentials,
// whose values are variables of sandbox.env.
export const PARTIES = {
    trader: { page: '', shell: 'BASE_URL', path: '', headers: {
        Authorization: ['Bearer ', 'APP_TOKEN'], 'X-Session-Token': ['', 'SESSION_TOKEN'] } },
    writer: { page: '', shell: 'BASE_URL', path: '', headers: {
        Authorization: ['Bearer ', 'PAYOUTS_APP_TOKEN'],
        'X-Session-Token': ['', 'SESSION_TOKEN'] } },
    journal: { page: '', shell: 'BASE_URL', path: '', headers: {
        Authorization: ['Bearer ', 'JOURNAL_KEY'] } },
    payer: { page: 'stripe', shell: 'STRIPE_API_BASE', path: '', headers: {
        Authorization: ['Bearer ', 'STRIPE_PUBLISHABLE_KEY'] } },
    world: { page: 'double', shell: 'DOUBLE_URL', path: '/_double', headers: {} },
};

const LONG_TEXT = 3000;

let plain = false;

// Whether values stand in the lines in place of the variables.
export function showValues(yes) {
    plain = yes;
}

const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
const guarded = (text) => text.replace(/[\\"$`]/g, '\\$&');
const variable = (name) => (plain ? guarded(access[name]) : '$' + name);

function body(request) {
    if (request.json)
        return ["-H 'Content-Type: application/json'",
            '-d ' + quoted(JSON.stringify(request.json))];
    if (request.form)
        return Object.entries(request.form).map(([name, value]) =>
            '--data-urlencode ' + quoted(name + '=' + value));
    if (request.text === undefined)
        return [];
    return ["-H 'Content-Type: text/csv'", '--data-binary '
        + (request.text.length > LONG_TEXT ? '@payouts.csv' : quoted(request.text))];
}

// The path at the party, as a shell and a log name it.
export const pathOf = (request) => PARTIES[request.party].path + request.path;

export function curlLine(request) {
    const party = PARTIES[request.party];
    const credentials = Object.entries(party.headers).map(([name, [prefix, key]]) =>
        `-H "${name}: ${prefix}${variable(key)}"`);
    const headers = Object.entries(request.headers || {}).map(([name, value]) =>
        '-H ' + quoted(`${name}: ${value}`));
    const method = request.method === 'GET' ? '' : ` -X ${request.method}`;
    return [`curl -sS${method} "${variable(party.shell)}${guarded(pathOf(request))}"`,
        ...credentials, ...headers, ...body(request)].join(' \\\n    ');
}
