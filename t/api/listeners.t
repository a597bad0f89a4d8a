# Protects: a route that calls upstream never occupies a thread of the main listener: the program
# refuses it there, whichever map of routes nginx has, and nginx sends HEAD to the listener of GET.
use strict;
use warnings;

use JSON::PP ();
use Test::More;
use T::Api qw(is_problem);
use T::Purser;
use T::Routes;

my @programs = qw(payments connect payouts);
my $purser = T::Purser->start(programs => [map { "purser-$_" } @programs]);
my $api = $purser->api;

# [program, method, a path] for every route that calls upstream.
my @upstream = map { [@$_{qw(program method)}, $_->{path} =~ s/\{\w+\}/none/gr] }
    grep { $_->{listener} eq 'upstream' } routes(@programs);
cmp_ok(scalar @upstream, '>', 5, scalar(@upstream) . ' routes call upstream');

# The answer to such a request on the main listener.
sub is_refused {
    my ($program, $request, $name) = @_;
    my $answer = $purser->program("purser-$program")->request($request);
    is_problem($answer, 503, 'V2_UNAVAILABLE', "$name on the main listener is refused");
    return is($answer->{headers}{'retry-after'}, 1,
        "$name on the main listener: Retry-After is 1");
}

for (@upstream) {
    my ($program, $method, $path) = @$_;
    my @body = $method eq 'GET' ? () : ({});
    my $request = $api->request_of($method => $path, @body);
    is_refused($program, $request, "$method $path with a token");
    is_refused($program, $api->with(token => 'unknown')->request_of($method => $path, @body),
        "$method $path with an unknown token");
    my $answer = $purser->program("purser-$program")->request_upstream($request);
    isnt($answer->{status}, 503,
        "$method $path on the upstream listener is not refused: $answer->{status}");
}
like($purser->program("purser-$_")->log_text, qr/came to the main listener/,
    "purser-$_ logs that a request came to the main listener") for @programs;

# Through nginx: the line of its log, in which "upstream" is the listener.
my $count = 0;

sub logged {
    my (@arguments) = @_;
    my $id = 'logged-' . ++$count;
    $arguments[3 + $_] = ('X-Request-ID', $id)[$_] for 0, 1;
    $purser->nginx->http->request($api->request_of(@arguments));
    return $purser->wait_for("nginx logs $arguments[0] $arguments[1]", sub {
        my ($line) = grep { /"request":"$id"/ } split /\n/, $purser->nginx->access_text;
        return $line && JSON::PP->new->decode($line);
    });
}

# HEAD of a route is its GET without the body of the answer.
my @reads = grep { $_->[1] eq 'GET' } @upstream;
cmp_ok(scalar @reads, '>=', 2, 'routes that call upstream: some are read with GET');
for (@reads) {
    my ($program, undef, $path) = @$_;
    is_refused($program, $api->request_of(HEAD => $path), "HEAD $path");
    for my $method ('GET', 'HEAD') {
        my $line = logged($method => $path);
        like($line->{upstream}, qr/\b$program-upstream\.sock$/,
            "$method $path through nginx goes to the upstream listener");
        is($line->{status}, 200, "$method $path through nginx is served");
    }
}

# The program has no route for a path that nginx could read as that of another route.
my @names = ('.', '..', '%2e', '.%2E', '#', '#x', 'a#b', '%2f', 'a%2fb');
my $before = () = $purser->payouts->log_text =~ /came to the main listener/g;
for my $path (map { "/v2/payouts/$_/submit" } @names) {
    my $request = $api->request_of(POST => $path, {});
    is_problem($purser->payouts->request($request), 404, 'V2_NOT_FOUND',
        "POST $path on the main listener is no route");
    is_problem($purser->payouts->request_upstream($request), 404, 'V2_NOT_FOUND',
        "POST $path on the upstream listener is no route");
}
for my $path (map { "/v2/payouts/$_/submit" } '...', '.a', '%23', '*', '%0a') {
    my $answer = $purser->payouts->request_upstream($api->request_of(POST => $path, {}));
    is($answer->{status}, 403, "POST $path on the upstream listener is a route");
}
my $after = () = $purser->payouts->log_text =~ /came to the main listener/g;
is($after, $before, 'a path that is no route is not logged as if nginx had an old map');

done_testing;
