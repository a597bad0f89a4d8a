package T::KeptClients;

# A load generator for HTTP: one request after the other on each of several kept connections, fast
# enough to keep the programs busy.
#
#   serve_clients(port => 8000, connections => 8, seconds => 60,
#       request => sub { return $bytes_of_the_next_request },
#       answer => sub { my ($status, $body) = @_; return $go_on });

use strict;
use warnings;

use Exporter qw(import);
use IO::Poll qw(POLLIN);
use IO::Socket::INET;
use Time::HiRes qw(time);

our @EXPORT_OK = qw(serve_clients http_text);

# { method, uri, headers, body } (T::Http) as it goes over the wire.
sub http_text {
    my ($request) = @_;
    my %headers = (Host => 'localhost', %{ $request->{headers} || {} });
    $headers{'Content-Length'} = length $request->{body} if defined $request->{body};
    return join "\r\n", "$request->{method} $request->{uri} HTTP/1.1",
        (map { "$_: $headers{$_}" } sort keys %headers), '', $request->{body} // '';
}

# Runs until answer() returns false or the time is over.  A connection that ends without an
# answer counts as status 0.
sub serve_clients {
    my (%options) = @_;
    my $poll = IO::Poll->new;
    my %buffer;
    my $end = time + $options{seconds};
    _connect($poll, \%buffer, \%options) for 1 .. $options{connections};
    while (time < $end) {
        $poll->poll(1);
        for my $socket ($poll->handles(POLLIN | IO::Poll::POLLHUP)) {
            _read($poll, $socket, \%buffer, \%options) or return;
        }
    }
    return;
}

sub _connect {
    my ($poll, $buffer, $options) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $options->{port})
        or die "connect: $!";
    $buffer->{ fileno $socket } = '';
    $poll->mask($socket => POLLIN);
    syswrite $socket, $options->{request}->();
    return;
}

# Reads what has arrived and hands whole answers to answer(); true to continue.
sub _read {
    my ($poll, $socket, $buffer, $options) = @_;
    my $in = \$buffer->{ fileno $socket };
    my $got = sysread $socket, $$in, 65_536, length $$in;
    my $answer = $got ? _answer($in) : { status => 0, body => '', close => 1 };
    return 1 if !$answer;
    my $go_on = $options->{answer}->($answer->{status}, $answer->{body});
    return $go_on && syswrite $socket, $options->{request}->() if !$answer->{close};
    $poll->remove($socket);
    close $socket;
    _connect($poll, $buffer, $options) if $go_on;
    return $go_on;
}

# Takes a whole answer out of the buffer; all of them have a Content-Length.
sub _answer {
    my ($in) = @_;
    $$in =~ /\r\n\r\n/ or return;
    my $head = substr $$in, 0, $+[0];
    my ($status) = $head =~ m{^HTTP/1\.1 (\d+)};
    my $length = $head =~ /^Content-Length: (\d+)/mi ? $1 : 0;
    return if length $$in < length($head) + $length;
    my $body = substr $$in, length $head, $length;
    substr $$in, 0, length($head) + $length, '';
    return { status => $status, body => $body, close => scalar $head =~ /^Connection: close/mi };
}

1;
