# Protects: a new secret is shown once, and the one before is good for another 24 hours.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);
my $endpoint = $hooks->create;

my $answer = $api->POST("$uri/$endpoint->{id}/rotate-secret", {}, 'Idempotency-Key' => 'once');
is_status($answer, 200, 'rotate: the endpoint gets another secret');
my $rotated = json_of($answer);
isnt($rotated->{secret}, $endpoint->{secret}, 'rotate: the secret is another one');
is_deeply({ %$rotated, secret => '' }, { %$endpoint, secret => '' },
    'rotate: all else is as it was');
is($api->POST("$uri/$endpoint->{id}/rotate-secret", {}, 'Idempotency-Key' => 'once')->{body},
    $answer->{body}, 'rotate: a repeat gets the same secret');
is($purser->value(q{select string_agg(coalesce(round(extract(epoch from expires_at - now()) / 3600)
    ::text, 'newest'), ' ' order by number) from webhooks.secret}), '24 newest',
    'rotate: the secret before is good for another 24 hours');
is_problem($purser->api(1)->POST("$uri/$endpoint->{id}/rotate-secret", {}), 404, 'V2_NOT_FOUND',
    'rotate: another tenant does not find the endpoint');

done_testing;
