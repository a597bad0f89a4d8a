package T::Smuggle;

# Request smuggling: bodies that contain the FastCGI records of another request.  A program that
# leaves such a body unread would take them for the next request of the connection.

use strict;
use warnings;

use Exporter qw(import);
use List::Util qw(max);
use T::FastCGI;

our @EXPORT_OK = qw(smuggled sled body_with offset_of);

# The records of a request as they would follow on a kept connection, each a multiple of 8 bytes
# long.
sub smuggled {
    my ($request, %wire) = @_;
    return T::FastCGI::encode($request, keep => 1, padding => \&T::FastCGI::align8, %wire);
}

# So many bytes in front of a smuggled request that a reader skips, wherever at a multiple of 8
# bytes it begins: records of an unknown type for another request id, right-aligned.  The content
# of each is an empty record; libfcgi takes the content of the record behind a skipped empty one
# for that one's.
sub sled {
    my ($bytes) = @_;
    my $unit = T::FastCGI::record(99, T::FastCGI::record(99, '', id => 2), id => 2);
    return substr $unit x ($bytes / 16 + 1), -$bytes;
}

# Which byte of the body is at this byte of the connection, or the next one behind it when that
# byte belongs to a header or a padding; the request is the first one of the connection.
sub offset_of {
    my ($connection, $request, $at) = @_;
    my $head = length $connection->encode_head($request);
    my $record_bytes = $connection->{wire}{record_bytes} || 65_535;
    my $padding = $connection->{wire}{padding} || sub { '' };
    my ($body, $offset) = ($request->{body}, 0);
    while ($offset < length $body) {
        my $content = substr $body, $offset, $record_bytes;
        $head += 8;
        return $offset + max(0, $at - $head) if $at < $head + length $content;
        $head += length($content) + length $padding->($content);
        $offset += length $content;
    }
    die "the body ends before byte $at\n";
}

# A body of that length for the request, with the smuggled records from this byte of the
# connection on.
sub body_with {
    my ($connection, $request, $length, $at, $records) = @_;
    my $offset = offset_of($connection, { %$request, body => 'x' x $length }, $at);
    my $body = sled($offset) . $records;
    return substr $body . 'x' x $length, 0, $length;
}

1;
