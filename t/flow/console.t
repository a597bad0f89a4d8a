# Protects: the sandbox's console, as people use it in a browser: with mouse and keyboard, on a
# phone and a desktop, over declines, lost answers and reloads.  It needs Chromium, which
# `conf/packages browser` installs; PURSER_SCREENSHOTS=DIR keeps pictures.
use strict;
use warnings;

use JSON::PP qw(decode_json);
use Test::More;
use T::Api qw(json_of);
use T::Browser;
use T::Console;
use T::Proc qw(run_quiet);
use T::Purser;

plan skip_all => 'Chromium is not installed; conf/packages browser does it'
    if !T::Browser::program();

use constant { WAIT_S => 60, PLATFORM_CENTS => 5_000_000 };

my $purser = T::Purser->start;
my $console = T::Console->start($purser);
my ($browser, $user);

# ---- helpers ---------------------------------------------------------------------------------

sub wait_for { return $browser->wait_for(WAIT_S, @_) }

sub selected { return 'document.querySelector(' . T::Browser::quoted($_[0]) . ')' }

# Waits until the text of an element matches; the text then.
sub reads {
    my ($selector, $pattern) = @_;
    my $matches = "/$pattern/.test(" . selected($selector) . '.innerText)';
    if (!eval { wait_for("$selector reads $pattern", $matches) }) {
        die "$selector reads: " . eval { $browser->text($selector) } . "\n";
    }
    return $browser->text($selector);
}

sub visit {
    my ($what) = @_;
    $browser->open($console->url);
    wait_for("the console is ready: $what", 'document.documentElement.dataset.ready === "yes"');
    return;
}

sub picture {
    my ($name) = @_;
    my $file = $name =~ tr/a-z0-9/-/csr;
    $browser->screenshot("$ENV{PURSER_SCREENSHOTS}/$file.png") if $ENV{PURSER_SCREENSHOTS};
    return;
}

# The same hand for all of a scenario: it presses a button, or chooses an option.
my %hand = (
    mouse => {
        press => sub { $browser->click($_[0]) },
        choose => sub {
            $browser->js(selected($_[0]) . '.focus()');
            $browser->pick($_[1]);
        },
        radio => sub { $browser->click("input[name=tier][value=\"$_[0]\"]") },
    },
    keyboard => {
        press => sub { $browser->tab_to($_[0]); $browser->press('Enter') },
        choose => sub { $browser->tab_to($_[0]); $browser->pick($_[1]) },
        radio => sub {
            $browser->tab_to('input[name=tier]');
            for (1 .. 20) {
                last if $browser->js('document.activeElement.value') eq $_[0];
                $browser->press('ArrowDown');
            }
        },
    },
);

# Once it has done what it was pressed for before.
sub press {
    my ($hand, $selector) = @_;
    wait_for("$selector may be pressed", selected($selector)
        . '.getAttribute("aria-disabled") !== "true"');
    return $hand{$hand}{press}->($selector);
}

sub choose { return $hand{ $_[0] }{choose}->($_[1], $_[2]) }

sub tier_number {
    my ($tier) = @_;
    return $browser->js('[...document.querySelectorAll("#tiers label")].findIndex((label) =>'
        . ' label.innerText.includes(' . T::Browser::quoted($tier) . ')) + ""');
}

# What is true of the page in every state.
sub page_is_fit {
    my ($name) = @_;
    is($browser->js('document.documentElement.scrollWidth - innerWidth > 0'), JSON::PP::false,
        "$name: the page is no wider than the window");
    is($browser->js('[...document.querySelectorAll("button, input, select, textarea")]'
        . '.filter((e) => !(e.labels && e.labels.length) && !e.getAttribute("aria-label")'
        . ' && !(e.tagName === "BUTTON" && e.textContent.trim()) && e.offsetParent).map((e) =>'
        . ' e.outerHTML).join(" ")'), '', "$name: every control has a name");
    is($browser->js('[...document.querySelectorAll("[id]")].map((e) => e.id).filter((id, i, all) =>'
        . ' all.indexOf(id) !== i).join(" ")'), '', "$name: every id is there once");
    return;
}

# Chromium complains of each answer that is no success: here of the statuses that are expected.
sub no_complaints {
    my ($name, $expected) = @_;
    my @errors = grep { !/^network: .* status of (?:$expected) / } $browser->errors;
    is(join("\n", @errors), '', "$name: no error in the console, nothing against the policy");
    my $base = $console->nginx->base;
    # Chromium's own controls have pictures with a data: address.
    is(join(' ', grep { !m{^(?:\Q$base\E/|about:blank|blob:\Q$base\E/|data:)} } $browser->urls), '',
        "$name: no request to another host");
    return;
}

