# Protects: a restored backup beside a younger Stripe: nothing is paid before Stripe's lists are
# read, nothing twice, and whatever the backup does not know is an exception.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(accounts => 1,
    conf => { reconciliation_interval_s => 1, backfill_interval_s => 1 });
my $double = $purser->double;
my $trader = T::Payouts->new($purser);
$trader->payee;
my $prop = $trader->funded([300, 0], [412.5, 0]);
my $known = json_of($trader->api->POST('/v2/payouts/request', {}));
is($known->{status}, 'pending', 'the backup has a payout that is pending');
my $loser = T::Payouts->new($purser);
my $payee = $loser->payee;
$loser->funded([200, 0]);
my ($old_sale) = $purser->buy;

sub stop_all { $_->stop for map { $purser->program($_) } $purser->programs; return }
sub start_all { $purser->start_program($_) for $purser->programs; return }

# The backup is made, and life goes on.
stop_all();
$purser->dbh->disconnect;
my $backup = "$purser->{database}_backup";
my $admin = $purser->postgres->dbh('postgres');
$admin->do("create database $backup template $purser->{database}");
$purser->reconnect;
start_all();
$purser->wait_for('the payout is paid', sub {
    my $answer = json_of($trader->writer->POST("/v2/payouts/$known->{id}/submit", {}));
    return ($answer->{status} || '') eq 'paid';
});
my $lost = json_of($loser->api->POST('/v2/payouts/request', {}));
$purser->wait_for('the payout that will be lost is paid', sub {
    my $answer = json_of($loser->writer->POST("/v2/payouts/$lost->{id}/submit", {}));
    return ($answer->{status} || '') eq 'paid';
});
my ($lost_sale) = $purser->buy;
$double->control(POST => '/_double/refunds',
    { payment_intent => $old_sale->{stripe_payment_intent_id}, amount => 700 });

# The backup is restored, and Stripe's lists cannot be read at first.
stop_all();
$purser->dbh->disconnect;
$purser->{database} = $backup;
$purser->reconnect;
$double->faults(map { { match => "GET /v1/$_", do => '500', times => -1 } }
    qw(events balance_transactions));
my $asked = () = $double->calls('POST', '/v1/transfers');
is($purser->value('select status from payouts.payout where id = ?', $known->{id}), 'pending',
    'the restored backup does not know that the payout was paid');
$purser->start_program('purser-payouts');
is_problem($trader->writer->POST("/v2/payouts/$known->{id}/submit", {}), 409, 'V2_PAYOUT_ON_HOLD',
    'a submit waits, though the backup is young and purser-jobs has not started');
$purser->start_program($_) for grep { $_ ne 'purser-payouts' } $purser->programs;
is_problem($trader->writer->POST("/v2/payouts/$known->{id}/submit", {}), 409, 'V2_PAYOUT_ON_HOLD',
    'a submit waits until the lists are read');
$purser->value('select admin.release_payout(?, ?, false)', $known->{id}, 'test');
$purser->wait_for('purser-jobs says why the payout waits', sub {
    ($purser->value('select last_error from payouts.payout where id = ?', $known->{id}) // '')
        =~ /has not read/ });
my $now = () = $double->calls('POST', '/v1/transfers');
is($now, $asked, 'no transfer is asked for before the lists are read');

my $again = json_of($loser->api->POST('/v2/payouts/request', {}));
is($again->{status}, 'pending', 'what a lost payout paid is requested again');
$purser->value('select admin.release_payout(?, ?, false)', $again->{id}, 'test');

$double->no_faults;
$purser->wait_for('the payout is paid by the transfer that was made', sub {
    $purser->value('select status from payouts.payout where id = ?', $known->{id}) eq 'paid' }, 30);
my ($transfer, @more) = $trader->transfers($known->{id});
is_deeply(\@more, [], 'the payout is paid once');
is($purser->value('select stripe_transfer_id from payouts.payout where id = ?', $known->{id}),
    $transfer, 'the payout has the transfer that Stripe made for it');
$purser->wait_for('the lost sale is an exception', sub {
    $purser->value(q(select count(*) from core.exception where kind = 'payment_without_row'
        and object_id = ? and resolved_at is null), $lost_sale->{stripe_payment_intent_id}) == 1 });
pass('a sale that the backup does not know is an exception');
isnt($purser->value(q(select closes from admin.exceptions where kind = 'payment_without_row')),
    undef, 'the exception says what closes it');
$purser->wait_for('the transfer of the lost payout is an exception', sub {
    $purser->value(q(select count(*) from core.exception where kind = 'transfer_without_row'
        and resolved_at is null)) == 1 });
is_problem($loser->writer->POST("/v2/payouts/$again->{id}/submit", {}), 409, 'V2_PAYOUT_ON_HOLD',
    'what a lost payout paid is not paid again');
my @to = grep { $_->{params}{destination} eq $payee->{stripe_account_id} }
    $double->calls('POST', '/v1/transfers');
is(scalar @to, 1, 'the user of the lost payout is paid once');
$purser->wait_for('the refund is booked', sub {
    $purser->value('select refunded_cents from payments.payment where id = ?',
        $old_sale->{payment_id}) == 700 }, 30);

my $held = $double->control(GET => '/_double/state')->{balances}{platform}{usd};
$purser->wait_for('all balance transactions are booked', sub {
    $purser->value(q(select sum(balance) from ledger.balance_v where code = 'stripe:balance'))
        == $held->{available} + $held->{pending} }, 30);
pass('the books hold what Stripe holds');
is($purser->value('select count(*) from ledger.clearing_open_v'), 0,
    'nothing is open in stripe:clearing');
is_deeply($purser->rows('select * from admin.ledger_check'), [], 'the ledger check is empty');
$purser->dbh->disconnect;
$admin->do("drop database if exists $_ with (force)") for $backup;
done_testing;
