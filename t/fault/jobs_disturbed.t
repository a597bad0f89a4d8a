# Protects: purser-jobs may die before or after any call also while it recovers from lost answers of
# Stripe and the provider and lost events, and everything still happens exactly once.
use strict;
use warnings;

use Test::More;
use T::Challenge qw(disturbed_challenge);
use T::Fault;
use T::Purser;

# The scenario goes on after the recovery: that takes its time too.
$T::Fault::RECOVERY_S = 10;
# No time for a second attempt within a request: a lost answer is left to purser-jobs.
my $purser = T::Purser->start(conf => { stripe_timeout_ms => 450, stripe_deadline_ms => 450 });
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&disturbed_challenge)
    ->run;
done_testing;
