// The console of the sandbox: a client of the public API and of the double's control side, and of
// nothing else.
import { access, readAccess } from './access.js';
import { $, quietly, say } from './dom.js';
import { showValues } from './curl.js';
import { forgetOthers } from './intents.js';
import { redraw } from './wire.js';
import * as accounts from './accounts.js';
import * as buy from './buy.js';
import * as estimate from './estimate.js';
import * as files from './files.js';
import * as journal from './journal.js';
import * as payee from './payee.js';
import * as payouts from './payouts.js';
import * as psql from './psql.js';
import * as recipe from './recipe.js';
import { readAccounts } from './state.js';
import * as validator from './validator.js';
import * as world from './world.js';

function footer() {
    $('source').textContent = '. ' + access.ENV_FILE;
    $('values').addEventListener('change', () => {
        showValues($('values').checked);
        redraw();
    });
}

async function start() {
    await readAccess();
    forgetOthers();
    footer();
    for (const card of [accounts, estimate, payee, payouts, journal, files, validator, world, psql,
        recipe])
        card.start();
    await Promise.all([
        quietly('buy', () => buy.start()),
        quietly('accounts', () => readAccounts()),
        quietly('payee', async () => {
            await payee.readPayees();
            await payee.returned();
        }),
        quietly('journal', () => journal.readJournal()),
        world.readWorld()]);
    document.documentElement.dataset.ready = 'yes';
}

start().catch((error) => say('recipe', error.message, 'bad'));
