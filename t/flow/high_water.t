# Protects: the high-water mark.  The amount that is owed after any trading history is exact to the
# cent, and payouts in the middle of a history never sum to more than its highest realised profit.
#
# This file computes the amounts itself, in integers of cents and hundredths of a cent, without code
# of the programs or of the double.
use strict;
use warnings;
use integer;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(json_of);
use T::Payouts;
use T::Purser;

my $histories = $ENV{PURSER_HISTORIES} || 1000;
my $unfolding = 60;
my $at_once = 40;

# Long enough that a busy machine does not look like a slow validator.
my $purser = T::Purser->start(
    programs => [qw(purser-payments purser-connect purser-payouts purser-jobs)],
    conf => { validator_request_timeout_ms => 30_000 });
my $trader = T::Payouts->new($purser);
$trader->payee;

# A generator of Park and Miller: every run has the same histories.
my $state = 20_261_120;
sub random { my ($n) = @_; $state = $state * 48_271 % 2_147_483_647; return $state % $n }

# Weeks of whole cents; penalty and scale in tenths.
sub history {
    my ($count) = @_;
    my ($balance, @weeks) = (0);
    for (1 .. $count) {
        $balance += random(40_001) - 18_000;
        push @weeks, { balance => $balance, open => random(20_001) - 10_000,
            penalty => random(10) < 8 ? 10 : random(11),
            scale => random(10) < 8 ? 10 : 5 + random(6) };
    }
    return @weeks;
}

sub realised {
    my ($week) = @_;
    return $week->{open} < 0 ? $week->{balance} + $week->{open} : $week->{balance}
}

# Cents owed in all: the gross of a week is what its realised worth rises above every earlier one.
sub owed {
    my ($mark, $hundredths) = (0, 0);
    for my $week (@_) {
        my $gross = realised($week) - $mark;
        next if $gross <= 0;
        $mark += $gross;
        $hundredths += $gross * $week->{penalty} * $week->{scale};
    }
    return $hundredths / 100;
}

sub highest {
    my $mark = 0;
    for (@_) {
        my $is = realised($_);
        $mark = $is if $is > $mark;
    }
    return $mark;
}

sub decimal {
    my ($n, $places) = @_;
    my $unit = 10**$places;
    return sprintf '%s%d.%0*d', $n < 0 ? '-' : '', abs($n) / $unit, $places, abs($n) % $unit;
}

sub script {
    my ($account, @weeks) = @_;
    my $list = join ',', map {
        sprintf '{"balance":%s,"unrealized":%s,"weekly_penalty":%s,"scale":%s}',
            decimal($_->{balance}, 2), decimal($_->{open}, 2), decimal($_->{penalty}, 1),
            decimal($_->{scale}, 1)
    } @weeks;
    return { method => 'PUT', uri => "/_double/validator/$account->{subaccount_uuid}",
        headers => { 'Content-Type' => 'application/json' },
        body => qq({"bucket":"funded","weeks":[$list]}) };
}

is(owed({ balance => 13_000, open => -500, penalty => 10, scale => 10 },
    { balance => 11_000, open => 0, penalty => 10, scale => 10 },
    { balance => 20_000, open => 4000, penalty => 10, scale => 10 },
    { balance => 20_500, open => -3000, penalty => 10, scale => 10 }),
    12_500 + 7500, "high water: four weeks owe 125 + 0 + 75 + 0");

my @accounts = map { $trader->account } 1 .. $at_once;
my ($started, $done, @wrong) = (time, 0);
while ($done < $histories && @wrong < 5) {
    my @some = map { [history(random(40) ? 1 + random(10) : 52)] }
        1 .. ($histories - $done < $at_once ? $histories - $done : $at_once);
    my @scripted = $purser->double->http->parallel(map { script($accounts[$_], @{ $some[$_] }) }
        0 .. $#some);
    die "script: $_->{status} $_->{body}" for grep { $_->{status} != 200 } @scripted;
    my @answers = $trader->api->parallel(map { [GET => '/v2/payouts/estimate', undef,
        'X-Prop-Account' => $accounts[$_]{id}] } 0 .. $#some);
    for my $i (0 .. $#some) {
        my $expected = owed(@{ $some[$i] });
        my $body = sprintf '{"amount_usd":%s,"amount_cents":%d,"currency":"usd","available":%s}',
            decimal($expected, 2), $expected,
            $expected > 0 ? 'true' : 'false,"reason":"nothing_owed"';
        push @wrong, "history " . ($done + $i) . ": expected $body, got $answers[$i]{body}"
            if $answers[$i]{body} ne $body;
    }
    $done += @some;
}
is(join("\n", @wrong), '', "high water: $done random histories agree to the cent");
no integer;
diag(sprintf '%d histories in %.0f s', $done, time - $started);

# The SQL formula that checks the validator's weeks, over the same kind of histories.
my $agree = 0;
for (1 .. 500) {
    my @weeks = history(1 + random(60));
    my $list = join ',', map {
        sprintf '{"balance":%s,"unrealized":%s,"weekly_penalty":%s,"scale":%s}',
            decimal($_->{balance}, 2), decimal($_->{open}, 2), decimal($_->{penalty}, 1),
            decimal($_->{scale}, 1)
    } @weeks;
    $agree++ if $purser->value('select floor(payouts.high_water(?::jsonb) * 100)::bigint',
        "[$list]") == owed(@weeks);
}
is($agree, 500, 'high water: our formula in SQL agrees with 500 more');

# Histories that grow week by week, with a payout now and then, some of which Stripe refuses.
my (@over, @short, $payouts);
for my $number (1 .. $unfolding) {
    my $account = $accounts[$number % $at_once];
    my $before = $purser->value("select coalesce(sum(amount_cents), 0) from payouts.payout "
        . "where account_id = ? and status = 'paid'", $account->{id});
    next if $before;
    my @weeks = history(8 + random(8));
    for my $week (0 .. $#weeks) {
        next if random(3) && $week < $#weeks;
        $purser->double->http->request(script($account, @weeks[0 .. $week]));
        T::Payouts::refuse($purser) if !random(4) && $week < $#weeks;
        my @made = map { json_of($_) }
            $trader->api->parallel(([POST => '/v2/payouts/request',
                { prop_account_id => $account->{id} }]) x 2);
        for my $payout (grep { $_->{id} } @made) {
            $payouts++;
            $trader->writer->POST("/v2/payouts/$payout->{id}/submit", {});
        }
        $purser->double->no_faults;
        my $paid = $purser->value("select coalesce(sum(amount_cents), 0) from payouts.payout "
            . "where account_id = ? and status = 'paid'", $account->{id});
        my $highest = highest(@weeks[0 .. $week]);
        push @over, "history $number, week $week: paid $paid, highest mark $highest"
            if $paid > $highest;
        push @short, "history $number: paid $paid, owed " . owed(@weeks)
            if $week == $#weeks && $paid != owed(@weeks);
    }
}
is(join("\n", @over), '', 'high water: never more is paid than the highest realised mark');
is(join("\n", @short), '', 'high water: in the end exactly what is owed is paid');
cmp_ok($payouts, '>', 50, "high water: $payouts payouts were made");
is($purser->value("select count(*) from payouts.estimate where committed_cents > highest_cents"), 0,
    'high water: the database has no estimate with more committed than earned');
is_deeply($purser->rows('select * from admin.ledger_check'), [],
    'high water: every posting has its reason in the end');
done_testing;
