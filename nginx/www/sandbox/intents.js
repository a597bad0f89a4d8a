// What has to be remembered over clicks and reloads: what a person wants, under the
// Idempotency-Key that stands for it, and a checkout that is not paid yet.
import { access } from './access.js';

const PREFIX = 'purser.';

export function kept(name) {
    return JSON.parse(localStorage.getItem(PREFIX + name));
}

export function keep(name, value) {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
}

export function drop(name) {
    localStorage.removeItem(PREFIX + name);
}

// What an earlier sandbox at this address left means nothing to this one.
export function forgetOthers() {
    if (kept('session') === access.SESSION_TOKEN)
        return;
    Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))
        .forEach((name) => localStorage.removeItem(name));
    keep('session', access.SESSION_TOKEN);
}

export function randomKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return 'console-' + [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

// The key of an intent: the same one as long as the same is wanted and nobody knows the outcome.
export function keyOf(name, request) {
    const wanted = JSON.stringify([request.method, request.path, request.headers || {},
        request.json || request.text || {}]);
    const open = kept('intent.' + name);
    if (open && open.wanted === wanted)
        return open.key;
    const key = randomKey();
    keep('intent.' + name, { wanted, key });
    return key;
}

export function forget(name) {
    drop('intent.' + name);
}
