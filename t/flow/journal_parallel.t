# Protects: whatever requests change one journal account at the same time, its totals are the sum of
# its payouts.
use strict;
use warnings;

use Test::More;
use T::Api qw(json_of);
use T::Journal;

my ($purser, $api) = journal_start(conf => { database_connections => 8 });
my $account = account($api);
my $uri = '/api/v1/payouts';

sub body {
    my ($n) = @_;
    return body_text(date => sprintf('2024-01-%02d', 1 + $n % 20),
        total_amount => \(1 + $n . '.01'), account_id => $account->{id},
        profit_split => \'33.33', status => 'pending');
}

# The totals, the list, its sums and the tree of sums agree with the rows.
sub check {
    my ($name) = @_;
    my ($count, $gross, $net) = $purser->dbh->selectrow_array(
        'select count(*), coalesce(sum(total_cents), 0) * 0.01, coalesce(sum(share_cents), 0) * '
        . '0.01 from journal.payout');
    my $shown = data_of($api->GET("/api/v1/accounts/$account->{id}"));
    is("$shown->{total_gross_payouts} $shown->{total_net_payouts}", "$gross $net",
        "$name: the account's totals are right");
    my ($newest, $page) = payouts_of($api, 'limit=1&include_cumulative=true');
    is($page->{total}, $count, "$name: the number of payouts is right");
    is($newest->[0]{cumulative_total_amount_by_account} // '0.00', $count ? $gross : '0.00',
        "$name: the newest sum is the total");
    is(tree_errors($purser), 0, "$name: all sums are right");
    return;
}

my @created = $api->parallel(map { ['POST', $uri, body($_)] } 1 .. 120);
is((grep { $_->{status} == 201 } @created), 120, 'journal: 120 creates at once are all done');
check('created');
my @ids = map { data_of($_)->{id} } @created;

my @mixed = $api->parallel(map {
    my $id = $ids[$_];
    $_ % 4 == 0 ? ['DELETE', "$uri/$id"]
        : $_ % 4 == 1 ? ['PUT', "$uri/$id",
            body_text(total_amount => \"$_.5", date => '2024-01-10')]
        : $_ % 4 == 2 ? ['PUT', "$uri/$id", body_text(status => 'failed', profit_split => \'100')]
        : ['POST', $uri, body($_)]
} 0 .. 119);
is((grep { $_->{status} =~ /^20[01]$/ } @mixed), 120,
    'journal: 120 creates, changes and deletes at once are all done');
check('mixed');

# Several requests change the same payout: one delete succeeds, no change is counted twice.
my @same = map {
    my $n = $_;
    map { ['PUT', "$uri/$ids[$n]", body_text(total_amount => \"$_.25")] } 1 .. 6
} grep { $_ % 4 } 40 .. 51;
push @same, map { my $n = $_; map { ['DELETE', "$uri/$ids[$n]"] } 1 .. 3 } grep { $_ % 4 } 40 .. 51;
my @answers = $api->parallel(sort { $a->[1] cmp $b->[1] } @same);
is((grep { $_->{status} !~ /^(?:200|404)$/ } @answers), 0,
    'journal: each of several changes of one payout is done, or finds nothing');
is((grep { $_->{status} == 200 && $_->{body} =~ /"deleted":true/ } @answers), 9,
    'journal: each payout is deleted once');
check('the same ones');

# Meanwhile the account moves between firms.
my @moving = $api->parallel(map { $_ % 5 ? ['POST', $uri, body($_)]
    : ['PUT', "/api/v1/accounts/$account->{id}", body_text(firm_name => 'Firm ' . $_ % 3)] }
    1 .. 60);
is((grep { $_->{status} !~ /^20[01]$/ } @moving), 0,
    'journal: payouts are taken while the account changes its firm');
check('moving');

# Sends the requests until each has another answer than 503, which an import causes: it is alone.
sub repeated {
    my @requests = @_;
    my (@answers, @left);
    my $until = time + 120;
    while (@left = grep { ($answers[$_]{status} // 503) == 503 } 0 .. $#requests) {
        die "the answer stays 503\n" if time > $until;
        @answers[@left] = $api->parallel(@requests[@left]);
    }
    return @answers;
}

# The same file several times, while payouts change: an import is whole or not there.
my $lines = join '', map { sprintf "2024-03-%02d,%s,%d.01,33.33,pending\n", 1 + $_ % 28,
    $account->{id}, $_ } 1 .. 40;
my @imports = repeated(map {
    $_ % 3 ? ['POST', $uri, body($_)]
        : ['POST', "$uri/import", "date,account_id,total_amount,profit_split,status\n$lines",
            'Content-Type' => 'text/csv']
} 1 .. 24);
is((grep { $_->{status} != 201 } @imports), 0, 'journal: imports and creates at once are all done');
check('imported');
my @undone = repeated(map { (["DELETE", "$uri/imports/$_"]) x 2 } map {
    data_of($_)->{import_id} // () } @imports);
is(join(' ', sort map { $_->{status} } @undone), join(' ', (200) x 8, (404) x 8),
    'journal: each import is taken back once');
check('taken back');

# Deleting the account races with creating a payout: never a payout without an account.
for my $round (1 .. 8) {
    my $short = account($api);
    my @race = $api->parallel(['DELETE', "/api/v1/accounts/$short->{id}"],
        ['POST', $uri, body_text(date => '2024-02-01', total_amount => \'1',
            account_id => $short->{id}, profit_split => \'1', status => 'failed')]);
    my $statuses = join ' ', map { $_->{status} } @race;
    ok($statuses eq '200 404' || $statuses eq '409 201',
        "journal: an account is deleted or gets a payout, not both: $statuses");
}
is(tree_errors($purser), 0, 'journal: all sums are right after deleted accounts');

# Two users at once do not wait for each other, and neither counts the other's.
my $other = $purser->journal(1);
my $theirs = account($other);
my @both = ($api->request_of('POST', $uri, body(1)), $other->request_of('POST', $uri,
    body(1) =~ s/\Q$account->{id}\E/$theirs->{id}/r));
is((grep { $_->{status} != 201 } $api->{http}->parallel((@both) x 20)), 0,
    'journal: two users at once are all answered');
is(data_of($other->GET("/api/v1/accounts/$theirs->{id}"))->{total_gross_payouts}, '40.20',
    'journal: each user has their own totals');
is(tree_errors($purser), 0, 'journal: all sums are right in the end');

done_testing;
