# Protects: only the owner of an account gets a link; each link is new, works once, and is stored
# nowhere.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Http;
use T::Payouts;
use T::Purser;

my $purser = T::Purser->start(programs => ['purser-connect']);
my ($alice, $bob) = map { T::Payouts->new($purser) } 1 .. 2;
my $account = $alice->payee(outcome => 'none');
my $uri = "/v2/connect/accounts/$account->{stripe_account_id}/onboarding-link";

my $answer = $alice->api->POST($uri, {});
is_status($answer, 200, 'onboarding link: answered by 200');
is_deeply([keys %{ json_of($answer) }], ['onboarding_url'],
    'onboarding link: the answer has one member');
my $second = json_of($alice->api->POST($uri, undef));
isnt($second->{onboarding_url}, json_of($answer)->{onboarding_url},
    'onboarding link: each request makes a new one');

# Opens the double's page as a browser does: it works once, then it redirects to refresh_url.
my $browser = T::Http->new($second->{onboarding_url} =~ m{^(http://[^/]+)});
my ($path) = $second->{onboarding_url} =~ m{^http://[^/]+(/.*)};
is($browser->request({ method => 'GET', uri => $path })->{status}, 200,
    'onboarding link: it opens the form');
my $used = $browser->request({ method => 'GET', uri => $path });
is($used->{status}, 303, 'onboarding link: a second visit is redirected');
is($used->{headers}{location}, 'https://app.acme.test/dashboard/payouts?onboarding=refresh',
    'onboarding link: a second visit leads to refresh_url');

is_problem($bob->api->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "onboarding link: another user's account is not found");
is_problem($purser->api(1)->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "onboarding link: another tenant's account is not found");
is_problem($alice->api->POST('/v2/connect/accounts/acct_none/onboarding-link', {}), 404,
    'V2_NOT_FOUND', 'onboarding link: an unknown account is not found');
is_problem($alice->api->POST("/v2/connect/accounts/$account->{id}/onboarding-link", {}), 404,
    'V2_NOT_FOUND', 'onboarding link: our own id of the account is not found');

my @key = ('Idempotency-Key' => 'link');
my $kept = $alice->api->POST($uri, {}, @key);
is($alice->api->POST($uri, {}, @key)->{body}, $kept->{body},
    'onboarding link: the same key gets the same bytes');

$purser->double->faults({ match => 'POST /v1/account_links', do => '500', times => -1 });
is_problem($alice->api->POST($uri, {}, 'Idempotency-Key' => 'later'), 502, 'V2_STRIPE_ERROR',
    'onboarding link: an error of Stripe is answered by 502');
$purser->double->no_faults;
is_status($alice->api->POST($uri, {}, 'Idempotency-Key' => 'later'), 200,
    'onboarding link: the same key works when Stripe is back');

$purser->value("update core.tenant set connect_return_url = null, connect_refresh_url = null "
    . "where slug = 'acme' returning 1");
is_problem($alice->api->POST($uri, {}), 409, 'V2_CONNECT_URLS_NOT_CONFIGURED',
    "onboarding link: refused without the tenant's URLs");

is($purser->value(q{select count(*) from connect.account a }
    . q{where a::text like '%/connect/onboard/%'}), 0,
    "onboarding link: no account's row has a link");
is($purser->value(q{select count(*) from core.idempotency i where i.key is distinct from 'link' }
    . q{and i.key is distinct from 'later' and i.response_body like '%/connect/onboard/%'}), 0,
    'onboarding link: only the answer under a key has a link');

done_testing;
