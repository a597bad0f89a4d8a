package Contract::Recorder;

# An HTTP server for one command at a time; it keeps the requests.
#
#   my $recorder = Contract::Recorder->new(sub { my ($request) = @_; return $json_text });
#   my $run = $recorder->run('program', $recorder->base, ...);
#   $run->{output}, $run->{requests}[0]{method, target, headers, body}

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(time);

my $longest_s = 30;

sub new {
    my ($class, $answer) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 16)
        or die "cannot listen: $!\n";
    return bless { listener => $listener, answer => $answer }, $class;
}

sub base {
    my ($self) = @_;
    return 'http://127.0.0.1:' . $self->{listener}->sockport;
}

sub run {
    my ($self, @command) = @_;
    my $pid = open my $output, '-|', @command or die "cannot run $command[0]: $!\n";
    my $select = IO::Select->new($self->{listener}, $output);
    my %run = (output => '', requests => []);
    my $until = time + $longest_s;

    while (1) {
        for my $handle ($select->can_read(1)) {
            if ($handle == $self->{listener}) {
                push @{ $run{requests} }, $self->_serve;
            } elsif (!sysread $handle, $run{output}, 65536, length $run{output}) {
                close $output;
                $run{status} = $?;
                return \%run;
            }
        }
        next if time < $until;
        kill TERM => $pid;
        die "$command[0] took more than $longest_s s\n";
    }
}

sub _serve {
    my ($self) = @_;
    my $socket = $self->{listener}->accept or die "accept: $!\n";
    my $request = _read_request($socket) or return;
    my $body = $self->{answer}->($request);
    print {$socket} "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ",
        length $body, "\r\nConnection: close\r\n\r\n", $body;
    close $socket;
    return $request;
}

sub _read_request {
    my ($socket) = @_;
    my $bytes = '';
    while ($bytes !~ /\r\n\r\n/) {
        sysread $socket, $bytes, 65536, length $bytes or return;
    }
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($line, @headers) = split /\r\n/, $head;
    my ($method, $target) = split ' ', $line;
    my %headers = map { my ($name, $value) = split /:\s*/, $_, 2; (lc $name => $value) } @headers;
    while (length $body < ($headers{'content-length'} || 0)) {
        sysread $socket, $body, 65536, length $body or return;
    }
    return { method => $method, target => $target, headers => \%headers, body => $body };
}

1;
