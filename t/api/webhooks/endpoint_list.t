# Protects: an app sees the endpoints of its tenant, newest first, without their secrets.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_problem json_of);
use T::Hooks;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-webhooks']);
my $hooks = T::Hooks->new($purser);
my ($api, $uri) = ($hooks->api, $T::Hooks::URI);

is($api->GET($uri)->{body}, '[]', 'endpoints: at first there are none');
my @made = map { $hooks->create(description => $_) } 'a', 'b', undef;
my $answer = $api->GET($uri);
delete $_->{secret} for @made;
is_deeply(json_of($answer), [reverse @made], 'endpoints: they are listed newest first');
my $several = $hooks->create(events => ['payment.failed', 'payout.failed']);
like($api->GET("$uri?limit=1")->{body}, qr/"events":\["payment\.failed","payout\.failed"\]/,
    'endpoints: events are printed without blanks');
unlike($answer->{body}, qr/secret|whsec_/, 'endpoints: no secret is shown');
is_deeply([map { $_->{id} } @{ json_of($api->GET("$uri?limit=1&starting_after=$made[2]{id}")) }],
    [$made[1]{id}], 'endpoints: limit and starting_after give a page');
is_problem($api->GET("$uri?limit=101"), 422, 'V2_VALIDATION_ERROR',
    'endpoints: a limit of 101 is refused');
is($api->GET("$uri?starting_after=whe_x")->{body}, '[]',
    'endpoints: nothing comes after an unknown id');
is($purser->api(1)->GET($uri)->{body}, '[]', 'endpoints: another tenant sees none');
$api->DELETE("$uri/$made[0]{id}");
is_deeply([map { $_->{active} ? 1 : 0 } @{ json_of($api->GET($uri)) }], [1, 1, 1, 0],
    'endpoints: one that was deleted is shown as not active');

done_testing;
