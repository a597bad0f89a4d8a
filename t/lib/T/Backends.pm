package T::Backends;

# PostgreSQL's backends of one program's connections.  freeze() stops them by SIGSTOP, as on a
# machine that gives them no processor time.  At the end of the test every one of them continues:
# PostgreSQL cannot stop while one is frozen.
#
#   my @pids = backends($purser, 'purser-webhooks');
#   freeze(@pids);
#   thaw(@pids);

use strict;
use warnings;

use Errno qw(ESRCH);
use Exporter qw(import);

our @EXPORT_OK = qw(backends freeze thaw);

my %frozen;
my $owner = $$;

# Oldest first.
sub backends {
    my ($purser, $program) = @_;
    return map { $_->{pid} } @{ $purser->rows(<<'END', $program) };
select pid from pg_stat_activity where application_name = ? and datname = current_database()
order by backend_start
END
}

sub freeze {
    my (@pids) = @_;
    for my $pid (@pids) {
        if (kill 'STOP', $pid) {
            $frozen{$pid} = 1;
        } elsif ($! != ESRCH) {    # one whose connection was just closed is gone
            die "stop $pid: $!";
        }
    }
    return;
}

sub thaw {
    my (@pids) = @_;
    kill 'CONT', $_ for grep { delete $frozen{$_} } @pids;
    return;
}

END { thaw(keys %frozen) if $$ == $owner }

1;
