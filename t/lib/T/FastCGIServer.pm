package T::FastCGIServer;

# A stub of a FastCGI server, for tests of nginx alone: answers every request with the parameters it
# got, or with what the test says, after a pause when the path asks for one.

use strict;
use warnings;

use IO::Socket::UNIX;
use JSON::PP ();
use POSIX ();
use T::FastCGI;
use T::Proc;
use Time::HiRes qw(sleep);

# answer => sub { my ($params, $body) = @_; return CGI output }; by default the parameters as JSON.
sub start {
    my ($class, $path, %options) = @_;
    my $listen = IO::Socket::UNIX->new(Local => $path, Listen => 128) or die "$path: $!";
    my $answer = $options{answer} || \&_echo;
    my $process = T::Proc->start(code => sub { _serve($listen, $answer) },
        command => ["FastCGI server on $path"], log => "$path.log");
    return bless { process => $process, path => $path }, $class;
}

sub stop { return $_[0]{process}->stop }

sub _serve {
    my ($listen, $answer) = @_;
    local $SIG{CHLD} = 'IGNORE';
    # The reader of an inherited pipe waits until every process has closed it: also this one.
    POSIX::close($_) for grep { $_ != fileno $listen } 3 .. 255;
    while (1) {
        my $socket = $listen->accept or next;
        my $pid = fork;
        next if $pid;
        alarm 60;    # the process ends even when the test was killed
        while (my $request = _read($socket)) {
            my $output = $answer->($request->{params}, $request->{body});
            $socket->syswrite(T::FastCGI::encode_answer($output));
        }
        POSIX::_exit(0);
    }
    return;
}

sub _read {
    my ($socket) = @_;
    my %request = (params => '', body => '');
    while (1) {
        my $head = _exactly($socket, 8);
        return if !defined $head;
        my (undef, $type, undef, $len, $padding) = unpack 'CCnnC', $head;
        my $content = substr _exactly($socket, $len + $padding) // return, 0, $len;
        $request{params} .= $content if $type == 4;
        $request{body} .= $content if $type == 5;
        last if $type == 5 && $len == 0;
    }
    $request{params} = T::FastCGI::decode_params($request{params});
    return \%request;
}

sub _exactly {
    my ($socket, $len) = @_;
    my $data = '';
    while (length $data < $len) {
        my $got = $socket->sysread($data, $len - length $data, length $data);
        return if !$got;
    }
    return $data;
}

# ?pause=0.5 in the URI waits that long.
sub _echo {
    my ($params, $body) = @_;
    sleep $1 if $params->{REQUEST_URI} =~ /[?&]pause=([\d.]+)/;
    my $json = JSON::PP->new->canonical->encode({ params => $params, bytes => length $body });
    return "Status: 200\r\nContent-Type: application/json\r\n"
        . "Request-Id: from-the-worker\r\n\r\n$json";
}

1;
