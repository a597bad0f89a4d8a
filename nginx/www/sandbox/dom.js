// Elements of the page, and how money, times and states are written.

export const $ = (id) => document.getElementById(id);

function build(element, properties, children) {
    for (const [name, value] of Object.entries(properties || {})) {
        if (name.startsWith('on'))
            element.addEventListener(name.slice(2), value);
        else if (value === true)
            element.setAttribute(name, '');
        else if (value !== false && value !== null && value !== undefined)
            element.setAttribute(name, value);
    }
    element.append(...children.flat(2).filter((child) => child !== null && child !== undefined));
    return element;
}

// h('p', { class: 'quiet' }, 'text', element...)
export function h(name, properties, ...children) {
    return build(document.createElement(name), properties, children);
}

// The same for a part of a plot.
export function svg(name, properties, ...children) {
    return build(document.createElementNS('http://www.w3.org/2000/svg', name), properties,
        children);
}

const nameOf = (element) => element.getAttribute('aria-label') || element.textContent;

// Where the keyboard was in what is drawn anew, there it stays: at what has the same name, else at
// the card.
function refocus(element, name) {
    const same = [...element.querySelectorAll('button, a, input, summary, pre')]
        .find((one) => nameOf(one) === name);
    const next = same || element.closest('.card').querySelector('h2, h3');
    if (!same)
        next.tabIndex = -1;
    next.focus({ preventScroll: true });
}

export function fill(element, ...children) {
    const active = document.activeElement;
    const name = element !== active && element.contains(active) ? nameOf(active) : null;
    element.replaceChildren(...children.flat(2).filter((child) => child !== null));
    if (name !== null)
        refocus(element, name);
    return element;
}

const digits = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2,
    maximumFractionDigits: 2 });

export const dollars = (amount) => digits.format(amount);

// From the smallest unit of a currency, which has none, two or three decimal places.
export function money(amount, currency) {
    const code = (currency || 'usd').toUpperCase();
    const places = new Intl.NumberFormat('en-US', { style: 'currency', currency: code })
        .resolvedOptions().maximumFractionDigits;
    return (amount / 10 ** places).toLocaleString('en-US', { minimumFractionDigits: places })
        + ' ' + code;
}

export const size = (dollar) => dollar.toLocaleString('en-US') + ' USD';
export const day = (time) => new Date(time).toISOString().slice(0, 10);
export const minute = (time) => new Date(time).toISOString().slice(0, 16).replace('T', ' ');

const LOOKS = {
    good: ['active', 'funded', 'paid', 'succeeded', 'completed', 'available', 'delivered', 'won',
        'deliver'],
    wait: ['pending', 'processing', 'provisioning', 'creating', 'evaluation', 'challenge',
        'requires_payment_method', 'requires_confirmation', 'requires_action', 'withhold',
        'duplicate', 'shuffle', 'needs_response', 'under_review', 'restricted'],
    bad: ['failed', 'canceled', 'eliminated', 'suspended', 'subaccount_failed', 'reversed', 'lost',
        'disabled', 'rejected', 'deauthorized'],
};

export function badge(state, text) {
    const look = Object.keys(LOOKS).find((name) => LOOKS[name].includes(state)) || 'plain';
    return h('span', { class: 'badge ' + look }, text || state.replaceAll('_', ' '));
}

// columns: [{ name, title?, number?, wrap?, value(row) }]: numbers stand under one another; wrap
// is the class of a column whose texts may take several lines.
export function table(caption, columns, rows) {
    const look = (column) => (column.number ? 'number' : column.wrap || null);
    return h('table', {},
        h('caption', {}, caption),
        h('thead', {}, h('tr', {}, columns.map((column) =>
            h('th', { scope: 'col', class: look(column), title: column.title }, column.name)))),
        h('tbody', {}, rows.map((row) => h('tr', {}, columns.map((column) =>
            h('td', { class: look(column) }, column.value(row)))))));
}

export function empty(text, link) {
    return h('p', { class: 'empty' }, text, ' ', link ? h('a', { href: link[0] }, link[1]) : null);
}

export function options(select, pairs, chosen) {
    fill(select, pairs.map(([value, text]) =>
        h('option', { value, selected: value === chosen }, text)));
}

// What a card says about its last action; people with a screen reader hear it.
export function say(card, text, look) {
    const status = $(card + '-status');
    status.className = 'status ' + (look || '');
    status.textContent = text;
}

export function later(seconds) {
    return new Promise((done) => setTimeout(done, seconds * 1000));
}

// What a card reads by itself; a failure is said.
export async function quietly(card, action) {
    try {
        await action();
    } catch (error) {
        say(card, error.message, error.unknown ? 'wait' : 'bad');
    }
}

// Runs an action of a card: its button rests meanwhile, and a failure is said.
export async function act(card, button, action) {
    if (button.getAttribute('aria-disabled') === 'true')
        return;
    button.setAttribute('aria-disabled', 'true');
    await quietly(card, action);
    button.removeAttribute('aria-disabled');
}

export function onClick(card, id, action) {
    $(id).addEventListener('click', () => act(card, $(id), action));
}

// By the button or by Enter.  The form is never sent by the browser itself.
export function onSubmit(card, form, button, action) {
    $(form).addEventListener('submit', (event) => {
        event.preventDefault();
        act(card, $(button), action);
    });
}

export async function copy(text, button) {
    try {
        await navigator.clipboard.writeText(text);
        button.textContent = 'Copied';
    } catch {
        getSelection().selectAllChildren(button.parentElement.querySelector('pre'));
        button.textContent = 'Press Ctrl-C';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
}

export function copyable(text, label) {
    const button = h('button', { type: 'button', class: 'copy', 'aria-label': 'Copy ' + label,
        onclick: () => copy(text, button) }, 'Copy');
    return h('div', { class: 'code' }, h('pre', { tabindex: '0', 'aria-label': label }, text),
        button);
}
