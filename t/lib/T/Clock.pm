package T::Clock;

# Another wall clock for a program and its child processes: t/lib/moved_clock.c, which they preload,
# adds a number of seconds to the time of day.  CLOCK_MONOTONIC, by which programs measure timeouts,
# stays as it is.  Programs must come from T::Proc::plain_dir: AddressSanitizer aborts one that
# preloads a library.
#
#   T::Program->start('purser-jobs', build => plain_dir, env => { T::Clock->moved(86_400) });

use strict;
use warnings;

use File::Copy qw(copy);
use T::Proc qw(build_dir temp_dir);

my $library;

# Environment; the distance is to the clock of the caller, which may be moved itself.
sub moved {
    my ($class, $seconds) = @_;
    $library ||= _library();
    return (LD_PRELOAD => $library, MOVED_CLOCK_S => ($ENV{MOVED_CLOCK_S} // 0) + $seconds);
}

# The library that this process has preloaded itself, else a copy of the one in the build tree:
# PostgreSQL's user may have no way into that.
sub _library {
    return $1 if ($ENV{LD_PRELOAD} // '') =~ m{(\S+/moved_clock\.so)};
    my $copy = temp_dir() . '/moved_clock.so';
    copy(build_dir() . '/t/lib/moved_clock.so', $copy) or die "moved_clock.so: $!";
    chmod 0755, $copy or die "chmod $copy: $!";
    return $copy;
}

1;
