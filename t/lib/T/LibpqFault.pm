package T::LibpqFault;

# Fault injection: makes libpq fail inside a running program, by a library that is preloaded into it
# (t/fault/lib/libpq_fault.c).  The program comes from the tree without sanitizers (plain_dir).
#
#   my $fault = T::LibpqFault->new(seed => 7, burst => 2);    # each failure is followed by two
#   $purser->start_program('purser-payments', env => $fault->env);
#   $fault->fail(any => 2000, sync => 300);    # from now on one allocation in 2000, one sync in 300
#   $fault->fail;                              # none
#   $fault->failed('sync');                    # how many have failed

use strict;
use warnings;

use T::Proc qw(build_dir temp_dir spew slurp);

my $count = 0;
# Of struct fault, in numbers of 8 bytes: the seed, burst, then for each kind one_in, asked, failed.
my %at = (any => 2, result => 5, sync => 8, lost => 11, skipped => 14);
my $numbers = 17;

sub new {
    my ($class, %options) = @_;
    my $file = temp_dir() . '/libpq_fault' . ++$count;
    spew($file, pack 'Q*', $options{seed} || 1, (0) x ($numbers - 1));
    return bless { file => $file, burst => $options{burst} || 0 }, $class;
}

# The environment that a program is started with.
sub env {
    my ($self) = @_;
    return { LD_PRELOAD => build_dir() . '/t/fault/lib/libpq_fault.so',
        LIBPQ_FAULT => $self->{file} };
}

sub fail {
    my ($self, %one_in) = @_;
    open my $out, '+<:raw', $self->{file} or die "$self->{file}: $!";
    my %value = (1 => %one_in ? $self->{burst} : 0, map { $at{$_} => $one_in{$_} || 0 } keys %at);
    for my $place (keys %value) {
        sysseek $out, 8 * $place, 0 or die "$self->{file}: $!";
        syswrite $out, pack 'Q', $value{$place};
    }
    close $out or die "$self->{file}: $!";
    return $self;
}

sub asked { my ($self, $kind) = @_; return $self->_number($at{$kind} + 1) }
sub failed { my ($self, $kind) = @_; return $self->_number($at{$kind} + 2) }
sub _number { my ($self, $i) = @_; return (unpack 'Q*', slurp($self->{file}))[$i] }

1;
