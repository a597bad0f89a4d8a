package T::FastCGIConnection;

# A FastCGI connection that the server keeps open (FCGI_KEEP_CONN): requests one after the other,
# as nginx sends them, or any other bytes.
#
#   my $connection = T::FastCGIConnection->open($path, record_bytes => 32768);
#   my $answer = $connection->ask({ method => 'GET', uri => '/health' });    # undef = closed
#   $connection->send(\%request);      # or send_bytes($anything); receive() returns the answer
#   my @more = $connection->finish;    # all answers up to the end of the connection

use strict;
use warnings;

use Errno qw(EAGAIN EINTR);
use IO::Select;
use IO::Socket::UNIX;
use T::FastCGI;
use Time::HiRes qw(time);

my $SECONDS = 30;    # a server that neither answers nor closes

sub open {    ## no critic (ProhibitBuiltinHomonyms)
    my ($class, $path, %wire) = @_;
    my $socket = IO::Socket::UNIX->new(Peer => $path) or die "$path: $!";
    $socket->blocking(0);
    return bless { socket => $socket, wire => { keep => 1, %wire }, in => '', out => '' }, $class;
}

# The bytes of the request's BEGIN and PARAMS on this connection.
sub encode_head {
    my ($self, $request) = @_;
    return T::FastCGI::encode_head($request, %{ $self->{wire} });
}

sub send {    ## no critic (ProhibitBuiltinHomonyms)
    my ($self, $request) = @_;
    return $self->send_bytes(T::FastCGI::encode($request, %{ $self->{wire} }));
}

# Sends the bytes.  What the socket does not take at once is sent while receive() waits.
sub send_bytes {
    my ($self, $bytes) = @_;
    $self->{out} .= $bytes;
    return $self->_write;
}

sub ask {
    my ($self, $request) = @_;
    return $self->send($request)->receive;
}

# The next answer with the id of its FastCGI request; undef when the server closed the connection.
sub receive {
    my ($self) = @_;
    my $state = $self->{state} //= { stdout => '', stderr => '' };
    my $end = time + $SECONDS;
    while (!T::FastCGI::decode(\$self->{in}, $state)) {
        return if $self->{closed};
        die "no answer within $SECONDS s\n" if time > $end;
        $self->_turn($end - time);
    }
    delete $self->{state};
    return { %{ T::FastCGI::answer_parse($state->{stdout}) }, fastcgi_id => $state->{id} };
}

sub closed { return $_[0]{closed} }

# Ends the sending side, and collects all answers until the server has closed the connection.
sub finish {
    my ($self) = @_;
    my $end = time + $SECONDS;
    while (length $self->{out} && !$self->{closed}) {
        die "not all sent within $SECONDS s\n" if time > $end;
        $self->_turn($end - time);
    }
    shutdown $self->{socket}, 1;
    my @answers;
    while (defined(my $answer = $self->receive)) { push @answers, $answer }
    close $self->{socket};
    return @answers;
}

# Writes or reads what is possible now, at least once within that time.
sub _turn {
    my ($self, $seconds) = @_;
    my $one = IO::Select->new($self->{socket});
    my $writing = length $self->{out} ? $one : undef;
    my ($read, $write) = IO::Select->select($one, $writing, undef, $seconds);
    $self->_write if $write && @$write;
    return if !$read || !@$read;
    my $got = sysread $self->{socket}, $self->{in}, 65_536, length $self->{in};
    $self->{closed} = 1 if defined $got ? $got == 0 : $! != EAGAIN && $! != EINTR;
    return;
}

sub _write {
    my ($self) = @_;
    while (length $self->{out}) {
        my $sent = syswrite $self->{socket}, $self->{out};
        if (!defined $sent) {
            $self->{out} = '' if $! != EAGAIN && $! != EINTR;    # closed: reading will say so
            last;
        }
        substr $self->{out}, 0, $sent, '';
    }
    return $self;
}

1;
