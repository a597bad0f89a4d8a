# Protects: purser-jobs may die before or after any database or upstream call, and everything still
# happens exactly once.
use strict;
use warnings;

use Test::More;
use T::Challenge qw(challenge);
use T::Fault;
use T::Purser;

my $purser = T::Purser->start;
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&challenge)
    ->run;
done_testing;
