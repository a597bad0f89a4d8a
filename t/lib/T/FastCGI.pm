package T::FastCGI;

# A FastCGI client without a web server: one request, or many at once over as many connections.
# T::FastCGIConnection sends several requests over one connection.

use strict;
use warnings;

use Exporter qw(import);
use IO::Select;
use IO::Socket::UNIX;
use IPC::Open3 qw(open3);
use Time::HiRes qw(time);

our @EXPORT_OK = qw(fastcgi fastcgi_many cgi_fcgi answer_parse);

my %type = (BEGIN => 1, ABORT => 2, END => 3, PARAMS => 4, STDIN => 5, STDOUT => 6, STDERR => 7);

# { method, uri, headers => {...}, body } as nginx would send it (--nginx=fastcgi_params); a header
# whose value is an array comes several times.
# params => {...} replaces single parameters, for example by a wrong CONTENT_LENGTH.
sub params {
    my ($request) = @_;
    my %headers = %{ $request->{headers} || {} };
    my $body = defined $request->{body} ? $request->{body} : '';
    my %params = (
        REQUEST_METHOD => $request->{method} || 'GET',
        REQUEST_URI => $request->{uri},
        CONTENT_LENGTH => length $body ? length $body : '',
    );
    for my $name (keys %headers) {
        $params{ 'HTTP_' . uc $name =~ tr/-/_/r } = $headers{$name};
    }
    return { %params, %{ $request->{params} || {} } };
}

# One record of a type by name or number; %wire: id (1), padding => sub (content) that returns the
# padding.  An empty record closes a stream: nginx adds no padding, and libfcgi would not skip it.
sub record {
    my ($type, $content, %wire) = @_;
    my $padding = $wire{padding} && length $content ? $wire{padding}->($content) : '';
    my @head = (1, $type{$type} // $type, $wire{id} // 1, length $content, length $padding);
    return pack('CCnnCx', @head) . $content . $padding;
}

# The padding that nginx adds: up to a multiple of 8.
sub align8 { my ($content) = @_; return "\0" x (-length($content) % 8) }

sub _length {
    my ($n) = @_;
    return $n < 128 ? pack 'C', $n : pack 'N', $n | 0x80000000;
}

# A stream: records of at most record_bytes (65535) and an empty one at the end.
sub stream {
    my ($type, $content, %wire) = @_;
    my $bytes = $wire{record_bytes} || 65_535;
    my $out = '';
    $out .= record($type, substr($content, 0, $bytes, ''), %wire) while length $content;
    return $out . record($type, '', %wire);
}

# The request up to its body: BEGIN of a responder (keep => 1: the connection stays open behind the
# answer) and PARAMS.
sub encode_head {
    my ($request, %wire) = @_;
    my $params = params($request);
    my $pairs = '';
    for my $name (sort keys %$params) {
        my $values = $params->{$name};
        $pairs .= _length(length $name) . _length(length $_) . $name . $_
            for map { $_ // '' } ref $values ? @$values : $values;
    }
    my $begin = record('BEGIN', pack('nCx5', 1, $wire{keep} ? 1 : 0), id => $wire{id});
    return $begin . stream('PARAMS', $pairs, id => $wire{id}, padding => $wire{padding});
}

# The whole of a request as it goes over the wire.
sub encode {
    my ($request, %wire) = @_;
    return encode_head($request, %wire) . stream('STDIN', $request->{body} // '', %wire);
}

# The server's side of the protocol (T::FastCGIServer): the END record, and the parameters of a
# request.
# nginx gives every request the id 1, since it never has two on a connection at once.
sub encode_answer {
    my ($output) = @_;
    return stream('STDOUT', $output) . record('END', pack 'NCx3', 0, 0);
}

sub decode_params {
    my ($data) = @_;
    my %params;
    while (length $data) {
        my ($name, $value) = map { ord($data) < 128 ? unpack('C', substr $data, 0, 1, '')
            : unpack('N', substr $data, 0, 4, '') & 0x7fffffff } 1 .. 2;
        my $key = substr $data, 0, $name, '';
        $params{$key} = substr $data, 0, $value, '';
    }
    return \%params;
}

# Takes whole records off the front of $$data; true when the request has ended.
sub decode {
    my ($data, $state) = @_;
    while (length $$data >= 8) {
        my (undef, $type, $id, $len, $padding) = unpack 'CCnnC', $$data;
        last if length $$data < 8 + $len + $padding;
        my $content = substr $$data, 8, $len;
        substr $$data, 0, 8 + $len + $padding, '';
        $state->{stdout} .= $content if $type == $type{STDOUT};
        $state->{stderr} .= $content if $type == $type{STDERR};
        $state->{id} = $id;
        return 1 if $type == $type{END};
    }
    return 0;
}

# CGI output -> { status, headers (names in lower case), body }.
sub answer_parse {
    my ($text) = @_;
    my ($head, $body) = split /\r?\n\r?\n/, $text, 2;
    my %headers;
    for my $line (split /\r?\n/, defined $head ? $head : '') {
        my ($name, $value) = split /:\s*/, $line, 2;
        $headers{ lc $name } = $value;
    }
    my $status = (delete $headers{status} || '200') =~ /^(\d+)/ ? $1 : 200;
    return { status => $status, headers => \%headers, body => defined $body ? $body : '' };
}

sub fastcgi {
    my ($socket, $request, $seconds) = @_;
    return (fastcgi_many($socket, [$request], $seconds))[0];
}

# All requests at the same time; answers in their order; status 0 = no whole answer in time.
sub fastcgi_many {
    my ($path, $requests, $seconds) = @_;
    my $end = time + ($seconds || 30);
    my $select = IO::Select->new;
    my (%states, @states);
    for my $request (@$requests) {
        my $socket = IO::Socket::UNIX->new(Peer => $path);
        my $state = { stdout => '', stderr => '', data => '', started => time };
        push @states, $state;
        next if !$socket;
        $state->{socket} = $socket;
        $states{ fileno $socket } = $state;
        $socket->syswrite(encode($request));
        $select->add($socket);
    }
    while ($select->count && time < $end) {
        for my $socket ($select->can_read($end - time)) {
            my $state = $states{ fileno $socket };
            my $got = $socket->sysread($state->{data}, 65536, length $state->{data});
            $state->{done} = 1 if decode(\$state->{data}, $state);
            next if $got && !$state->{done};
            $state->{seconds} = time - $state->{started};
            $select->remove($socket);
        }
    }
    return map { _answer($_) } @states;
}

sub _answer {
    my ($state) = @_;
    close $state->{socket} if $state->{socket};
    return { status => 0, headers => {}, body => '' } if !$state->{done};
    return { %{ answer_parse($state->{stdout}) }, map { ($_ => $state->{$_}) } qw(stderr seconds) };
}

# The same by libfcgi's own client.
sub cgi_fcgi {
    my ($socket, $request) = @_;
    local %ENV = (PATH => $ENV{PATH}, %{ params($request) });
    my $pid = open3(my $in, my $out, undef, 'cgi-fcgi', '-bind', '-connect', $socket);
    print {$in} $request->{body} if defined $request->{body};
    close $in;
    my $text = do { local $/; <$out> };
    waitpid $pid, 0;
    return answer_parse($text);
}

1;
