# Protects: a program's login of the database that was stolen without the key of Stripe makes no
# money.  It acts for any user, since settings are no secret, and calls what its program calls; but
# no answer of Stripe that it invents is believed, and events are not its to store.
use strict;
use warnings;

use JSON::PP qw(encode_json);
use Test::More;
use T::Api qw(is_status json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start;
my $trader = T::Payouts->new($purser);
my ($tenant) = $purser->tenants;
my $payee = $trader->payee;
my $account = $trader->funded([130, -5]);
my $payout = json_of($trader->api->POST('/v2/payouts/request', {}));
$purser->jobs->stop;

# A session of a program's login that acts for the trader.
sub thief {
    my ($program) = @_;
    my $dbh = $purser->postgres->dbh($purser->{database}, T::Purser::login_of($program));
    $dbh->do('set purser.mode = live');
    $dbh->do('select set_config(?, ?, false)', undef, @$_)
        for ['purser.tenant', $tenant->{id}], ['purser.principal', $trader->user];
    return $dbh;
}

# The SQLSTATE of what was raised, or nothing.
sub refused {
    my ($dbh, $sql, @args) = @_;
    my $done = eval { $dbh->selectall_arrayref($sql, undef, @args); 1 };
    return $done ? '' : $dbh->state;
}

my $transfer = encode_json({ id => 'tr_never', object => 'transfer', currency => 'usd',
    amount => $payout->{amount_cents}, amount_reversed => 0, created => time,
    destination => $payee->{stripe_account_id}, metadata => $purser->metadata($payout->{id}) });
my $settle = 'select status from payouts.payout_settle(?, ?::jsonb)';

subtest 'stolen login: of purser-payouts' => sub {
    my $dbh = thief('purser-payouts');
    is(refused($dbh, 'select auth.assume(?, ?)', $tenant->{id}, $trader->user), '42501',
        'auth.assume is refused');
    is(refused($dbh, "select core.program_start('thief', 'jobs')"), '42501',
        'purser-jobs is not started by another program\'s login');
    is(refused($dbh, 'select status from payouts.payout_defer(?, 1, ?, ?, true, 0)', $payout->{id},
        'balance_insufficient', 'invented'), 'PU450',
        'an invented refusal for now is not believed');
    for my $call (['payouts.estimate_get(?, ?, ?, ?, null, ?)'],
        ['payouts.payout_request(?, ?, ?, ?, null, ?, null)'])
    {
        is(refused($dbh, "select * from $call->[0]", $account->{id}, 'funded', '250000.00', '[]',
            (time + 1) * 1000), 'PU450', "an invented reading of the validator: @$call");
    }
    is(refused($dbh, 'select next_step from payouts.payout_submit(?, ?, 60000)', $payout->{id},
        'thief'), '', 'the payout is submitted, as the program would do');
    is(refused($dbh, $settle, $payout->{id}, $transfer), 'PU450',
        'an invented transfer is not believed');
    is(refused($dbh, 'select status from payouts.payout_refuse(?, 1, ?, ?)', $payout->{id},
        'account_invalid', 'invented'), 'PU450', 'an invented refusal is not believed');
    for my $proof ('', 'x', '00' x 32) {
        $dbh->do('select set_config(?, ?, false)', undef, 'purser.outcome', $proof);
        is(refused($dbh, $settle, $payout->{id}, $transfer), 'PU450',
            "an invented transfer is not believed with the proof '$proof'");
    }
    is(refused($dbh, 'select core.outcome_prove(?, ?)', 'payouts.payout_settle', '\\x' . '00' x 32),
        '', 'a wrong code proves nothing, and raises nothing');
    is(refused($dbh, 'select core.outcome_key_store(?)', '\\x' . '00' x 32), '42501',
        'the key of the programs is not replaced');
    is(refused($dbh, 'select * from core.outcome_key'), '42501', 'the keys are not read');
    is($purser->value('select status from payouts.payout where id = ?', $payout->{id}),
        'processing', 'the payout is not paid');
    is($purser->value(q{select count(*) from ledger.transfer where kind = 'trader_payout_paid'}), 0,
        'the ledger has no payment');
};

subtest 'stolen login: a proof counts in its transaction, and for its function and user' => sub {
    my $dbh = thief('purser-payouts');
    my $mac = 'select core.outcome_mac(?, ?, null)';
    $purser->dbh->do('select set_config(?, ?, false)', undef, @$_)
        for ['purser.tenant', $tenant->{id}], ['purser.principal', $trader->user];
    my $code = $purser->value($mac, 'programs', 'payouts.payout_refuse');
    $dbh->begin_work;
    my $prove = $dbh->prepare('select core.outcome_prove(?, ?)');
    $prove->bind_param(2, undef, { pg_type => DBD::Pg::PG_BYTEA() });
    $prove->execute('payouts.payout_refuse', $code);
    my ($proof) = $dbh->selectrow_array(q{select current_setting('purser.outcome')});
    like($proof, qr/^[0-9a-f]{64}$/, 'the code of the program gives a proof');
    is(refused($dbh, $settle, $payout->{id}, $transfer), 'PU450',
        'the proof of one function is none for another');
    $dbh->rollback;
    $dbh->do('select set_config(?, ?, false)', undef, 'purser.outcome', $proof);
    is(refused($dbh, 'select status from payouts.payout_refuse(?, 1, ?, ?)', $payout->{id},
        'account_invalid', 'invented'), 'PU450', 'the proof is none in the next transaction');
};

subtest 'stolen login: of purser-connect' => sub {
    my $dbh = thief('purser-connect');
    my ($id) = $dbh->selectrow_array(
        q{select account_id from connect.account_begin('FR', 'US', 'thief', 60000)});
    my $stripe = encode_json({ id => 'acct_thief', object => 'account', payouts_enabled => \1,
        charges_enabled => \1, details_submitted => \1,
        capabilities => { transfers => 'active' } });
    is(refused($dbh, 'select * from connect.account_settle(?, ?::jsonb, 1)', $id, $stripe),
        'PU450', 'an invented payee is not believed');
    is(refused($dbh, 'select connect.account_refresh(?::jsonb, 99999999999999)', encode_json([{
        id => $payee->{stripe_account_id}, object => 'account' }])), 'PU450',
        'an invented state of a payee is not believed');
    is($purser->value(q{select count(*) from connect.account where stripe_account_id =
        'acct_thief'}), 0, 'there is no other payee');
    is(refused($dbh, $settle, $payout->{id}, $transfer), '42501', 'no payout is settled');
};

subtest 'stolen login: of purser-payments' => sub {
    my $dbh = thief('purser-payments');
    my ($id) = $dbh->selectrow_array(q{select payment_id from payments.checkout_begin('tier_25k',
        'crypto', 'crypto', 25000, 19900, 'usd', 'thief', 60000)});
    is(refused($dbh, q{select * from payments.checkout_settle(?, 'pi_thief', 's', 'succeeded')},
        $id), 'PU450', 'an invented PaymentIntent is not believed');
    my @event = map { [$_] } 'evt_thief', 'payment_intent.succeeded', '', 'f', '1', '{}', '', '';
    is(refused($dbh, 'select stripe_events.event_receive(?::text[], ?::text[], ?::text[], '
        . '?::text[]::boolean[], ?::text[]::bigint[], ?::text[], ?::text[], ?::text[])', @event),
        '42501', 'no event is stored');
    is(refused($dbh, $settle, $payout->{id}, $transfer), '42501', 'no payout is settled');
};

$purser->start_program('purser-jobs');
$purser->dbh->do('update payouts.payout set lease_until = now(), next_run_at = now() '
    . 'where id = ?', undef, $payout->{id});
$purser->wait_for('purser-jobs finds what the thief left open', sub {
    $purser->value('select status from payouts.payout where id = ?', $payout->{id}) eq 'paid' });
is(join(' ', $trader->transfers($payout->{id})),
    $purser->value('select stripe_transfer_id from payouts.payout where id = ?', $payout->{id}),
    'stolen login: the payout is paid by the transfer that Stripe made');
done_testing;
