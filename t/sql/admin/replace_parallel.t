# Protects: a Stripe account is not replaced while a transaction begins a call of Stripe, and none
# begins while it is replaced: it would be looked up at the new account, and be made again.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt);
use T::Proc qw(wait_until);
use Test::More;

my $main = session();
$main->do(q{update core.stripe_account set stripe_id = 'acct_1', mode = 'test'});
my $begin = q{select payments.checkout_begin('tier_25k', 'crypto', 'crypto', 25000,
    (select price_cents from payments.tier where id = 'tier_25k' and tenant_id = 'ten_a'), 'usd',
    'w', 60000, '{default:test:acct_1}')};
my $replace = q{select admin.replace_stripe_account('default', 'acct_2', 'why', false)};

# Does the first in a transaction, which it ends when the second one waits; what the second said.
sub second_of {
    my @does = @_;
    my (undef, $second) = parallel(2, sub {
        my ($dbh, $number) = @_;
        if ($number == 1) {
            $dbh->begin_work;
            $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
            $dbh->do($does[0]);
            $dbh->do('select pg_advisory_xact_lock(1)');
            wait_until(30, 'the other one waits', sub { value($dbh, q{select count(*)
                from pg_stat_activity where datname = current_database()
                and wait_event_type = 'Lock'}) });
            return $dbh->commit;
        }
        wait_until(30, 'the first has begun', sub { value($dbh, q{select count(*) from pg_locks
            where locktype = 'advisory' and objid = 1 and granted}) });
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        return attempt($dbh, sub { value($dbh, $does[1]); return 'done' });
    });
    return $second->[0];
}

is(second_of($begin, $replace), 'PU412', 'a checkout has begun: the account is not replaced');
is(value($main, q{select stripe_id from core.stripe_account where name = 'default'}), 'acct_1',
    'a checkout has begun: the account is the one where it is made');
$main->do(q{update payments.payment set status = 'canceled'});
is(second_of($replace, $begin), 'PU438', 'the account is replaced: a checkout does not begin');
is(value($main, q{select count(*) from payments.payment where status = 'creating'}), 0,
    'the account is replaced: nothing is made with the old key');

done_testing;
