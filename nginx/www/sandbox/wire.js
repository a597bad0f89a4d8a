// What went over the wire for a card: each request as a curl line, with its answer.
import { copyable, fill, h } from './dom.js';
import { curlLine, pathOf } from './curl.js';

const KEPT = 8;
const LONG_ANSWER = 6000;
const LONG_PATH = 72;

const entries = new Map();

function pretty(answer) {
    const text = typeof answer.body === 'string' ? answer.body
        : JSON.stringify(answer.body, null, 2);
    if (text.length <= LONG_ANSWER)
        return text || '(empty)';
    return text.slice(0, LONG_ANSWER) + `\n… ${text.length - LONG_ANSWER} characters more`;
}

function look(answer) {
    if (answer.status === 0 || answer.status >= 500 || answer.status === 202)
        return 'wait';
    return answer.status >= 400 ? 'bad' : 'good';
}

function shortPath(request) {
    const path = pathOf(request);
    return path.length > LONG_PATH ? path.slice(0, LONG_PATH) + '…' : path;
}

function headers(answer) {
    return [answer.requestId && 'Request-Id: ' + answer.requestId,
        answer.replayed && 'Idempotent-Replayed: true',
        answer.retryAfter !== null && 'Retry-After: ' + answer.retryAfter,
        answer.etag && 'ETag: ' + answer.etag].filter(Boolean);
}

function row(entry) {
    const { request, answer, times, open } = entry;
    const status = answer.status === 0 ? 'no answer' : String(answer.status);
    return h('details', { open, ontoggle: (event) => { entry.open = event.target.open; } },
        h('summary', {}, h('span', { class: 'verb' }, request.method), ' ',
            h('span', { class: 'path' }, shortPath(request)), ' ',
            h('span', { class: 'badge ' + look(answer) }, status), ' ',
            h('span', { class: 'quiet' },
                `${answer.ms} ms` + (times > 1 ? `, ${times} times` : ''))),
        copyable(curlLine(request), 'curl line'),
        h('p', { class: 'headers' }, headers(answer).join(' · ')),
        h('pre', { class: 'answer', tabindex: '0', 'aria-label': 'Answer' }, pretty(answer)));
}

function draw(place) {
    fill(place, (entries.get(place) || []).map(row));
}

// An action is open, what was read beside it is folded, and the same read is noted once.  The
// element decides whether actions are folded, too.
export function note(place, request, answer) {
    const list = entries.get(place) || [];
    const same = list.find((other) => request.method === 'GET' && other.request.method === 'GET'
        && other.request.path === request.path);
    const acted = request.method !== 'GET' && !place.hasAttribute('data-folded');
    const entry = { request, answer, times: same ? same.times + 1 : 1,
        open: acted || answer.status === 0 || answer.status >= 400 };
    if (entry.open)
        list.forEach((other) => { other.open = false; });
    entries.set(place, [entry, ...list.filter((other) => other !== same)].slice(0, KEPT));
    draw(place);
}

export function redraw() {
    [...entries.keys()].forEach(draw);
}
