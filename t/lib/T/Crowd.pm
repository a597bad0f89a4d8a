package T::Crowd;

# A load generator: many callers of one program at a time, over kept FastCGI connections as nginx
# has them.  Each caller sends a request, compares its answer with the only right one, and sends the
# next; after a 503 it pauses first.
#
#   my $crowd = T::Crowd->new(socket => $program->socket, callers => 64, seed => 1, calls => [
#       { name => "acme's list", request => { method => 'GET', uri => ... } } ]);
#   $crowd->alone;
#   my $seen = $crowd->run(50_000);
#   $seen->{right}, $seen->{later};       # right answers; 503 with Retry-After
#   $seen->{wrong};                       # { "acme's list: 401 {...}" => how often }
#   $seen->{lost};                        # connections without an answer: the program died
#
# alone() asks each call once, one after another, and takes the answer as the right one ({right}).

use strict;
use warnings;

use IO::Socket::UNIX;
use Time::HiRes qw(time);
use T::FastCGI ();

my ($STDOUT, $END) = (6, 3);
my $keep_flag = 10;    # its place in the first record, behind the head and the role
my $rest_s = 0.05;

# tick => code that is called about ten times a second; give_up_s => seconds without any answer.
sub new {
    my ($class, %options) = @_;
    my $self = bless { callers => 64, seed => 1, give_up_s => 20, tick => sub { }, %options },
        $class;
    for my $call (@{ $self->{calls} }) {
        $call->{bytes} = T::FastCGI::encode($call->{request});
        substr $call->{bytes}, $keep_flag, 1, "\1";
    }
    return $self;
}

# The parts of an answer that are the same each time.
sub seen_of {
    my ($output) = @_;
    my ($head, $body) = split /\r\n\r\n/, $output, 2;
    my ($status) = ($head // '') =~ /^Status: (\d+)/m;
    ($body //= '') =~ s/,?"request_id":"[^"]*"//;
    return join ' ', $status // 'no status', $body,
        $head =~ /^Retry-After:/m ? '(Retry-After)' : ();
}

sub alone {
    my ($self) = @_;
    for my $call (@{ $self->{calls} }) {
        my $caller = { };
        $self->_send($caller, $call);
        1 until defined $self->_receive($caller);
        $call->{right} = seen_of($caller->{output});
        die "$call->{name}, alone: $call->{right}\n" if $call->{right} !~ /^(?:200|40\d) /;
    }
    return map { $_->{right} } @{ $self->{calls} };
}

# Sends requests until $count answers have come; returns when no request is open any more.
sub run {
    my ($self, $count) = @_;
    my $seen = $self->{seen} = { right => 0, later => 0, lost => 0, wrong => {} };
    srand $self->{seed};
    my $left = $count;
    my ($watched, %caller_of) = ('');
    my @idle = map { { ready => 0 } } 1 .. $self->{callers};    # sorted by the end of their pauses
    my $next = sub {
        my ($caller) = @_;
        return if $left-- <= 0;
        if (!$self->_send($caller, $self->{calls}[rand @{ $self->{calls} }])) {
            $left++;    # no listener: the program has died and is being started again
            return push @idle, { ready => time + $rest_s };
        }
        $caller_of{ fileno $caller->{socket} } = $caller;
        vec($watched, fileno $caller->{socket}, 1) = 1;
    };
    my ($tick, $answered) = (0, time);
    while (1) {
        $next->(shift @idle) while $left > 0 && @idle && $idle[0]{ready} <= time;
        last if $left <= 0 && !%caller_of;
        select my $ready = $watched, undef, undef, @idle && $left > 0 ? 0.01 : 0.1;
        for my $fd (grep { vec $ready, $_, 1 } keys %caller_of) {
            my $caller = $caller_of{$fd};
            my $whole = $self->_receive($caller);
            next if !defined $whole;
            $answered = time;
            delete $caller_of{$fd};
            vec($watched, $fd, 1) = 0;
            my $right = $self->_judge($caller, $whole);
            $caller = {} if !$whole;
            $caller->{ready} = $right ? 0 : time + $rest_s;
            if ($right) { unshift @idle, $caller }
            else { push @idle, $caller }
        }
        if (time > $tick + 0.1) { $tick = time; $self->{tick}->($seen) }
        if (time > $answered + $self->{give_up_s}) {
            $seen->{wrong}{"no answer in $self->{give_up_s} s"} = keys %caller_of;
            last;
        }
    }
    return $seen;
}

sub _send {
    my ($self, $caller, $call) = @_;
    $caller->{socket} ||= IO::Socket::UNIX->new(Peer => $self->{socket}) or return 0;
    @$caller{qw(call data output)} = ($call, '', '');
    return ($caller->{socket}->syswrite($call->{bytes}) // 0) == length $call->{bytes};
}

# undef = not yet whole, 0 = the connection ended before it was, 1 = whole.
sub _receive {
    my ($self, $caller) = @_;
    my $data = \$caller->{data};
    my $got = $caller->{socket}->sysread($$data, 65536, length $$data);
    return 0 if !$got;
    while (length $$data >= 8) {
        my (undef, $type, undef, $len, $padding) = unpack 'CCnnC', $$data;
        last if length $$data < 8 + $len + $padding;
        $caller->{output} .= substr $$data, 8, $len if $type == $STDOUT;
        substr $$data, 0, 8 + $len + $padding, '';
        return 1 if $type == $END;
    }
    return;
}

my $later = qr/^503\ (?:\{"detail":\{"code":"V2_UNAVAILABLE","message":"[^"]+","retryable":true\}\}
    |\{"error":"[^"]+","code":"unavailable"\})\ \(Retry-After\)$/x;

# True = the right answer.
sub _judge {
    my ($self, $caller, $whole) = @_;
    my $seen = $self->{seen};
    my $got = $whole ? seen_of($caller->{output}) : '';
    my $right = $whole && $got eq $caller->{call}{right};
    if ($right) { $seen->{right}++ }
    elsif (!$whole) { $seen->{lost}++ }
    elsif ($got =~ $later) { $seen->{later}++ }
    else { $seen->{wrong}{"$caller->{call}{name}: $got"}++ }
    return $right;
}

1;
