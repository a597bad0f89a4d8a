package Double::HighWater;

# The validator's weekly settlements, in exact decimals.
# gross of a week = max(0, min(balance, balance + unrealized) - sum of earlier gross);
# payout = gross * weekly penalty * scale.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Math::BigFloat;
use Double::Util qw(decimal);

use constant { WEEK_MS => 7 * 86400 * 1000, FIRST_MONDAY_MS => 4 * 86400 * 1000 };

sub number ($value) { return Math::BigFloat->new($value // 0) }

# All digits: sums and products of decimals are decimals.
sub plain ($number) {
    my $text = $number->bstr;
    $text =~ s/0+$// if $text =~ /\./;
    $text =~ s/\.$//;
    return $text eq '-0' || $text eq '' ? '0' : $text;
}

# Scripted weeks with their Mondays: oldest first, the last one is the last complete week.
sub dated ($weeks, $now_ms) {
    my $monday = $now_ms - ($now_ms - FIRST_MONDAY_MS) % WEEK_MS;
    my $start = $monday - WEEK_MS * @$weeks;
    my @dated;
    for my $week (@$weeks) {
        push @dated, { start_ms => $start, balance => plain(number($week->{balance})),
            unrealized => plain(number($week->{unrealized})),
            penalty => plain(number($week->{weekly_penalty} // $week->{penalty} // 1)),
            scale => plain(number($week->{scale} // 1)) };
        $start += WEEK_MS;
    }
    return \@dated;
}

# The rows that lie in [start, end) and their sum; the high water counts all weeks before too.
sub settle ($weeks, $start_ms, $end_ms) {
    my $water = Math::BigFloat->bzero;
    my $total = Math::BigFloat->bzero;
    my @rows;
    for my $week (@$weeks) {
        my ($balance, $open) = map { Math::BigFloat->new($week->{$_}) } qw(balance unrealized);
        my $worth = $open->is_neg ? $balance + $open : $balance->copy;
        my $gross = $worth - $water;
        $gross = Math::BigFloat->bzero if $gross->is_neg;
        $water += $gross;
        my $payout = $gross * $week->{penalty} * $week->{scale};
        my $ends = $week->{start_ms} + WEEK_MS;
        next if $week->{start_ms} < $start_ms || $ends > $end_ms;
        $total += $payout;
        push @rows, { start_time_ms => $week->{start_ms}, end_time_ms => $ends,
            map({ $_ => decimal($week->{$_}) } qw(balance unrealized scale)),
            weekly_penalty => decimal($week->{penalty}), gross => decimal(plain($gross)),
            payout => decimal(plain($payout)) };
    }
    return (\@rows, plain($total));
}

# A believable year by seed: drifting balance in cents, open positions, now and then a penalty.
sub random_weeks ($seed, $count) {
    my $state = $seed % 2147483646 + 1;
    my $next = sub { $state = $state * 48271 % 2147483647; return $state / 2147483647 };
    my ($balance, @weeks) = (0);
    for (1 .. $count) {
        $balance += int(($next->() - 0.45) * 40000);
        my $open = int(($next->() - 0.5) * 10000);
        my $penalty = $next->() < 0.9 ? '1' : $next->() < 0.5 ? '0.5' : '0';
        push @weeks, { balance => sprintf('%.2f', $balance / 100),
            unrealized => sprintf('%.2f', $open / 100), weekly_penalty => $penalty };
    }
    return \@weeks;
}

1;
