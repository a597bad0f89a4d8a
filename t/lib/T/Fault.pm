package T::Fault;

# Crash testing: kills a program at every fault point that a scenario passes, and checks that every
# effect of the scenario still happened exactly once.  The programs are built with
# --enable-fault-points (src/core/base/fault.h): each database and upstream call has a point before
# and after it, named after the call.
#
#   T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => $code)->run;
#
# only => regex leaves out points that another scenario is about.  Those of the check of Stripe's
# keys, which every program makes at its start, are in a scenario with keys => 1.  The scenario is
# called with (fault, number, seed); it calls $fault->tick wherever it waits, which starts the
# program again if it died, as the supervisor would.  It returns what went wrong, nothing if all is
# well.  A scenario calls $fault->recovered before it examines the result, if that takes long.

use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time sleep);
use T::Proc qw(temp_dir slurp);

# From the restart until $fault->recovered, or until the scenario's end.
our $RECOVERY_S = 5;

my $count = 0;

sub new {
    my ($class, %options) = @_;
    return bless { %options, dir => temp_dir('fault' . ++$count), slowest => 0 }, $class;
}

sub purser { return $_[0]{purser} }

# The points that one undisturbed scenario passes, in the order of their first pass, each with the
# number of its passes.
sub learn {
    my ($self) = @_;
    my $file = "$self->{dir}/points";
    $self->_arm(PURSER_FAULT_LOG => $file);
    my @wrong = $self->{scenario}->($self, 0, 1);
    is("@wrong", '', "$self->{program}: the undisturbed run does everything once");
    my (@points, %passes);
    for (split /\n/, slurp($file)) {
        push @points, $_ if !$passes{$_}++;
    }
    @points = grep { /$self->{only}/ } @points if $self->{only};
    @points = grep { !/ (?:GET \/v1\/account|core\.stripe_key_check)\z/ } @points
        if !$self->{keys};
    return ([@points], \%passes);
}

sub _arm {
    my ($self, %env) = @_;
    $self->{purser}->program($self->{program})->stop;
    @$self{qw(restarted recovered)} = ();
    # The program may reach the point before it listens; then the first tick finds it dead.
    eval { $self->{purser}->start_program($self->{program}, env => \%env); 1 }
        or $@ =~ /ended at its start/ or die $@;
    return;
}

# Starts the program again when it has died, as the supervisor does; true when it had.
sub tick {
    my ($self) = @_;
    my $program = $self->{purser}->program($self->{program});
    return 0 if $program->alive;
    $self->{purser}->start_program($self->{program});
    @$self{qw(restarted recovered)} = (time, undef);
    return 1;
}

# Ticks until the code gives something true; undef after the seconds are over.
sub wait_for {
    my ($self, $seconds, $code) = @_;
    my $until = time + $seconds;
    while (1) {
        $self->tick;
        my $found = $code->();
        return $found if $found;
        return if time > $until;
        sleep 0.05;
    }
}

# The scenario calls it when every effect is there: what it does later is no part of the recovery.
sub recovered { $_[0]{recovered} = time; return }

# Repeats a request with the same key until there is an answer, as a careful client does.
sub insist {
    my ($self, $code) = @_;
    my $answer;
    $self->wait_for(20, sub {
        $answer = $code->();
        return $answer->{status} =~ /^[24]/ && $answer->{status} != 409;
    });
    return $answer;
}

# Every seed kills the program at each point; the seed chooses the pass of the point.
sub run {
    my ($self) = @_;
    my $seeds = $ENV{PURSER_FAULT_SEEDS} || 1;
    my ($points, $passes) = $self->learn;
    my ($number, @missed) = (0);
    ok(scalar @$points, "$self->{program} passes points");
    for my $point (@$points) {
        my $killed = 0;
        for my $seed (1 .. $seeds) {
            my $pass = $seed == 1 ? 1 : 1 + ($seed * 7) % $passes->{$point};
            $killed += $self->_kill_at($point, $pass, $seed, ++$number);
        }
        push @missed, $point if !$killed;
    }
    # A race may keep the program from one point or another: nearly all points must be reached.
    cmp_ok(20 * @missed, '<=', scalar @$points, "$self->{program} died at nearly every point"
        . (@missed ? ', not ' . join(', ', @missed) : ''));
    diag(sprintf '%s: %d kills at %d points, slowest recovery %.1f s', $self->{program}, $number,
        scalar @$points, $self->{slowest});
    return;
}

sub _kill_at {
    my ($self, $point, $pass, $seed, $number) = @_;
    my $name = "$self->{program} killed at $point, pass $pass, seed $seed: all happened once";
    $self->_arm(PURSER_FAULT_POINT => "$point#$pass");
    my @wrong = $self->{scenario}->($self, $number, $seed);
    # What runs beside the scenario (purser-jobs reads the event list at its start) may reach its
    # point later.
    my $in_time = defined $self->{restarted};
    $self->wait_for(5, sub { defined $self->{restarted} }) if !$in_time && $seed == 1;
    my $died = defined $self->{restarted};
    my $took = $in_time ? ($self->{recovered} // time) - $self->{restarted} : 0;
    $self->{slowest} = $took if $took > $self->{slowest};
    push @wrong, sprintf 'recovery took %.1f s', $took if $took > $RECOVERY_S;
    is(join('; ', @wrong), '', $name);
    return $died;
}

1;
