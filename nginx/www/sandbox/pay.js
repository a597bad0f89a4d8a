// The pay page of the sandbox: checks out at the API, confirms at the double of Stripe as Stripe.js
// would, then waits for the account.  Credentials come from sandbox.json, which quickstart writes.
'use strict';

const TIERS = [
	{ tier_id: 'challenge_25k', account_size: 25000, amount_cents: 19900 },
	{ tier_id: 'challenge_50k', account_size: 50000, amount_cents: 34900 },
	{ tier_id: 'challenge_100k', account_size: 100000, amount_cents: 49900 },
];
const WAIT_MS = 30000;
const $ = (id) => document.getElementById(id);

function step(text, bad) {
	const item = document.createElement('li');
	item.textContent = text;
	if (bad)
		item.className = 'bad';
	$('steps').append(item);
	return item;
}

function choice() {
	TIERS.forEach((tier, i) => {
		const label = document.createElement('label');
		const input = Object.assign(document.createElement('input'),
			{ type: 'radio', name: 'tier', value: i, checked: i === 0 });
		const name = document.createElement('b');
		name.textContent = tier.account_size.toLocaleString('en') + ' USD account';
		const price = document.createElement('span');
		price.textContent = '$' + tier.amount_cents / 100;
		label.append(input, name, price);
		$('choice').append(label);
	});
}

async function api(access, method, path, body) {
	const headers = {
		Authorization: 'Bearer ' + access.token,
		'X-Session-Token': access.session,
	};
	if (body) {
		headers['Content-Type'] = 'application/json';
		headers['Idempotency-Key'] = body.key;
	}
	const answer = await fetch(path,
		{ method, headers, body: body && JSON.stringify(body.json) });
	const json = await answer.json();
	if (!answer.ok)
		throw new Error(json.detail.message + ' (request ' + json.request_id + ')');
	return json;
}

async function confirm(access, checkout) {
	const answer = await fetch(access.stripe + '/v1/payment_intents/' +
		checkout.stripe_payment_intent_id + '/confirm', {
		method: 'POST',
		headers: { Authorization: 'Bearer ' + access.publishable_key },
		body: new URLSearchParams({ client_secret: checkout.client_secret,
			payment_method: $('card').value }),
	});
	const json = await answer.json();
	if (json.error)
		throw new Error(json.error.message);
	return json;
}

async function follow(access, checkout) {
	const line = step('Waiting for the account');
	const end = Date.now() + WAIT_MS;
	while (Date.now() < end) {
		const accounts = await api(access, 'GET', '/v2/payments/prop-accounts');
		const account = accounts.find((a) =>
			a.stripe_payment_intent_id === checkout.stripe_payment_intent_id);
		if (account)
			line.textContent = 'Account ' + account.id + ' is ' + account.status;
		if (account && account.status === 'active')
			return;
		await new Promise((done) => setTimeout(done, 300));
	}
	throw new Error('No active account yet; it will come');
}

async function pay() {
	const tier = TIERS[document.querySelector('input[name=tier]:checked').value];
	const access = await (await fetch('sandbox.json')).json();
	const checkout = await api(access, 'POST', '/v2/payments/checkout', {
		key: 'page-' + Date.now() + '-' + Math.random(),
		json: Object.assign(
			{ market: 'crypto', asset_class: 'crypto', currency: 'usd' }, tier),
	});
	step('Checkout ' + checkout.payment_id + ': $' + checkout.amount_cents / 100);
	step('Stripe says: ' + (await confirm(access, checkout)).status);
	await follow(access, checkout);
	step('Done');
}

choice();
document.querySelector('form').addEventListener('submit', async (event) => {
	event.preventDefault();
	$('pay').disabled = true;
	$('steps').textContent = '';
	try {
		await pay();
	} catch (error) {
		step(error.message, true);
	}
	$('pay').disabled = false;
});
