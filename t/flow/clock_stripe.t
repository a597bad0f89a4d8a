# Protects: clocks that differ from Stripe's are shown, and one that was ahead for a while freezes
# nothing: neither accounts nor payments nor the reading of Stripe's lists.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status json_of);
use T::Clock;
use T::Payouts;
use T::Proc qw(plain_dir);
use T::Purser;

my $day_s = 86_400;
my $purser = T::Purser->start(build => plain_dir,
    programs => [qw(purser-payments purser-connect purser-jobs)],
    conf => { reconcile_after_s => 1 });
my $trader = T::Payouts->new($purser);

sub health {
    return { map { $_->{what} => $_ } @{ $purser->rows('select * from admin.health') } };
}

# Begins a reading and waits for its end.
sub read_list {
    my $now = $purser->value('select clock_timestamp()');
    $purser->dbh->do(q(update stripe_events.bookmark set due_at = now()));
    return $purser->wait_for('the list is read', sub { $purser->value(<<'END', $now) }, 60);
select last_finished_at > ? from stripe_events.bookmark where list = 'events'
END
}

$trader->payee;
my $payment = json_of($trader->api->POST('/v2/payments/checkout', $purser->checkout_body))
    ->{payment_id};
read_list();
is(health()->{"clock of $_"}{state}, 'ok', "clocks: that of $_ is right")
    for 'purser-jobs', 'the database';

# Programs whose clock is 40 days ahead: more than Stripe's list goes back.
my @programs = ($purser->jobs, $purser->program('purser-connect'));
$_->restart(env => { T::Clock->moved(40 * $day_s) }) for @programs;
read_list();
my $health = health()->{'clock of purser-jobs'};
is($health->{state}, 'wrong', 'clocks: a program that is ahead is shown');
like($health->{why}, qr/^34\d{5}\.\d s ahead of Stripe's$/, 'clocks: so is by how much');
is(health()->{'clock of the database'}{state}, 'ok', 'clocks: that of the database is right');
cmp_ok($purser->value(q(select reading_from_s is null and not exists (select from core.exception
    where kind = 'list_gap') from stripe_events.bookmark where list = 'events')), '==', 1,
    'clocks: a program that is ahead leaves no gap in the list');

$purser->dbh->do('update payments.payment set looked_at = null, next_run_at = now()');
$purser->wait_for('the payment is looked at', sub { $purser->value('select looked_at is not null'
    . ' and lease_holder is null from payments.payment where id = ?', $payment) });
$purser->dbh->do(q(update connect.account set checked_at = checked_at - interval '90 s'));
is_status($trader->api->GET('/v2/connect/accounts'), 200, 'clocks: accounts are listed');
is($purser->value(q(select count(*) from connect.account where checked_at > clock_timestamp())), 0,
    'clocks: an account has the time of the database');
is($purser->value(q(select count(*) from payments.payment
    where stripe_created_s > extract(epoch from clock_timestamp()) + 60)), 0,
    'clocks: so has a payment');

# A row that an earlier version dated by such a clock.
$_->restart(env => {}) for @programs;
$purser->dbh->do(q(update connect.account set checked_at = now() + interval '40 days',
    status = 'restricted'));
is_status($trader->api->GET('/v2/connect/accounts'), 200, 'clocks: accounts are listed again');
is($purser->value(q(select count(*) from connect.account
    where checked_at < clock_timestamp() and status = 'active')), 1,
    'clocks: an account that was dated ahead is refreshed');

done_testing;
