# Protects: after any day the books are those of Stripe: stripe:balance is the balance that Stripe
# holds, in each currency, and what is open in stripe:clearing is named by an exception.
# RANDOM_DAYS=50 runs as many days, RANDOM_DAY=7 the one of that seed.
use strict;
use warnings;

use Test::More;
use T::Purser;
use T::RandomDay;

my @seeds = $ENV{RANDOM_DAY} ? $ENV{RANDOM_DAY} : (1 .. ($ENV{RANDOM_DAYS} || 2));

sub held_by_stripe {
    my ($purser) = @_;
    my $balance = $purser->double->control(GET => '/_double/state')->{balances}{platform};
    return { map { ($_ => $balance->{$_}{available} + $balance->{$_}{pending}) }
        grep { $balance->{$_}{available} + $balance->{$_}{pending} } keys %$balance };
}

sub in_the_books {
    my ($purser) = @_;
    return { map { ($_->{asset} => $_->{balance} + 0) } @{ $purser->rows(<<'END') } };
select asset, sum(balance) as balance from ledger.balance_v where code = 'stripe:balance'
group by asset having sum(balance) <> 0
END
}

# What is open in stripe:clearing and has no exception of its own.
sub unexplained {
    my ($purser) = @_;
    return $purser->rows(<<'END');
select t.object_id, a.asset, sum(e.amount)::text as amount, string_agg(t.kind, ', ') as kinds
from ledger.account a
join ledger.entry e on e.tenant_id = a.tenant_id and e.account_id = a.id
join ledger.transfer t on t.tenant_id = e.tenant_id and t.id = e.transfer_id
where a.code = 'stripe:clearing'
    and not exists (select from core.exception x
        where x.tenant_id = t.tenant_id and x.object_id = t.object_id)
group by t.object_id, a.asset
having sum(e.amount) <> 0
END
}

for my $seed (@seeds) {
    subtest "random day: seed $seed" => sub {
        my $purser = T::Purser->start(conf => { reconciliation_interval_s => 1 });
        my $day = T::RandomDay->new($purser, $seed);
        $day->step for 1 .. ($ENV{RANDOM_DAY_STEPS} || 60);
        $day->end;
        note(join "\n", $day->did);
        is_deeply(in_the_books($purser), held_by_stripe($purser),
            "random day: the books hold what Stripe holds");
        is_deeply(unexplained($purser), [], 'random day: what is open is an exception');
        is_deeply($purser->rows('select * from admin.ledger_check'), [],
            'random day: the ledger check is empty');
        is_deeply($purser->rows('select account_id from payouts.estimate'
            . ' where committed_cents > highest_cents'), [],
            'random day: nothing is paid beyond what was earned');
    };
}
done_testing;
