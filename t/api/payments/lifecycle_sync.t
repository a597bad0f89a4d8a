# Protects: an account gets the status that the validator says, and keeps the last known one when
# the validator does not answer.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(time);
use T::Api qw(is_status is_problem is_json json_of);
use T::Purser;

my $purser = T::Purser->start(conf => { validator_request_timeout_ms => 800 });
my $api = $purser->api;
my ($checkout, $account) = $purser->buy;
my $uri = "/v2/lifecycle/sync/$account->{id}";
my $at_validator = "/entity/subaccount/$account->{synthetic_hotkey}";

sub bucket {
    return $purser->double->control(PUT => "/_double/validator/$account->{subaccount_uuid}",
        { bucket => $_[0] });
}

my $answer = $api->POST($uri, undef);
is_status($answer, 200, 'lifecycle sync: answered by 200');
is_deeply(json_of($answer), { prop_account_id => $account->{id}, status => 'evaluation',
    subaccount_id => 0,
    synthetic_hotkey => $account->{synthetic_hotkey} },
    'lifecycle sync: four members; the first one ends active');
is(scalar $purser->double->calls(GET => $at_validator), 1,
    'lifecycle sync: the validator is asked once');
is_json($api->POST($uri, '{}'), { status => 'evaluation' },
    'lifecycle sync: a second one says the same');

bucket('funded');
is_json($api->POST($uri, {}), { status => 'funded' }, 'lifecycle sync: funded is taken over');
bucket('challenge');
is_json($api->POST($uri, {}), { status => 'evaluation' },
    'lifecycle sync: evaluation is taken over again');
bucket('funded');
$api->POST($uri, {});

subtest 'lifecycle sync: a validator that is of no use changes nothing' => sub {
    my @faults = (
        { do => '500' }, { do => '429' }, { do => 'html' }, { do => 'huge' }, { do => 'truncated' },
        { do => 'hang' }, { do => 'cut_after' }, { do => 'lost_answer' },
        { do => 'body', body => 'gibberish' },
        { do => 'body', body => '{}' }, { do => 'body', body => '[]' },
        { do => 'body', body => '{"dashboard":null}' },
        { do => 'body', body => '{"dashboard":{"challenge_period":{"bucket":"SUBACCOUNT_NEW"}}}' },
        { do => 'body', body => '{"dashboard":{"challenge_period":{"bucket":7}}}' },
        { do => 'body', status => 404, body => '{"status":"error"}' },
    );
    for my $fault (@faults) {
        my $name = join ' ', map { "$_ $fault->{$_}" } reverse sort keys %$fault;
        $purser->double->faults({ match => "GET $at_validator", %$fault });
        my $start = time;
        is_json($api->POST($uri, {}), { status => 'funded' }, "$name: the status stays");
        cmp_ok(time - $start, '<', 4, "$name: the answer comes in time");
        $purser->double->no_faults;
    }
};

subtest 'lifecycle sync: an account that is not ready' => sub {
    $purser->double->faults({ match => 'POST /api/create-subaccount', do => '500', times => -1 });
    my $free = json_of($api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }));
    my $asked = $purser->double->calls(GET => qr{^/entity/subaccount/});
    is_deeply(json_of($api->POST("/v2/lifecycle/sync/$free->{id}", {})), {
        prop_account_id => $free->{id},
        status => 'provisioning', subaccount_id => undef, synthetic_hotkey => undef },
        'the account stays provisioning');
    is(scalar $purser->double->calls(GET => qr{^/entity/subaccount/}), $asked,
        'the validator is not asked');
};

subtest 'lifecycle sync: a suspended account' => sub {
    $purser->value("select admin.suspend_account(?, 'test', false)", $account->{id});
    bucket('eliminated');
    is_json($api->POST($uri, {}), { status => 'suspended' }, 'the account stays suspended');
    is($purser->value("select admin.restore_account(?, 'test', false)", $account->{id}),
        'eliminated',
        'the status to which it returns has moved');
};

bucket('funded');
is_json($api->POST($uri, {}), { status => 'eliminated' }, 'lifecycle sync: eliminated is final');
is_json($api->GET("/v2/payments/prop-accounts/$account->{id}"), { status => 'eliminated' },
    'lifecycle sync: the account is shown as eliminated');

is_problem($api->POST('/v2/lifecycle/sync/prop_' . '0' x 32, {}), 404, 'V2_NOT_FOUND',
    'lifecycle sync: an unknown account is not found');
is_problem($purser->api(1)->POST($uri, {}), 404, 'V2_NOT_FOUND',
    "lifecycle sync: another tenant's account is not found");

subtest 'lifecycle sync: a repeat with its key' => sub {
    my %key = ('Idempotency-Key' => 'sync-1');
    my $first = $api->POST($uri, {}, %key);
    my $again = $api->POST($uri, {}, %key);
    is($again->{body}, $first->{body}, 'the repeat gets the same bytes');
    is($again->{headers}{'idempotent-replayed'}, 'true', 'the repeat is marked as a replay');
    is_problem($api->POST($uri, '{"other":1}', %key), 409, 'V2_IDEMPOTENCY_CONFLICT',
        'the key with another body is a conflict');
};

$purser->double->stop;
is_json($api->POST($uri, {}), { status => 'eliminated' },
    'lifecycle sync: without the validator 200 with the last status');

done_testing;
