package T::Frozen;

# One purser-jobs freezes in the middle of a call, past the end of its lease; a second one takes
# over; the first wakes up.
#
#   my $frozen = T::Frozen->new($purser);
#   $frozen->first('before POST /v1/transfers');    # freezes there, at its first pass; a longer
#                                                   # lease than 1.2 s is another argument
#   ... what makes it pass that point
#   $frozen->second;                                # when the first is frozen
#   $frozen->wake;

use strict;
use warnings;

use T::Proc qw(temp_dir slurp wait_until);

my $LEASE_MS = 1200;
my $count = 0;

sub new {
    my ($class, $purser) = @_;
    return bless { purser => $purser }, $class;
}

sub _start {
    my ($self, $name, %env) = @_;
    my $dir = temp_dir("$name" . ++$count);
    return $self->{$name} = $self->{purser}->start_program('purser-jobs', dir => $dir,
        args => ['--instance', $name], conf => { jobs_socket => "$dir/jobs.sock" },
        env => { PURSER_FAULT_LEASE_MS => $self->{lease_ms}, %env });
}

sub first {
    my ($self, $point, $lease_ms) = @_;
    $self->{lease_ms} = $lease_ms || $LEASE_MS;
    $_->stop for grep { $_ && $_->alive } @$self{qw(first second)}, $self->{purser}->jobs;
    return $self->_start('first', PURSER_FAULT_POINT => $point, PURSER_FAULT_FREEZE => 1);
}

sub _is_frozen { return slurp("/proc/$_[0]/stat") =~ /\) T / }

# Starts when the first one is frozen; its leases end meanwhile.
sub second {
    my ($self) = @_;
    wait_until(10, 'the first purser-jobs is frozen',
        sub { _is_frozen($self->{first}->pid) });
    return $self->_start('second');
}

# Returns when the first one has recorded what its call came to.
sub wake {
    my ($self, $record) = @_;
    my $before = () = $self->{first}->log_text =~ /$record/g;
    $self->{first}->signal('CONT');
    wait_until(10, "the first purser-jobs logs $record",
        sub { (() = $self->{first}->log_text =~ /$record/g) > $before });
    return;
}

1;
