# Accounts that look for and settle subaccounts at once: none is given twice, none is lost.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt rows);
use Test::More;

my $main = session();
my $accounts = 30;

sub as_alice {
    my ($dbh, $sql, @bind) = @_;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
        my $answer = value($dbh, $sql, @bind);
        $dbh->commit;
        return $answer;
    });
}

# All see the same list, of fewer subaccounts than accounts.
my @ids = map { value($main, q{select t.account_of(t.paid(?))}, "pi_a$_") } 1 .. $accounts;
value($main, q{select account_id from payments.provision_claim('j', 60000, 0)}) for @ids;
as_alice($main, q{select payments.provision_retry(?, 1, 'unknown', 'lost', 0, 9)}, $_) for @ids;
value($main, q{select account_id from payments.provision_claim('j', 60000, 0)}) for @ids;
is(value($main, q{select count(*) from payments.prop_account where provision_state = 'unknown'}),
    $accounts, "provisioning: $accounts accounts look for their subaccount");
my $list = value($main, q{select jsonb_agg(t.subaccount(n)) from generate_series(1, 20) as n});
my @results = parallel($accounts, sub {
    as_alice($_[0], q{select payments.provision_match(?, 2, ?, false)}, $ids[$_[1] - 1], $list);
});
my %count;
$count{ $_->[0] }++ for @results;
is_deeply(\%count, { active => 20, again => 10 },
    'provisioning: 20 subaccounts go to 20 accounts, 10 look again');
is(value($main, q{select count(distinct subaccount_uuid) from payments.prop_account }
    . q{where provision_state = 'done'}), 20, 'provisioning: each subaccount goes to one account');
is(value($main, q{select count(*) from payments.prop_account where provision_state = 'unknown' }
    . q{and status = 'provisioning'}), 10,
    'provisioning: the accounts without one are as they were');

# Two answers with one subaccount, many pairs at once; and another tenant after the same.
my @left = map { $_->{id} } rows($main,
    q{select id from payments.prop_account where provision_state = 'unknown' order by id});
my @beta = map {
    $main->begin_work;
    $main->do(q{select auth.assume('ten_b', 'usr_bob')});
    my $id = value($main, q{select id from payments.free_create('trial', 'crypto', 10000)});
    $main->commit;
    $id;
} 1 .. 5;
@results = parallel(15, sub {
    my ($dbh, $number) = @_;
    my $uuid = 'uuid-shared' . ($number % 5);
    return as_alice($dbh, q{select payments.provision_settle(?, 900, ?, 'h', 2)},
        $left[$number - 1], $uuid) if $number <= 10;
    return attempt($dbh, sub {
        $dbh->begin_work;
        $dbh->do(q{select auth.assume('ten_b', 'usr_bob')});
        my $answer = value($dbh, q{select payments.provision_settle(?, 900, ?, 'h')},
            $beta[$number - 11], $uuid);
        $dbh->commit;
        return $answer;
    });
});
%count = ();
$count{ $_->[0] }++ for @results;
is_deeply(\%count, { active => 5, claimed_elsewhere => 10 },
    'provisioning: of three accounts that settle one subaccount one gets it');
is(value($main, q{select count(*) - count(distinct subaccount_uuid) }
    . q{from payments.prop_account where subaccount_uuid is not null}), 0,
    'provisioning: no subaccount is used twice');

# A claim has an account, whose foreign key it checks at the payment; a dispute has locked the
# payment, and waits for the account.  Neither order of locks is the other's.
sub until_true {
    my ($dbh, $sql, @bind) = @_;
    for (1 .. 500) {
        return if value($dbh, $sql, @bind);
        select undef, undef, undef, 0.01;
    }
    die "never true: $sql\n";
}

my $account = value($main, q{select t.account_of(t.paid('pi_disputed'))});
$main->do(q{update payments.prop_account set next_run_at = now() + interval '1 h' where id <> ?},
    undef, $account);
my ($claimed, $disputed) = parallel(2, sub {
    my ($dbh, $number) = @_;
    return attempt($dbh, sub {
        if ($number == 2) {
            until_true($dbh, q{select not exists (select from payments.prop_account where id = ? }
                . q{for no key update skip locked)}, $account);
            return value($dbh, q{select payments.dispute_event(null, t.dispute('du_1', }
                . q{'pi_disputed', 'needs_response', -19900))});
        }
        $dbh->begin_work;
        $dbh->do(q{select from payments.prop_account where id = ? for no key update}, undef,
            $account);
        until_true($dbh, q{select exists (select from pg_stat_activity }
            . q{where datname = current_database() and wait_event_type = 'Lock')});
        my $id = value($dbh, q{select account_id from payments.provision_claim('j', 60000, 0)});
        $dbh->commit;
        return $id;
    });
});
is($claimed->[0], $account, 'provisioning: an account whose payment is being disputed is claimed');
is($disputed->[0], 'applied', 'provisioning: the dispute waits for the claim, and is applied');
done_testing;
