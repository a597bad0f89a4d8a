# Protects: pipelined reads are independent.  A caller that waits for a lock, or gets an error of
# the database, neither delays the other callers of the round trip nor costs them their answer or
# the connection.
use strict;
use warnings;

use Test::More;
use T::Backends qw(backends);
use T::FastCGI qw(fastcgi_many);
use T::Purser;

my $timeout_ms = 3000;
my $prompt_s = 1.5;    # half of what waiting for the lock takes
my $answered_s = 6;
my $give_up_s = 20;

# Fewer callers wait or fail than there are connections.
my ($troubled, $others) = (4, 24);
my $purser = T::Purser->start(programs => ['purser-payments'],
    conf => { database_timeout_ms => $timeout_ms, database_connections => 8 });
my ($acme, $other) = $purser->tenants;
my $list = '/v2/payments/prop-accounts';
my $socket = $purser->payments->socket;

# Each tenant has an account, so that the view below comes to its condition.
for my $i (0, 1) {
    my $made = $purser->api($i)->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 });
    is($made->{status}, 200, "tenant $i has an account");
}

# Reads of the first tenant's accounts wait or fail, those of the other tenant do not.
my $view = $purser->value(q(select pg_get_viewdef('payments.prop_account_v'::regclass)))
    =~ s/;\s*$//r;
$purser->dbh->do($_) for <<'END',
create function public.fail(state text) returns bool language plpgsql volatile as $$
begin raise exception using errcode = state, message = 'made by a test'; end $$
END
    'grant execute on function public.fail to public';

sub trouble {
    my ($condition) = @_;
    $purser->dbh->do("create or replace view payments.prop_account_v as $view"
        . " and case when a.tenant_id = '$acme->{id}' then $condition else true end");
    return;
}

# Those of the first tenant come among those of the other; (answers of the first, of the other).
sub ask_mixed {
    my $each = ($troubled + $others) / $troubled;
    my @tenants = map { $_ % $each == $each - 1 ? 0 : 1 } 0 .. $troubled + $others - 1;
    my @requests = map { $purser->api($_)->request_of(GET => $list) } @tenants;
    my @answers = fastcgi_many($socket, [@requests], $give_up_s);
    return map { my $i = $_; [@answers[grep { $tenants[$_] == $i } 0 .. $#tenants]] } 0, 1;
}

sub slowest { my ($most) = sort { $b <=> $a } map { $_->{seconds} // 999 } @_; return $most }

sub all_are {
    my ($answers, $status, $name) = @_;
    my %count;
    $count{ $_->{status} }++ for @$answers;
    return is_deeply(\%count, { $status => scalar @$answers }, $name) || diag(explain(\%count));
}

sub is_prompt {
    my ($answers, $name) = @_;
    all_are($answers, 200, "$name: every list is answered");
    cmp_ok(slowest(@$answers), '<', $prompt_s,
        sprintf '%s: the slowest answer comes after %.1f s', $name, slowest(@$answers));
    return;
}

subtest "one caller waits: a lock on one tenant's accounts" => sub {
    trouble('(select pg_advisory_xact_lock_shared(7)) is not null');
    is_prompt([map { @$_ } ask_mixed()], 'before the lock is held');
    my @before = backends($purser, 'purser-payments');
    my $holder = $purser->postgres->dbh($purser->{database});
    $holder->begin_work;
    $holder->do('select pg_advisory_xact_lock(7)');
    my ($blocked, $free) = ask_mixed();
    is_prompt($free, 'the other tenant, while the lock is held');
    all_are($blocked, 503, 'every caller that waits for the lock is answered by 503');
    cmp_ok(slowest(@$blocked), '<', $answered_s, sprintf 'the slowest 503 comes after %.1f s',
        slowest(@$blocked));
    my %now = map { $_ => 1 } backends($purser, 'purser-payments');
    is_deeply([grep { !$now{$_} } @before], [],
        'a statement that was cancelled costs no connection');
    $holder->rollback;
    is_prompt([map { @$_ } ask_mixed()], 'both tenants, when the lock is free');
    $holder->disconnect;
};

# 53: resources, 57014: cancelled; classes after which the same connection goes on.
for my $state (qw(57014 53100 53200 53400)) {
    subtest "one caller waits: the database raises $state for one tenant's callers" => sub {
        trouble('true');
        is_prompt([map { @$_ } ask_mixed()], 'both tenants, before the error');
        my @before = backends($purser, 'purser-payments');
        trouble("public.fail('$state')");
        for my $round (1 .. 3) {
            my ($refused, $free) = ask_mixed();
            all_are($refused, 503, "round $round: the tenant's callers are answered by 503");
            is_prompt($free, "round $round: the other tenant");
        }
        my %now = map { $_ => 1 } backends($purser, 'purser-payments');
        is_deeply([grep { !$now{$_} } @before], [], 'the error closes no connection');
        trouble('true');
        is_prompt([map { @$_ } ask_mixed()], 'both tenants, after the error');
    };
}

done_testing;
