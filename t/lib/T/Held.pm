package T::Held;

# Requests that arrive while a transaction of the test holds a lock, so that they wait for it
# together.

use strict;
use warnings;

use Exporter qw(import);
use Mojo::IOLoop;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(while_held);

my $WAIT_S = 0.7;    # for the other requests to arrive

# Sends all requests at once while a transaction holds the lock that the statement $hold takes.
# When requests have waited for $WAIT_S, calls $meanwhile with that transaction's session and the
# backend that waits, until $meanwhile returns true.  $waiting is a query of the pids that wait.
# Returns the largest number of backends that waited at a time, and the answers.
sub while_held {
    my ($purser, $hold, $waiting, $meanwhile, @requests) = @_;
    my $holder = $purser->postgres->dbh($purser->{database});
    $holder->begin_work;
    $holder->do($hold);
    my ($most, $since, $done) = (0);
    my $timer = Mojo::IOLoop->recurring(0.05 => sub {
        my $rows = $purser->rows($waiting);
        $most = @$rows if @$rows > $most;
        $since //= time if @$rows;
        return if $done || !@$rows || time < $since + $WAIT_S;
        $done = $meanwhile->($holder, $rows->[0]{pid});
    });
    my @answers = $purser->nginx->http->parallel(@requests);
    Mojo::IOLoop->remove($timer);
    $holder->rollback if !$holder->{AutoCommit};
    $holder->disconnect;
    return ($most, @answers);
}

1;
