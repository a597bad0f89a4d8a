# Protects: what purser-jobs does when Stripe's answer, its events and the provider's answer are all
# lost may itself be killed anywhere, and everything still happens exactly once.
use strict;
use warnings;

use Test::More;
use T::Challenge qw(disturbed_challenge);
use T::Fault;
use T::Purser;

# No time for a second attempt inside a request: what is lost is left to purser-jobs.
my $purser = T::Purser->start(conf => { stripe_timeout_ms => 450, stripe_deadline_ms => 450 });
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&disturbed_challenge)
    ->run(seeds => $ENV{PURSER_FAULT_SEEDS} || 3);
done_testing;
