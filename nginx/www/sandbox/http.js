// Requests: sent, repeated when the answer says so, shown with their answers.
import { access } from './access.js';
import { $, later } from './dom.js';
import { PARTIES } from './curl.js';
import { forget, keyOf } from './intents.js';
import { note } from './wire.js';

const ATTEMPTS = 5;
const LONGEST_WAIT_S = 30;

// An answer that is no success.  unknown = what was asked for may have happened.
export class Refusal extends Error {
    constructor(answer) {
        super(messageOf(answer));
        this.answer = answer;
        this.unknown = isUnknown(answer);
    }
}

function messageOf(answer) {
    const body = answer.body || {};
    const error = body.detail || body.error || {};
    const text = typeof error === 'string' ? error
        : error.message || 'the answer is ' + answer.status;
    const fields = (error.errors || body.errors || []).map((one) =>
        `${one.line ? 'line ' + one.line + ', ' : ''}${one.field || ''}: ${one.message}`);
    return [text, ...fields].join('; ') + (isUnknown(answer)
        ? '. The outcome is not known: ask again, the Idempotency-Key stays the same.' : '');
}

// Not refused and not done: the same request may be sent again, and finds what it has begun.
export function isUnknown(answer) {
    return answer.status === 0 || answer.status === 202 || answer.status === 429
        || answer.status >= 500 || (answer.status === 409 && answer.retryAfter !== null);
}

function headersOf(request) {
    const headers = { ...request.headers };
    for (const [name, [prefix, key]] of Object.entries(PARTIES[request.party].headers))
        headers[name] = prefix + access[key];
    if (request.json)
        headers['Content-Type'] = 'application/json';
    if (request.text !== undefined)
        headers['Content-Type'] = 'text/csv';
    return headers;
}

function bodyOf(request) {
    if (request.json)
        return JSON.stringify(request.json);
    return request.form ? new URLSearchParams(request.form) : request.text;
}

async function once(request) {
    const start = performance.now();
    const answer = { status: 0, ok: false, body: 'no answer came', retryAfter: null };
    try {
        const got = await fetch(PARTIES[request.party].page + request.path,
            { method: request.method, headers: headersOf(request), body: bodyOf(request) });
        const text = await got.text();
        const seconds = parseInt(got.headers.get('Retry-After'), 10);
        Object.assign(answer, { status: got.status, ok: got.ok, text, body: parsed(text),
            requestId: got.headers.get('Request-Id'), etag: got.headers.get('ETag'),
            replayed: got.headers.get('Idempotent-Replayed') === 'true',
            retryAfter: Number.isNaN(seconds) ? null : seconds });
    } catch (error) {
        answer.body = 'no answer came: ' + error.message;
    }
    answer.ms = Math.round(performance.now() - start);
    return answer;
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

// A request may be repeated by itself when a repetition cannot do the same thing twice.
function repeats(request, answer) {
    const safe = request.method === 'GET' || (request.headers || {})['Idempotency-Key'];
    return safe && answer.retryAfter !== null && [409, 429, 503].includes(answer.status);
}

// request: { party, method, path, headers?, json? | form? | text? }; place: the element
// that shows it, or a card's name.  Throws a Refusal unless the answer is a success.
export async function ask(place, request) {
    const shown = typeof place === 'string' ? $(place + '-wire') : place;
    let answer;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        answer = await once(request);
        note(shown, request, answer);
        if (!repeats(request, answer))
            break;
        await later(Math.min(answer.retryAfter, LONGEST_WAIT_S));
    }
    if (!answer.ok)
        throw new Refusal(answer);
    return answer;
}

export async function read(place, party, path, more) {
    return (await ask(place, { party, method: 'GET', path, ...more })).body;
}

// What a person wants once: the Idempotency-Key stays until it is known what came of it, over
// clicks and reloads.  The same name with another body is another intent.
export async function intend(place, name, request) {
    const key = keyOf(name, request);
    const keyed = { ...request, headers: { ...request.headers, 'Idempotency-Key': key } };
    try {
        const answer = await ask(place, keyed);
        if (!isUnknown(answer))
            forget(name);
        return answer;
    } catch (error) {
        if (!error.unknown)
            forget(name);
        throw error;
    }
}

export function control(place, method, path, json) {
    return ask(place, { party: 'world', method, path, json });
}
