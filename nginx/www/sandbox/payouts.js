// The page of the sandbox to which onboarding returns: payout accounts, what is owed, the history.
// After a used link (onboarding=refresh) it continues with a fresh one, as an app should.
'use strict';

const $ = (id) => document.getElementById(id);
let access;

async function api(method, path) {
	const answer = await fetch(path, { method, headers: {
		Authorization: 'Bearer ' + access.token, 'X-Session-Token': access.session } });
	const body = await answer.json();
	if (!answer.ok)
		throw new Error(body.detail.message);
	return body;
}

function list(id, rows, text) {
	for (const row of rows) {
		const item = document.createElement('li');
		item.textContent = text(row);
		$(id).append(item);
	}
	if (rows.length === 0)
		$(id).textContent = 'none yet';
}

const money = (cents) => '$' + (cents / 100).toFixed(2);

async function show() {
	access = await (await fetch('/sandbox/sandbox.json')).json();
	const accounts = await api('GET', '/v2/connect/accounts');
	const open = accounts.find((account) => account.status === 'pending');
	if (open && new URLSearchParams(location.search).get('onboarding') === 'refresh') {
		const link = await api('POST',
			`/v2/connect/accounts/${open.stripe_account_id}/onboarding-link`);
		location.href = link.onboarding_url;
		return;
	}
	list('accounts', accounts, (account) => `${account.country}: ${account.status}`
		+ (account.last4 ? `, ${account.bank_name} ····${account.last4}` : ''));
	const estimate = await api('GET', '/v2/payouts/estimate');
	$('estimate').textContent = money(estimate.amount_cents)
		+ (estimate.available ? ', available' : ', not available');
	list('payouts', await api('GET', '/v2/payouts'), (payout) =>
		`${payout.requested_at.slice(0, 10)}: `
		+ `${money(payout.amount_cents)} ${payout.status} ${payout.failure_reason || ''}`);
}

show().catch((error) => {
	$('estimate').className = 'bad';
	$('estimate').textContent = error.message;
});
