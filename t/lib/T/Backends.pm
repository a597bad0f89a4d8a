package T::Backends;

# PostgreSQL's processes that serve one program's connections: seen, and frozen as on a machine that
# has no time for them.  Whatever is frozen goes on at the end, else PostgreSQL could not stop.
#
#   my @pids = backends($purser, 'purser-webhooks');
#   freeze(@pids);
#   thaw(@pids);

use strict;
use warnings;

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
        kill 'STOP', $pid or die "stop $pid: $!";
        $frozen{$pid} = 1;
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
