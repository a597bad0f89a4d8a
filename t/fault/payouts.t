# Protects: purser-payouts may die before or after any database or upstream call, and the payout is
# paid once.
use strict;
use warnings;

use Test::More;
use T::Fault;
use T::PayoutScenario qw(paid_by_request);
use T::Purser;

# The scenario goes on after the recovery: that takes its time too.
$T::Fault::RECOVERY_S = 10;
my $purser = T::Purser->start;
T::Fault->new(purser => $purser, program => 'purser-payouts', scenario => \&paid_by_request)
    ->run;
done_testing;