# ---- bought, funded, onboarded, requested, released, paid -------------------------------------

sub buy {
    my ($hand) = @_;
    $hand{$hand}{radio}->(tier_number('challenge_25k'));
    press($hand, '#checkout');
    reads('#pay-what', 'challenge_25k, 199.00 USD: payment pay_');
    return $browser->text('#pay-what') =~ /(pay_\w+), at Stripe (pi_\w+)/;
}

sub decline_then_pay {
    my ($hand, $name) = @_;
    my ($payment, $intent) = buy($hand);
    choose($hand, '#card', 'pm_card_chargeDeclined');
    press($hand, '#pay');
    like(reads('#buy-status', 'declined'), qr/same payment can be paid with another card/,
        "$name: a declined card is said, and what to do");
    picture("$name-declined");
    visit("$name, after a reload");
    like($browser->text('#pay-what'), qr/\Q$payment\E, at Stripe \Q$intent\E/,
        "$name: the checkout is still there after a reload");
    choose($hand, '#card', 'pm_card_visa');
    press($hand, '#pay');
    my ($account) = reads('#buy-status', 'Account prop_\\w+ is active') =~ /(prop_\w+)/;
    is(scalar(grep { ($_->{params}{payment_method} // '') =~ /^pm_card/ } $purser->double->calls(
        'POST', "/v1/payment_intents/$intent/confirm")), 2,
        "$name: the same PaymentIntent is confirmed after a decline");
    is($purser->value('select count(*) from payments.payment where user_id = ?', $user), 1,
        "$name: one payment was made");
    is($browser->js(selected('#account') . '.value'), $account,
        "$name: the new account is the chosen one");
    return $account;
}

sub become_payee {
    my ($hand, $name) = @_;
    press($hand, '#payee-begin');
    reads('#payee-status', 'Stripe.s form');
    choose($hand, '#outcome', 'active');
    press($hand, '#outcome-send');
    like(reads('#payee-list', 'active'), qr/STRIPE TEST BANK \S+6789/,
        "$name: the payee and the bank account are shown");
    return;
}

sub earn {
    my ($hand, $name) = @_;
    press($hand, '#preset-fill');
    press($hand, '#script-send');
    reads('#owed', '412.50 USD');
    is($browser->text('#owed-state'), 'available', "$name: what is owed is available");
    is($browser->js('document.querySelectorAll("#weeks tbody tr").length'), 4,
        "$name: the estimate is explained week by week");
    is($browser->js('document.querySelectorAll("#estimate-plot path.line").length'), 3,
        "$name: balance, high-water mark and what is owed are plotted");
    return;
}

sub be_paid {
    my ($hand, $name) = @_;
    press($hand, '#request');
    reads('#payouts-list', 'pending');
    press($hand, '#release-list button.release');
    like(reads('#payouts-list', 'paid'), qr/tr_\w+ to STRIPE TEST BANK \S+6789/,
        "$name: the payout is paid, and the history says to whom");
    reads('#owed', '0.00 USD');
    like($browser->text('#owed-why'), qr/All of the 412\.50 .* requested/,
        "$name: 0.00 is explained");
    is(scalar $purser->double->calls('POST', '/v1/transfers'), 1, "$name: one transfer was made")
        if $name =~ /1280/;
    return;
}

sub whole_day {
    my ($hand, $width) = @_;
    my $name = "console at $width px by $hand";
    subtest "$name: a trader's day" => sub {
        $user = $console->trader("$hand\@acme.test", 25);
        $browser = T::Browser->start(width => $width, height => 800,
            scheme => $hand eq 'mouse' ? 'light' : 'dark');
        visit($name);
        page_is_fit("$name, empty");
        picture("$name-empty");
        is($browser->text('#owed'), '0.00 USD', "$name: nothing is owed at first");
        like($browser->text('#owed-why'), qr/not funded/, "$name: the reason is said");
        decline_then_pay($hand, $name);
        become_payee($hand, $name);
        earn($hand, $name);
        picture("$name-owed");
        be_paid($hand, $name);
        files($hand, $name);
        record($hand, $name);
        page_is_fit("$name, paid");
        picture("$name-paid");
        no_complaints($name, '402|400');
    };
    return;
}

# The curl line of a card's last action, else of its last read, run by a shell with the variables
# of sandbox.env.
sub run_curl {
    my ($card) = @_;
    my $line = $browser->js('(' . selected("#$card-wire details[open] pre") . ' || '
        . selected("#$card-wire pre") . ').textContent');
    return run_quiet({ env => { $console->access } }, 'sh', '-c', $line);
}

# ---- the journal's files ----------------------------------------------------------------------

sub files {
    my ($hand, $name) = @_;
    press($hand, '#files > summary');
    press($hand, '#export');
    reads('#journal-status', '25 payouts were exported');
    my $csv = $browser->js(selected('#import-text') . '.value');
    is(scalar(() = $csv =~ /PAYOUT-/g), 25, "$name: the export has every payout");
    press($hand, '#import');
    reads('#journal-status', 'Imported: 0 new, 0 changed, 25 as they were');
    pass("$name: an export that is imported again changes nothing");
    $browser->js(selected('#import-text') . '.value = ' . T::Browser::quoted(
        "date,account_number,firm_name,total_amount,profit_split,status,reference\n"
        . "2026-10-01,2100458731,FTMO,100.10,80,completed,NEW\n"
        . "2026-10-02,2100458731,FTMO,none,80,completed,WRONG\n"));
    press($hand, '#import');
    like(reads('#import-result', 'total_amount'), qr/3\s+total_amount/,
        "$name: a wrong line is told by its number");
    $browser->js(selected('#import-text') . '.value = ' . selected('#import-text')
        . '.value.replace("none", "200.20")');
    press($hand, '#import-try');
    reads('#journal-status', 'Nothing was stored. It would be: 2 new');
    press($hand, '#import');
    reads('#journal-status', 'Imported: 2 new');
    reads('#journal-rows', 'WRONG[^]*NEW');
    is(json_of($console->journal->GET('/api/v1/payouts?limit=1'))->{pagination}{total}, 27,
        "$name: the import stored its rows once");
    press($hand, '#import-undo');
    reads('#journal-status', 'taken back');
    is(json_of($console->journal->GET('/api/v1/payouts?limit=1'))->{pagination}{total}, 25,
        "$name: the import is taken back");
    press($hand, '#journal-rows tbody button');
    reads('#journal-status', 'was removed');
    is(json_of($console->journal->GET('/api/v1/payouts?limit=1'))->{pagination}{total}, 24,
        "$name: a payout is removed");
    return;
}

sub record {
    my ($hand, $name) = @_;
    my $reference = q{O'Brien "q" $HOME `id` \\};
    press($hand, '#record > summary');
    $browser->js(selected('#record-reference') . '.value = ' . T::Browser::quoted($reference));
    press($hand, '#record-send');
    reads('#journal-status', 'Recorded: 1,000.00 of 1,250.00');
    is(decode_json(run_curl('journal'))->{data}{reference}, $reference,
        "$name: a shell takes a curl line with signs of its own");
    is(json_of($console->journal->GET('/api/v1/payouts?search=Brien'))->{pagination}{total}, 1,
        "$name: the curl line has the Idempotency-Key of the action");
    return;
}

whole_day('mouse', 1280);
$browser->stop;
whole_day('keyboard', 360);

# ---- what a client has to stand ---------------------------------------------------------------

subtest 'console: lost answers' => sub {
    $user = $console->trader('lost@acme.test', 0);
    visit('a new trader');
    is($browser->js('document.querySelectorAll("#pay-form[hidden]").length'), 1,
        'nothing of the trader before is left');
    $purser->double->faults({ match => 'POST /v1/payment_intents', do => '500', times => -1 });
    $hand{mouse}{radio}->(tier_number('challenge_25k'));
    press('mouse', '#checkout');
    like(reads('#buy-status', 'outcome is not known'), qr/Idempotency-Key stays the same/,
        'an answer 502 is no refusal');
    $purser->double->no_faults;
    visit('after a lost answer');
    buy('mouse');
    is($purser->value('select count(*) from payments.payment where user_id = ?', $user), 1,
        'the same Idempotency-Key after a reload finds the payment that was begun');
    like(run_curl('buy'), qr/"payment_id":"pay_/, 'a shell takes the curl line of the checkout');
    is($purser->value('select count(*) from payments.payment where user_id = ?', $user), 1,
        'the curl line has the same Idempotency-Key');
    press('mouse', '#pay');
    reads('#buy-status', 'is active');
    become_payee('mouse', 'console: lost answers');
    earn('mouse', 'console: lost answers');
    $purser->double->faults({ match => 'POST /v1/transfers', do => '500', times => -1 });
    press('mouse', '#request');
    reads('#payouts-list', 'pending');
    press('mouse', '#release-list button.release');
    like(reads('#release-status', '202:'), qr/nothing is sent twice/,
        'an answer 202 is shown as not known');
    picture('lost answer');
    $purser->double->no_faults;
    wait_for('the payout is paid', '(document.querySelector("#payouts-read").click(),'
        . ' /paid/.test(document.querySelector("#payouts-list").innerText))');
    pass('the payout of a lost answer is paid in the end');
    page_is_fit('console: lost answers');
    no_complaints('console: lost answers', '402|400|502');
};

subtest 'console: what holds a payout' => sub {
    $purser->value('select admin.set_payout_limits(?, null, null, null, 24, 900, ?, false)',
        'acme', 'test');
    press('mouse', '#last4-send');
    reads('#bank-status', 'another bank account');
    reads('#payee-list', '4321');
    press('mouse', '#week-add');
    $browser->js('document.querySelector("#script tr:last-child input").focus();'
        . ' document.activeElement.select()');
    $browser->type('500.25');
    press('mouse', '#script-send');
    reads('#owed', '87.75 USD');
    is($browser->text('#owed-state'), 'on hold', 'the estimate says that something holds it');
    press('mouse', '#request');
    like(reads('#payouts-list', 'held: '), qr/pending\s+held: .*changed/,
        'the history says what holds the payout');
    like($browser->text('#release-list'), qr/held: /, 'the release says what holds the payout');
    press('mouse', '#release-list button.release');
    reads('#release-status', 'changed');
    press('mouse', '#payouts-list button');
    reads('#payouts-list', 'canceled');
    reads('#owed', '87.75 USD');
    pass('a payout that is canceled is owed again');
};

subtest 'console: withheld events, a dispute' => sub {
    my $account = $browser->js(selected('#account') . '.value');
    choose('mouse', '#mode', 'withhold');
    press('mouse', '#mode-set');
    reads('#events-state', 'withheld');
    press('mouse', '#dispute-open');
    reads('#disputes-list', 'needs response');
    press('mouse', '#flush');
    reads('#events-status', 'sent');
    wait_for('the account is suspended', '(document.querySelector("#accounts-read").click(),'
        . ' /suspended/.test(document.querySelector("#accounts-list").innerText))');
    is($purser->value('select status from payments.prop_account where id = ?', $account),
        'suspended', 'a dispute suspends the account once its event is sent');
    press('mouse', '#disputes-list button');
    reads('#disputes-list', 'won');
    choose('mouse', '#mode', 'deliver');
    press('mouse', '#mode-set');
    press('mouse', '#flush');
    wait_for('the account is funded again', '(document.querySelector("#accounts-read").click(),'
        . ' /funded/.test(document.querySelector("#accounts-list").innerText))');
    pass('a dispute that is won restores the account');
};

subtest 'console: Retry-After' => sub {
    my $seen = decode_json($browser->js(<<'JS'));
(async () => {
	const [{ intend }, sent, real] = [await import('./http.js'), [], window.fetch];
	window.fetch = async (url, options) => {
		if (url !== '/x')
			return real(url, options);
		sent.push([options.headers['Idempotency-Key'], Math.round(performance.now())]);
		return sent.length < 3
			? new Response('{}', { status: 503, headers: { 'Retry-After': '1' } })
			: new Response('{"id":"po_1"}', { status: 200 });
	};
	await intend('payouts', 'test', { party: 'trader', method: 'POST', path: '/x', json: {} });
	window.fetch = real;
	return JSON.stringify(sent);
})()
JS
    is(scalar @$seen, 3, 'a request that may be repeated is repeated');
    like($seen->[0][0], qr/^console-\w{32}$/, 'a request has an Idempotency-Key');
    is($seen->[0][0], $seen->[2][0], 'the repetition has the same Idempotency-Key');
    cmp_ok($seen->[2][1] - $seen->[0][1], '>=', 1900, 'the time of Retry-After is waited for');
};

subtest 'console: the recipe' => sub {
    $console->trader('recipe@acme.test', 0);
    $browser->resize(1280, 900);
    visit('the recipe');
    press('mouse', '#recipe-go');
    like(reads('#recipe-status', 'Everything below'), qr/412\.50 USD by tr_/,
        'one press takes an account from bought to funded to paid');
    is($browser->js('document.querySelectorAll("#recipe-steps .done").length'), 12,
        'every step is ticked off');
    reads('#payouts-list', 'paid');
    picture('recipe');
    for my $card (qw(events faults clock)) {
        like(run_curl($card), qr/\{/, "a shell takes the curl line of $card");
    }
    no_complaints('console: the recipe', '402|400|502|409');
};

$browser->stop;
done_testing;
