# Protects: a program does not take the sockets of one that runs, and replaces those that a dead one
# left behind.
use strict;
use warnings;

use T::Api qw(is_status);
use T::Program;
use T::Proc qw(temp_dir);
use T::Purser;
use Test::More;

my $purser = T::Purser->start(programs => [qw(purser-payments purser-jobs)]);

# A second process with another name of the instance, at the same sockets.
sub second {
    my ($name) = @_;
    my $dir = temp_dir("second-$name");
    return eval {
        T::Program->start($name, dir => $dir, args => ['--instance', 'second'],
            conf => { %{ $purser->{conf} }, database => $purser->postgres->conninfo(
                $purser->{database}, T::Purser::login_of($name)) });
        1;
    } ? 'started' : $@;
}

for my $name (qw(purser-payments purser-jobs)) {
    like(second($name), qr/\Q$name\E ended at its start:.*another process has it/s,
        "$name: a second process does not take the sockets");
}
is_status($purser->api->GET('/v2/payments/prop-accounts'), 200,
    'the first purser-payments serves its clients as before');
is(scalar @{ $purser->rows('select 1 from core.program where instance like ?', 'second:%') }, 0,
    'a process that finds its sockets taken returns no leases');

for my $name (qw(purser-payments purser-jobs)) {
    $purser->program($name)->kill_hard;
    $purser->start_program($name);
    ok($purser->program($name)->alive, "$name: the sockets of a killed process are replaced");
}
is_status($purser->api->GET('/v2/payments/prop-accounts'), 200,
    'the successor of a killed purser-payments serves its clients');

done_testing;
