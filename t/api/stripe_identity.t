# Protects: a key of another account at Stripe, of the same mode, is used for nothing: no payee
# looks deleted, no payout fails, and no call but GET /v1/account is made with it.  A key of which
# Stripe does not say whose it is waits, and everything that needs no key goes on.

use strict;
use warnings;

use T::Api qw(is_status is_problem json_of);
use T::Events qw(event deliver);
use T::Payouts;
use T::Proc qw(build_dir);
use T::Purser;
use Test::More;

my $purser = T::Purser->start;
my $double = $purser->double;
my $foreign = $T::Purser::THIRD_SECRET_KEY;
my $trader = T::Payouts->new($purser);
my $payee = $trader->payee;
my $account = $trader->funded([130, 0]);
my @callers = grep { $_ ne 'purser-webhooks' } T::Purser->programs;

# The log of the double shows the last four characters of a key.
sub called_with {
    my $end = substr $_[0], -4;
    return grep { ($_->{headers}{authorization} // '') =~ /\Q$end\E\z/ } @{ $double->log };
}

sub is_unused {
    my ($key, $what) = @_;
    is(join(' ', grep { $_ ne 'GET /v1/account' } map { "$_->{method} $_->{path}" }
        called_with($key)), '', "$what: no other call is made with the key");
    return;
}

sub sells { return $purser->api->POST('/v2/payments/checkout', $purser->checkout_body) }

# A checkout that succeeds in the end: for a second or two after a key was put into the file, the
# outcomes of programs are not believed.
sub sold {
    return $purser->wait_for('a checkout succeeds', sub {
        my $answer = sells(); return $answer->{status} == 200 && $answer }, 20);
}

sub health {
    my ($name) = @_;
    return $purser->rows('select state, why from admin.health where what = ?',
        "key of Stripe account $name")->[0];
}

# What is logged from here on is what all_log looks for.
my %logged;
sub mark { $logged{$_} = length $purser->program($_)->log_text for @callers; return }

sub put_key {
    mark();
    return $purser->secret(@_);
}

sub restart {
    $_->stop for map { $purser->program($_) } @callers;
    mark();
    $purser->start_program($_) for @callers;
    return;
}

# All programs that call Stripe log it.
sub all_log {
    my ($regex) = @_;
    for my $name (@callers) {
        $purser->wait_for("$name logs it", sub {
            substr($purser->program($name)->log_text, $logged{$name}) =~ $regex }, 15);
    }
    return;
}

sub payout_status { return $purser->value('select status from payouts.payout where id = ?', $_[0]) }

sub state_of { return $purser->value('select state from stripe_events.event where id = ?', $_[0]) }

sub takes_event {
    my ($what) = @_;
    my $event = event('account.updated', { id => $payee->{stripe_account_id}, object =>
        'account' }, account => $payee->{stripe_account_id});
    is_status(deliver($purser, $event), 200, "$what: an event is taken");
    return $event->{id};
}

is_deeply($purser->rows('select name, stripe_id from core.stripe_account order by name'),
    [{ name => 'default', stripe_id => 'acct_1Default' },
        { name => 'other', stripe_id => 'acct_1Other' }],
    'first use: the account of each key is fixed');
is(scalar(grep { $_->{path} eq '/v1/account' } @{ $double->log }), 2 * @callers,
    'first use: each program that calls Stripe asks once for each key');

subtest 'a key of another account, while the programs run' => sub {
    put_key('stripe_key', $foreign);
    all_log(qr/key of Stripe not used.*stripe_account=default.*acct_1Third.*acct_1Default/);
    is_status(sold(), 200, 'the key of before is used');
    my $made = json_of($trader->api->POST('/v2/payouts/request', {}));
    is_status($trader->writer->POST("/v2/payouts/$made->{id}/submit", {}), 200, 'a payout is paid');
    $purser->dbh->do(q{update connect.account set checked_at = now() - interval '1 h'});
    is(json_of($trader->api->GET('/v2/connect/accounts'))->[0]{status}, 'active',
        'the payee is what it was');
    $purser->wait_for('operators see it', sub { health('default')->{state} eq 'refused' }, 10);
    like(health('default')->{why}, qr/one of before is: .* key of acct_1Third/,
        'operators see whose key it is');
    is_unused($foreign, 'while running');
};

$trader->script($account, 'funded', [230, 0]);
my $owed = json_of($trader->api->POST('/v2/payouts/request', {}));

subtest 'a key of another account, at the start' => sub {
    restart();
    all_log(qr/key of Stripe not used.*put a key of acct_1Default into its file/);
    is_problem(sells(), 503, 'V2_STRIPE_NOT_CONFIGURED', 'checkout is refused');
    is_problem($trader->writer->POST("/v2/payouts/$owed->{id}/submit", {}), 503,
        'V2_STRIPE_NOT_CONFIGURED', 'a payout is not sent');
    is(payout_status($owed->{id}), 'pending', 'the payout waits');
    $purser->dbh->do(q{update connect.account set checked_at = now() - interval '1 h'});
    is(json_of($trader->api->GET('/v2/connect/accounts'))->[0]{status}, 'active',
        'the payee is listed as it was');
    my $event = takes_event('unconfirmed');
    $purser->wait_for('the event is tried', sub { $purser->value(q{
        select last_error like 'there is no confirmed key %' from stripe_events.event
        where id = ?}, $event) }, 10);
    is(state_of($event), 'pending', 'the event waits');
    $purser->wait_for('operators see it', sub { health('default')->{state} eq 'refused' }, 10);
    is($purser->value(q{select key from admin.stripe_accounts where name = 'default'}), 'not used',
        'operators see that no key is in use');
    like($purser->value(q{select gone_at is null from connect.account where stripe_account_id = ?},
        $payee->{stripe_account_id}), qr/1/, 'no payee counts as gone');
    my $conf = "$purser->{dir}/payments.conf";
    like(qx(@{[build_dir()]}/purser-payments --check-conf --conf $conf 2>&1),
        qr/note: the key of the Stripe account default is not used: it is a key of acct_1Third/,
        '--check-conf says so');
    is_unused($foreign, 'at the start');
    put_key('stripe_key', "${T::Purser::SECRET_KEY}_next");
    is_status(sold(), 200, 'another key of the account is used');
    $purser->dbh->do('update stripe_events.event set next_run_at = now() where id = ?', undef,
        $event);
    ok($purser->wait_for('the event is applied', sub { state_of($event) eq 'applied' }, 15),
        'the event is applied in the end');
    # purser-jobs reads Stripe's lists first
    is_status($purser->wait_for('the payout is paid', sub {
        my $sent = $trader->writer->POST("/v2/payouts/$owed->{id}/submit", {});
        return $sent->{status} != 409 && $sent }, 20), 200, 'the payout is paid in the end');
    is(scalar($trader->transfers($owed->{id})), 1, 'the payout was paid once');
};

subtest 'an account that was replaced at Stripe' => sub {
    put_key('accounts/other.secret_key', $foreign);
    all_log(qr/key of Stripe not used.*stripe_account=other.*admin\.replace_stripe_account/);
    is_unused($foreign, 'before it is replaced');
    $purser->value(q{select admin.replace_stripe_account('other', 'acct_1Third', 'new account',
        false)});
    all_log(qr/key of Stripe confirmed.*stripe_account=other at_stripe=acct_1Third/);
    my $sold = json_of($purser->api(1)->POST('/v2/payments/checkout', $purser->checkout_body));
    is(scalar(grep { $_->{method} eq 'POST' && $_->{response}{id} eq
        $sold->{stripe_payment_intent_id} } called_with($foreign)), 1,
        'the key of the new account is used, without a restart');
};

subtest 'a key of an account that another tenant has' => sub {
    put_key('accounts/other.secret_key', "${T::Purser::SECRET_KEY}_copy");
    all_log(qr/not used.*stripe_account=other.*acct_1Default, which is the Stripe account default/);
    is_unused("${T::Purser::SECRET_KEY}_copy", 'of another tenant');
};

subtest 'Stripe does not say whose a key is, at the start' => sub {
    $double->faults({ match => 'GET /v1/account', do => 'hang', times => -1 });
    restart();
    is_problem(sells(), 503, 'V2_UNAVAILABLE', 'checkout waits, and may be tried again');
    is_status($purser->api->GET('/v2/payments/prop-accounts'), 200, 'accounts are read');
    is_status($trader->api->GET('/v2/payouts'), 200, 'payouts are read');
    is(scalar @{ json_of($trader->api->GET('/v2/connect/accounts')) }, 1, 'payees are read');
    my $event = takes_event('Stripe is down');
    $double->no_faults;
    $double->faults({ match => 'GET /v1/account', do => 'rights', times => -1 });
    all_log(qr/key of Stripe not used.*permission connected_account_read/);
    is_problem(sells(), 503, 'V2_UNAVAILABLE', 'a key without the permission waits');
    $double->no_faults;
    is_status(sold(), 200, 'the key is used once Stripe says whose it is');
    $purser->wait_for('purser-jobs has it as well', sub { health('default')->{state} eq 'ok' }, 20);
    $purser->dbh->do('update stripe_events.event set next_run_at = now() where id = ?', undef,
        $event);
    ok($purser->wait_for('the event is applied', sub { state_of($event) eq 'applied' }, 15),
        'the event is applied in the end');
};

done_testing;
