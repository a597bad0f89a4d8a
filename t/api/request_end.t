# Protects: the body of a request is never taken for the next request of a kept FastCGI
# connection, in every program and on every listener, however the first request ends and wherever
# the reads of libfcgi, of 8 KiB each, fall.
use strict;
use warnings;

use List::Util qw(max);
use Test::More;
use T::Api;
use T::Events qw(event delivery);
use T::FastCGI;
use T::FastCGIConnection;
use T::Purser;
use T::Routes;
use T::Smuggle qw(smuggled sled body_with);

my $READ = 8192;    # libfcgi's buffer
my $purser = T::Purser->start(conf => { log_level => 'debug', database_timeout_ms => 120_000 });
my $api = $purser->api;

# The handler of this event waits for a lock until the end of this file, longer than a body may
# take.
my $lock = $purser->postgres->dbh($purser->{database});
$lock->begin_work;
$lock->do('lock table stripe_events.event');
my $slow = T::FastCGIConnection->open($purser->webhooks->socket);
$slow->send(delivery(event('x', { id => 'ch_1' }), 'X-Request-ID' => 'first'));

# A route of each program that takes a body, and one that does not.
my %routes = (
    payments => { post => '/v2/payments/free', get => '/v2/payments/prop-accounts' },
    connect => { post => '/v2/connect/accounts', get => '/v2/connect/accounts' },
    payouts => { post => '/v2/payouts/request', get => '/v2/payouts' },
    webhooks => { post => '/v2/webhooks/stripe' },
);

# [program, main or upstream, path of the socket]
my @listeners = (
    (map {
        my $program = $purser->program("purser-$_");
        ([$_, 'main', $program->socket], [$_, 'upstream', $program->socket_upstream]);
    } qw(payments connect payouts)),
    ['webhooks', 'main', $purser->webhooks->socket],
);

# "GET /v2/connect/accounts" => 1 for every route that calls upstream.
my %upstream = map { ("$_->{method} $_->{path}" => 1) }
    grep { $_->{listener} eq 'upstream' } routes(sort keys %routes);

# The ways in which a first request ends: [name, its request, status, least bytes of its body].
sub kinds {
    my ($program, $listener) = @_;
    my ($post, $get) = @{ $routes{$program} }{qw(post get)};
    my $stranger = $api->with(token => undef, session => undef);
    my %json = ('Content-Type' => 'application/json');
    my %hidden = (params => { CONTENT_LENGTH => '' });
    my $limit = $program eq 'webhooks' ? 270_000 : 70_000;
    my @kinds = (
        ['404', $stranger->request_of(POST => '/nothing'), 404],
        ['405', $stranger->request_of(PUT => $post), 405],
        ['preflight of an origin that may not call',
            $stranger->request_of(OPTIONS => $post, undef, Origin => 'https://x.example'), 405],
        ['body over the limit', $api->request_of(POST => $post), 413, $limit],
        ['body that is no JSON', $api->request_of(POST => $post, undef, %json), 400],
        ['no credential', $stranger->request_of(POST => $post), $get ? 401 : 400],
        ['404 with a hidden body', { method => 'POST', uri => '/nothing', %hidden }, 404],
    );
    push @kinds, $get ? (
        ['HEAD', $api->request_of(HEAD => $get), 200],
        ['GET that ignores its body', $api->request_of(GET => $get), 200],
        ['GET with a hidden body', { %{ $api->request_of(GET => $get) }, %hidden }, 200],
        ['422', $api->request_of(GET => "$get?limit=x"), 422],
    ) : ['HEAD', $stranger->request_of(HEAD => $post), 405];
    return map { _for_listener($listener, @$_) } @kinds;
}

