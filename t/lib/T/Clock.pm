package T::Clock;

# Another wall clock for a program: libfaketime moves CLOCK_REALTIME of the program and of its child
# processes by a number of seconds.  CLOCK_MONOTONIC, by which programs measure timeouts, stays as
# it is.  Programs must come from T::Proc::plain_dir: AddressSanitizer aborts one that preloads a
# library.
#
#   T::Clock->library or plan skip_all => T::Clock->missing;
#   T::Program->start('purser-jobs', build => plain_dir, env => { T::Clock->moved(86_400) });

use strict;
use warnings;

use T::Proc qw(finally);

my $day_s = 86_400;
my $moves = 0;

sub library { return (glob '/usr/lib/*/faketime/libfaketimeMT.so.1')[0] }
sub missing { return 'no libfaketime (Debian package faketime)' }

# Environment; the distance is to the clock of the caller, which may be moved itself.
sub moved {
    my ($class, $seconds) = @_;
    finally(\&_sweep) if !$moves++;
    my ($before) = ($ENV{FAKETIME} // '') =~ /^([-+]\d+)s$/;
    return (LD_PRELOAD => $class->library, FAKETIME => sprintf('%+ds', ($before // 0) + $seconds),
        FAKETIME_DONT_FAKE_MONOTONIC => 1, FAKETIME_CACHE_DURATION => $day_s, NO_FAKE_STAT => 1);
}

# A process under libfaketime makes two files, named after its pid, and leaves them when it ends by
# a signal or by _exit().  Removes the files of all processes that have ended.
sub _sweep {
    for my $file (glob '/dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*') {
        my ($pid) = $file =~ /_(\d+)$/ or next;
        unlink $file if !kill(0, $pid) && !-e "/proc/$pid";
    }
    return;
}

1;
