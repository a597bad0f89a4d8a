# Protects: purser-jobs may die before or after any database or upstream call, and a refund that an
# operator asked for is made once.
use strict;
use warnings;

use Test::More;
use T::Fault;
use T::Purser;
use T::Refunds qw(refunded_by_jobs);

# The scenario goes on after the recovery: that takes its time too.
$T::Fault::RECOVERY_S = 10;
my $purser = T::Purser->start;
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&refunded_by_jobs,
    only => qr/refund/)
    ->run;
done_testing;
