# Protects: purser-connect may die before or after any database or upstream call, and in the end
# Stripe has one account of the user.
use strict;
use warnings;

use Test::More;
use T::Fault;
use T::PayoutScenario qw(onboarded);
use T::Purser;

# The scenario goes on after the recovery: that takes its time too.
$T::Fault::RECOVERY_S = 10;
my $purser = T::Purser->start;
T::Fault->new(purser => $purser, program => 'purser-connect', scenario => \&onboarded,
    keys => 1)
    ->run;
done_testing;
