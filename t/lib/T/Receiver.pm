package T::Receiver;

# A receiver of webhooks, in a process of its own.  The first segment of the path says what it does:
#
#   /ok        answers 200             /fail2     500 twice for each webhook-id, then 200
#   /gone      410                     /busy      429 with Retry-After: 7
#   /moved     302 to /ok              /huge      200 and ten megabytes
#   /reset     closes the connection   /cut       begins an answer and closes
#   /hang      never answers           /drip      200, then a byte now and then, without an end
#   /status/N  answers N
#
#   my $receiver = T::Receiver->start;    # tls => 1: with a certificate that nobody trusts
#   my @got = $receiver->received('/ok');
#       # { at, path, connection, headers (names in lower case), body }; at is a Unix time

use strict;
use warnings;

use HTTP::Tiny;
use JSON::PP ();
use T::Proc qw(temp_dir slurp wait_until);
use Time::HiRes ();

my $count = 0;
my $json = JSON::PP->new->canonical;

sub start {
    my ($class, %options) = @_;
    my $dir = temp_dir('receiver' . ++$count);
    my $scheme = $options{tls} ? 'https' : 'http';
    my $self = bless { dir => $dir, scheme => $scheme }, $class;
    $self->{process} = T::Proc->start(command => ['receiver of webhooks'], log => "$dir/log",
        code => sub { _serve($dir, $scheme, $options{port} || 0) });
    $self->{port} = wait_until(30, 'the receiver listens', sub {
        return -s "$dir/port" && slurp("$dir/port") =~ /(\d+)\n/ ? $1 : 0;
    });
    return $self;
}

sub base { return "$_[0]{scheme}://127.0.0.1:$_[0]{port}" }
sub port { return $_[0]{port} }
sub stop { return $_[0]{process}->stop }

# What came, in its order: on paths that begin so.
sub received {
    my ($self, $path) = @_;
    open my $in, '<', "$self->{dir}/received" or return;
    my @got = map { $json->decode($_) } grep { /\n\z/ } <$in>;
    return grep { index($_->{path}, $path // '') == 0 } @got;
}

# --- in the process -------------------------------------------------------------

sub _serve {
    my ($dir, $scheme, $port) = @_;
    local $ENV{MOJO_REACTOR} = 'Mojo::Reactor::Poll';
    require Mojo::IOLoop;
    require Mojo::Server::Daemon;
    open my $out, '>', "$dir/received" or die "received: $!";
    $out->autoflush(1);
    my $daemon = Mojo::Server::Daemon->new(listen => ["$scheme://127.0.0.1" . ($port ? ":$port"
        : ':0')], silent => 1, inactivity_timeout => 120, max_requests => 1_000_000, backlog => 512,
        max_clients => 5000);
    $daemon->unsubscribe('request')->on(request => sub {
        my ($self, $tx) = @_;
        my $headers = $tx->req->headers->to_hash;
        print {$out} $json->encode({ at => Time::HiRes::time(),
            path => $tx->req->url->path->to_string, connection => $tx->connection,
            body => $tx->req->body,
            headers => { map { lc($_) => $headers->{$_} } keys %$headers } }), "\n";
        _answer($tx);
    });
    $daemon->start;
    open my $file, '>', "$dir/port.new" or die "port: $!";
    print {$file} $daemon->ports->[0], "\n";
    close $file or die "port: $!";
    rename "$dir/port.new", "$dir/port" or die "port: $!";
    Mojo::IOLoop->start;
    return;
}

my %seen;

sub _answer {
    my ($tx) = @_;
    my ($what, $more) = @{ $tx->req->url->path->parts };
    my $id = $tx->req->headers->header('webhook-id') // '';
    my $res = $tx->res;
    if ($what eq 'hang') { return }
    if ($what eq 'reset' || $what eq 'cut') {
        my $stream = Mojo::IOLoop->stream($tx->connection);
        return $stream->close if $what eq 'reset';
        $stream->write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin",
            sub { $stream->close });
        return;
    }
    $res->code($what =~ /^fail(\d+)$/ ? ($seen{$id}++ < $1 ? 500 : 200) : $what eq 'gone' ? 410
        : $what eq 'busy' ? 429 : $what eq 'moved' ? 302 : $what eq 'status' ? $more : 200);
    $res->headers->header('Retry-After' => 7) if $what eq 'busy';
    $res->headers->location('/ok') if $what eq 'moved';
    if ($what eq 'drip') {
        my $drip;
        $drip = sub { Mojo::IOLoop->timer(0.2 => sub { $res->content->write_chunk('x', $drip) }) };
        $res->content->write_chunk('x', $drip);
    }
    else {
        $res->body($what eq 'huge' ? 'x' x 10_000_000 : "received\x00 $what");
    }
    $tx->resume;
    return;
}

1;
