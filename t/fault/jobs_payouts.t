# Protects: purser-jobs may die before or after any database or upstream call, and the payout is
# paid once.
use strict;
use warnings;

use Test::More;
use T::Fault;
use T::PayoutScenario qw(paid_by_jobs);
use T::Purser;

# The scenario goes on after the recovery: that takes its time too.
$T::Fault::RECOVERY_S = 10;
my $purser = T::Purser->start;
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&paid_by_jobs,
    only => qr{payout|transfer|v1/accounts|stripe_event})
    ->run;
done_testing;