# A route that calls upstream is refused on the main listener, whatever else is wrong.
sub _for_listener {
    my ($listener, $name, $request, $status, $least) = @_;
    my $route = ($request->{method} =~ s/HEAD/GET/r) . ' ' . ($request->{uri} =~ s/\?.*//r);
    $status = 503 if $listener eq 'main' && $upstream{$route};
    $request->{headers}{'X-Request-ID'} = 'first';
    return [$name, $request, $status, $least || 0];
}

# The byte of the connection at which the smuggled request begins, and the records of the body.
my %nginx = (record_bytes => 32_768, padding => \&T::FastCGI::align8);
my %bait = (method => 'GET', uri => '/bait', headers => { 'X-Request-ID' => 'smuggled' });
my $bait = smuggled(\%bait);
my @layouts = (
    (map { ["one record, at a read $_", $READ + $_] } -16, -8, -1, 0, 1, 7, 8, 16, 4096),
    (map { ["records of nginx, at read $_", $_ * $READ, %nginx] } 1, 2, 4, 5),
    (map { ["records of nginx, behind read $_", $_ * $READ + 64, %nginx] } 1, 3),
    ['records of 1000 bytes', 2 * $READ, record_bytes => 1000],
    ['padding of 255', $READ, record_bytes => 4096, padding => sub { 'p' x 255 }],
    ['another request id', $READ, id_of_bait => 2],
);

# The end of the first record is at a read, and behind it comes what the padding holds.
sub in_padding {
    my ($path, $request) = @_;
    my $head = length T::FastCGI::encode_head({ %$request, body => 'x' x 20_000 });
    return T::FastCGIConnection->open($path, record_bytes => $READ - $head - 8,
        padding => sub { length $_[0] > 4000 ? $bait : '' });
}

# Two requests over a connection: "first=404 second=404" when each got its own answer, and no
# other answer came.
my %second = (method => 'GET', uri => '/second', headers => { 'X-Request-ID' => 'second' });

sub two_requests {
    my ($connection, $request) = @_;
    my @answers = ($connection->ask($request));
    push @answers, $connection->ask(\%second) if $answers[0];
    return join ' ', map({ seen($_) } @answers), map { 'also ' . seen($_) } $connection->finish;
}

sub seen {
    my ($answer) = @_;
    return 'closed' if !$answer;
    return ($answer->{headers}{'request-id'} // 'nothing') . "=$answer->{status}";
}

sub outcomes {
    my ($path, $request, $least) = @_;
    my (%outcome, $length);
    for (@layouts) {
        my ($name, $at, %wire) = @$_;
        my $records = smuggled(\%bait, id => delete $wire{id_of_bait});
        $length = max($at + 8000, $least);
        my $connection = T::FastCGIConnection->open($path, %wire);
        my $body = body_with($connection, $request, $length, $at, $records);
        push @{ $outcome{ two_requests($connection, { %$request, body => $body }) } }, $name;
    }
    $length = max(20_000, $least);
    my $padded = two_requests(in_padding($path, $request), { %$request, body => sled($length) });
    push @{ $outcome{$padded} }, 'in the padding';
    return \%outcome;
}

my %found = (right => 0, smuggled => 0, closed => 0);
for (@listeners) {
    my ($program, $listener, $path) = @$_;
    for (kinds($program, $listener)) {
        my ($name, $request, $status, $least) = @$_;
        my $outcomes = outcomes($path, $request, $least);
        my $right = delete($outcomes->{"first=$status second=404"}) // [];
        $found{right} += @$right;
        for my $wrong (sort keys %$outcomes) {
            $found{ $wrong =~ /smuggled/ ? 'smuggled' : 'closed' } += @{ $outcomes->{$wrong} };
        }
        my @wrong = map { "$_: " . join '; ', @{ $outcomes->{$_} } } sort keys %$outcomes;
        is(join("\n", @wrong), '',
            "$program $listener, $name: both requests get their own answers");
    }
}
diag "pairs of requests answered right: $found{right}, with a smuggled answer: $found{smuggled}, "
    . "otherwise wrong: $found{closed}" if $found{smuggled} || $found{closed};

# --- what no web server sends, or only a broken one ---------------------------

my $main = $purser->payments->socket;
my $free = $api->request_of(POST => '/v2/payments/free', undef,
    'Content-Type' => 'application/json', 'X-Request-ID' => 'first');
my $unknown = { method => 'POST', uri => '/nothing', headers => { 'X-Request-ID' => 'first' } };

# The bytes of the request with a body of that length whose bait is at a byte of the connection.
sub baited {
    my ($request, $at, $length, %params) = @_;
    my $body = body_with(T::FastCGIConnection->open($main), $request, $length, $at, $bait);
    return T::FastCGI::encode({ %$request, body => $body, params => \%params }, keep => 1);
}

# The bytes of the unknown path's request, with these records in place of its body.
sub with_records {
    my (@records) = @_;
    my $head = T::FastCGI::encode_head({ %$unknown, body => 'x' x 20_000 }, keep => 1);
    return join '', $head, @records;
}

sub stdin_record { return T::FastCGI::record('STDIN', @_) }

my @half = (stdin_record(sled(12_000)), stdin_record('x' x 8000));
my $end = stdin_record('');
my $up_to_a_read = stdin_record('x' x ($READ - 16 - length with_records()));
my @foreign = (
    ['a record of another request', stdin_record(sled(9000), id => 2)],
    ['an empty record of another request', stdin_record('', id => 2)],
    ['a question about the server', T::FastCGI::record(9, "\x0e\0FCGI_MAX_CONNS", id => 0)],
    ['an unknown management record', T::FastCGI::record(77, 'x' x 8, id => 0)],
);

# [name, bytes of the first request]: both requests are answered.
my @kept = (
    ['CONTENT_LENGTH shorter than the body', baited($free, $READ, 20_000, CONTENT_LENGTH => 10)],
    ['CONTENT_LENGTH longer than the body', baited($free, $READ, 20_000, CONTENT_LENGTH => 30_000)],
    map({ ["CONTENT_LENGTH \"$_\"", baited($free, $READ, 20_000, CONTENT_LENGTH => $_)] }
        'abc', '-1', '0', '00020000', '1e9', '9' x 30),
    map({ ["$_->[0] in the body", with_records($half[0], $_->[1], $half[1], $end)] } @foreign),
    map({ ["$_->[0] before the end", with_records(@half, $_->[1], $end)] } @foreign),
    ['a request with another id in the body',
        with_records($half[0], smuggled(\%bait, id => 2), $half[1], $end)],
    ['a body of 1 MiB', baited($unknown, $READ, 1 << 20)],
);

# The first request may be answered, then the connection is closed.
my @closed = (
    ['an abort in the body', with_records(@half, T::FastCGI::record('ABORT', ''))],
    ['an abort in place of the body', with_records(T::FastCGI::record('ABORT', ''))],
    ['parameters in the body', with_records(@half, T::FastCGI::record('PARAMS', $bait), $end)],
    ['a record of another version', with_records(@half, "\2" . substr $bait, 1)],
    ['a body over 16 MiB', baited($unknown, $READ * 2050, (1 << 24) + 40_000)],
    ['two more ends of the body at a read', with_records($up_to_a_read, ($end) x 3)],
);

# Two requests of which the first is these bytes.  libfcgi refuses a request with another id by an
# END record of its own.
sub after_bytes {
    my ($bytes) = @_;
    my $connection = T::FastCGIConnection->open($main);
    $connection->send_bytes($bytes);
    my $answer = $connection->receive;
    $answer = $connection->receive while $answer && $answer->{fastcgi_id} != 1;
    $connection->send(\%second);
    return join ' ', map { seen($_) } $answer, $connection->finish;
}

# The client sends half of a body and stops, until all other requests have ended.
my $stopped = T::FastCGIConnection->open($main)->send_bytes(with_records(@half));
for (@kept) {
    my ($name, $bytes) = @$_;
    like(after_bytes($bytes), qr/^first=4\d\d second=404$/,
        "$name: both requests get their own answers");
}
for (@closed) {
    my ($name, $bytes) = @$_;
    like(after_bytes($bytes), qr/^(?:first=404|closed)$/, "$name: the connection is closed");
}
is(seen($stopped->receive), 'first=404', 'half of a body: the answer comes after a while');
is($stopped->receive, undef, 'half of a body: the connection is closed after the answer');
$lock->commit;
is(join(' ', map { seen($_) } $slow->receive, $slow->ask(\%second)), 'first=200 second=404',
    'a handler that is slower than a body may be: both requests get their own answers');

for my $program (sort keys %routes) {
    my $executed = () = $purser->program("purser-$program")->log_text =~ /req=smuggled/g;
    is($executed, 0, "$program executed no smuggled request");
}

done_testing;
