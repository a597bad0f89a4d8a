# Protects: programs that use a key for the first time at the same time fix one account at Stripe,
# and no account there gets two names.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt);
use T::Proc qw(wait_until);
use Test::More;

my $sessions = 20;
my $check = q{select coalesce(mistake, 'confirmed') from core.stripe_key_check(?, 'test', ?, null)};

# Keeps the rows until all others wait for them, having seen that no account is fixed.
sub hold {
    my ($dbh) = @_;
    $dbh->begin_work;
    $dbh->do('select from core.stripe_account for update');
    $dbh->do('select pg_advisory_xact_lock(1)');
    wait_until(30, 'all wait', sub { value($dbh, q{select count(*) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'}) == $sessions });
    return $dbh->commit;
}

# How many were confirmed, by name and account.
sub confirmed {
    my (@tried) = @_;
    my (undef, @results) = parallel(1 + @tried, sub {
        my ($dbh, $number) = @_;
        return hold($dbh) if $number == 1;
        wait_until(30, 'the rows are kept', sub { value($dbh, q{select count(*) from pg_locks
            where locktype = 'advisory' and granted}) });
        return attempt($dbh, sub { value($dbh, $check, @{ $tried[$number - 2] }) });
    });
    my %count;
    for my $i (0 .. $#tried) {
        my $said = $results[$i][0];
        $count{"@{ $tried[$i] }"}++ if $said eq 'confirmed';
        fail("an error: $said") if $said !~ /\A(?:confirmed|it is a key of)/;
    }
    return \%count;
}

my $main = session();
$main->do(q{insert into core.stripe_account (tenant_id, name) values ('ten_b', 'beta')});
for my $round (1 .. 2) {
    $main->do('update core.stripe_account set stripe_id = null');
    my $same = confirmed(map { ['default', 'acct_1'] } 1 .. $sessions);
    is_deeply($same, { 'default acct_1' => $sessions }, "round $round: all with one key use it");

    $main->do('update core.stripe_account set stripe_id = null');
    my $two = confirmed(map { ['default', 'acct_' . $_ % 2] } 1 .. $sessions);
    my $fixed = value($main, q{select stripe_id from core.stripe_account where name = 'default'});
    is_deeply($two, { "default $fixed" => $sessions / 2 },
        "round $round: of two accounts one is fixed, and the keys of that one are used");

    $main->do('update core.stripe_account set stripe_id = null');
    my $names = confirmed(map { [$_ % 2 ? 'default' : 'beta', 'acct_1'] } 1 .. $sessions);
    my $owner = value($main, q{select name from core.stripe_account where stripe_id = 'acct_1'});
    is_deeply($names, { "$owner acct_1" => $sessions / 2 },
        "round $round: of two names with a key of one account one uses it");
}
done_testing;
