# Protects: a caller never gets another caller's answer, also when an allocation of libpq fails and
# libpq continues with the results of the next caller, or loses results.  Every answer is the right
# one, or 503 with Retry-After.
#
# When the faults end, the program has its connections again, also when it could open none before.
#
# A single lost result is found because the results between two ReadyForQuery are incomplete.  When
# all results of a caller are lost, only the nonce in the next caller's results shows that they are
# not those of this caller.
#
# PURSER_FAULT_ANSWERS=N takes so many answers instead of 50,000; PURSER_FAULT_SEED=N other faults;
# PURSER_FAULT_BURST=N lets the N allocations behind one that failed fail, too.
use strict;
use warnings;

use Test::More;
use T::Crowd;
use T::LibpqFault;
use T::Proc qw(plain_dir);
use T::Purser;
use T::Traders qw(traders calls_of socket_of);

my $answers = $ENV{PURSER_FAULT_ANSWERS} || 50_000;
my $seed = $ENV{PURSER_FAULT_SEED} || 1;

# Two connections for 64 callers, so that each carries the reads of many at a time.
my @programs = qw(purser-payments purser-payouts purser-connect);
my $purser = T::Purser->start(programs => [], build => plain_dir, conf => { threads => 96,
    threads_upstream => 96, database_connections => 2, database_timeout_ms => 500 });
my $burst = $ENV{PURSER_FAULT_BURST};
my %fault = map { $_ => T::LibpqFault->new(seed => $seed, burst => $burst) } @programs;
$purser->start_program($_, env => $fault{$_}->env) for @programs;
my @traders = traders($purser);

sub total {
    my ($counts) = @_;
    my $n = 0;
    $n += $_ for values %$counts;
    return $n;
}

# Asks while there are so many faults; a program that dies is started again, as by its supervisor.
# $least is the part of the answers that must be right.
sub ask {
    my ($program, $count, $least, %one_in) = @_;
    my ($fault, $died) = ($fault{$program}, 0);
    my @calls = calls_of($program, @traders);
    my $crowd = T::Crowd->new(socket => socket_of($purser, $program), calls => \@calls,
        seed => $seed, tick => sub {
            return if $purser->program($program)->alive;
            $died++;
            diag("$program died: " . (split /\n/, $purser->program($program)->log_text)[-1]);
            $fault->fail;
            $purser->start_program($program, env => $fault->env);
            $fault->fail(%one_in);
        });
    my %right = map { $_ => 1 } $crowd->alone;
    cmp_ok(scalar keys %right, '>=', @traders + 2,
        'the right answers differ: ' . keys(%right) . ' for ' . @calls . ' requests');
    my %before = map { $_ => $fault->failed($_) } keys %one_in;
    $fault->fail(%one_in);
    my $start = time;
    my $seen = $crowd->run($count);
    my $took = time - $start;
    $fault->fail;
    my $failed = 0;
    $failed += $fault->failed($_) - $before{$_} for keys %one_in;
    diag(sprintf '%s: %d faults; of %d answers %d right, %d to come again, %d wrong; %d s',
        $program, $failed, $count, @$seen{qw(right later)}, total($seen->{wrong}), $took);
    my @wrong = sort { $seen->{wrong}{$b} <=> $seen->{wrong}{$a} } keys %{ $seen->{wrong} };
    splice @wrong, 10 if @wrong > 10;
    diag(substr "$seen->{wrong}{$_} times: $_", 0, 400) for @wrong;
    is(total($seen->{wrong}), 0, 'no answer is wrong');
    is($died, 0, 'the program does not die');
    is($seen->{lost}, 0, 'no request is left without an answer');
    cmp_ok($failed, '>=', $count / 1000, "enough faults happened ($failed)");
    cmp_ok($seen->{right}, '>=', $count * $least, "enough answers are right ($seen->{right})");
    $purser->wait_for('the program has a connection again', sub { $crowd->run(1)->{right} });
    my $log_before = length $purser->program($program)->log_text;
    # Few callers, so that none waits long for a connection, also on a loaded machine.
    my $after = T::Crowd->new(socket => socket_of($purser, $program), calls => \@calls,
        callers => 8, seed => $seed)->run(500);
    is($after->{right}, 500, 'all answers are right when the faults are over')
        or diag(substr $purser->program($program)->log_text, $log_before);
    return;
}

my %share = ('purser-payments' => 0.6, 'purser-payouts' => 0.2, 'purser-connect' => 0.2);
my @faults = (
    ['any allocation of libpq fails now and then', any => 1500],
    ['the result that libpq makes of an answer fails now and then', result => 600],
    ['the result that libpq makes of ReadyForQuery fails now and then', sync => 300],
    ['libpq loses a result now and then', lost => 600],
    ["libpq loses a whole caller's results now and then", skipped => 300],
);
for my $program (@programs) {
    my $count = 1 + int($answers * $share{$program} / @faults);
    for my $fault (@faults) {
        my ($name, %one_in) = @$fault;
        subtest "memory of libpq: $program: $name" => sub {
            ask($program, $count, 2 / 3, %one_in);
        };
    }
}

# Faults so frequent that nearly every connection fails already while it is opened.
my @frequent = (
    ['libpq loses every second result', lost => 2],
    ['every third result that libpq makes fails', result => 3],
    ['every second result that libpq makes of ReadyForQuery fails', sync => 2],
    ['every hundredth allocation of libpq fails', any => 100],
);
for my $fault (@frequent) {
    my ($name, %one_in) = @$fault;
    subtest "purser-connect: $name" => sub { ask('purser-connect', 300, 0, %one_in) };
}

done_testing;
