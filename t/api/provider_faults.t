# Protects: although the account provider has no idempotency, every account gets one subaccount, or
# is shown as failed until an operator retries it, whatever the provider and the validator do.
use strict;
use warnings;

use Test::More;
use Time::HiRes qw(sleep);
use T::Api qw(is_status is_json json_of);
use T::Purser;

# After provider_settle_ms a lost call has certainly ended at the provider.
my $purser = T::Purser->start(conf => { provider_timeout_ms => 400, provider_settle_ms => 700,
    validator_timeout_ms => 400, provider_attempts => 5 });
my $api = $purser->api;
my $create = 'POST /api/create-subaccount';
my $look = "GET /entity/$T::Purser::HOTKEY";

sub free {
    return json_of($api->POST('/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }));
}
sub account { return json_of($api->GET("/v2/payments/prop-accounts/$_[0]{id}")) }
sub row { return $purser->rows('select * from payments.prop_account where id = ?', $_[0]{id})->[0] }

sub wait_status {
    my ($account, $status) = @_;
    return $purser->wait_for("the account is $status",
        sub { account($account)->{status} eq $status }, 20);
}

# As many subaccounts at the provider as accounts that have one, each its own.
sub no_double {
    my ($name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $made = $purser->double->control(GET => '/_double/state')->{subaccounts};
    my $ours = 'from payments.prop_account where subaccount_uuid is not null';
    return is(join(' ', $made, $made),
        join(' ', map { $purser->value("select count($_) $ours") } '*', 'distinct subaccount_uuid'),
        "$name: one subaccount for each account");
}

# name, rules of the create, rules of the look
my @faults = (
    ['400', [{ do => 'body', status => 400, body => '{"status":"error","error":"no"}' }]],
    ['401', [{ do => 'body', status => 401, body => '{"status":"error","error":"no"}' }]],
    ['403', [{ do => 'body', status => 403, body => '<html>' }]],
    ['500', [{ do => '500' }]],
    ['500 after executing', [{ do => '500', executed => \1 }]],
    ['503', [{ do => 'body', status => 503, body => '{"status":"error"}' }]],
    ['504 after executing', [{ do => 'body', status => 504, body => '', executed => \1 }]],
    ['429', [{ do => '429' }]],
    ['409', [{ do => '409' }]],
    ['hang', [{ do => 'hang' }]],
    ['a late answer', [{ do => 'delay', delay_ms => 600 }]],
    ['a silence after executing', [{ do => 'lost_answer' }]],
    ['cut after executing', [{ do => 'cut_after' }]],
    ['truncated after executing', [{ do => 'truncated' }]],
    ['HTML', [{ do => 'html' }]],
    ['HTML after executing', [{ do => 'html', executed => \1 }]],
    ['10 MB after executing', [{ do => 'huge', executed => \1 }]],
    ['garbage', [{ do => 'body', body => 'success' }]],
    ['an error as 200', [{ do => 'body', body => '{"status":"error","error":"x"}' }]],
    ['a success without subaccount',
        [{ do => 'body', body => '{"status":"success"}', executed => \1 }]],
    ['a subaccount without uuid', [{ do => 'body', executed => \1,
        body => '{"status":"success","subaccount":{"subaccount_id":1,"synthetic_hotkey":"x"}}' }]],
    ['a lost answer, and the look fails', [{ do => 'cut_after' }],
        [{ do => '500' }, { do => 'hang' }, { do => 'html' }]],
    ['a lost answer, and the look knows no entity', [{ do => 'cut_after' }],
        [{ do => 'body', status => 404, body => '{"status":"error"}' }]],
    ['a lost answer, and the look shows nothing yet', [{ do => 'cut_after' }], [{ do => 'body',
        body => qq({"status":"success","entity":{"entity_hotkey":"$T::Purser::HOTKEY",)
            . qq("subaccounts":{}}}) }]],
    ['a lost answer, and the look shows another entity', [{ do => 'cut_after' }], [{ do => 'body',
        body =>
        '{"status":"success","entity":{"entity_hotkey":"5Fother","subaccounts":{"0":{}}}}' }]],
    ['two failures in a row', [{ do => '500' }, { do => 'body', status => 400, body => '{}' }]],
);

# One account after the other: the double applies a rule to the next request.
for (@faults) {
    my ($name, $creates, $looks) = @$_;
    $purser->double->faults(map({ { match => $create, %$_ } } @$creates),
        map { { match => $look, %$_ } } @{ $looks || [] });
    my $account = free();
    # No back-off: whatever is due later is made due now.
    $purser->wait_for("$name: active", sub {
        $purser->dbh->do("update payments.prop_account "
            . "set next_run_at = least(next_run_at, settle_at, now()) "
            . "where id = ? and lease_holder is null "
            . "and provision_state in ('queued', 'unknown') and next_run_at > now()"
            . ' and (settle_at is null or settle_at <= now())', undef, $account->{id});
        account($account)->{status} eq 'active' }, 20);
    $purser->double->no_faults;
    no_double($name);
    is(row($account)->{last_error}, undef, "$name: no error is left in the row");
}

$purser->dbh->do('set client_min_messages = warning');    # a dry run says so
subtest 'provider faults: a budget that is used up' => sub {
    $purser->double->faults({ match => $create, do => 'body', status => 403,
        body => '{"status":"error","error":"quota"}', times => -1 });
    $purser->dbh->do('update payments.prop_account set provision_attempts = 4 where id = ?', undef,
        (my $account = free())->{id});
    wait_status($account, 'subaccount_failed');
    is_deeply([map { $_->{id} } @{ json_of($api->GET('/v2/payments/prop-accounts/failed')) }],
        [$account->{id}], 'the account is listed among the failed');
    my ($stuck) = @{ $purser->rows('select * from admin.stuck') };
    is($stuck->{id}, $account->{id}, 'operators see the account');
    like($stuck->{why}, qr/failed after \d+ tries: the provider answered 403: quota/,
        'operators see the reason');
    my $calls = $purser->double->calls(POST => '/api/create-subaccount');
    $purser->double->no_faults;
    is($purser->value("select admin.retry(?, 'provider is back')", $account->{id}), undef,
        'a retry is a dry run by default');
    is(account($account)->{status}, 'subaccount_failed', 'a dry run does nothing');
    is($purser->value("select admin.retry(?, 'provider is back', false)", $account->{id}),
        'provision', "an operator's call retries");
    wait_status($account, 'active');
    is(scalar $purser->double->calls(POST => '/api/create-subaccount'), $calls + 1,
        'the retry makes one more create');
    is_deeply($purser->rows('select * from admin.stuck'), [], 'nothing is stuck after the retry');
    is($purser->value("select count(*) from webhooks.outbox where type = 'account.provisioned' "
        . "and object_id = ?", $account->{id}), 1, 'the outbox has one account.provisioned');
    no_double('retried');
};

subtest 'provider faults: a lost answer, the budget used up, then a retry: found, not made again' =>
    sub {
    $purser->double->faults({ match => $create, do => 'cut_after' },
        { match => $look, do => '500', times => -1 });
    $purser->dbh->do('update payments.prop_account set provision_attempts = 3 where id = ?', undef,
        (my $account = free())->{id});
    wait_status($account, 'subaccount_failed');
    my $calls = $purser->double->calls(POST => '/api/create-subaccount');
    $purser->double->no_faults;
    $purser->value("select admin.retry(?, 'test', false)", $account->{id});
    wait_status($account, 'active');
    is(scalar $purser->double->calls(POST => '/api/create-subaccount'), $calls,
        'no other create is sent');
    no_double('looked up');
};

subtest 'provider faults: two lost answers of the same size at once' => sub {
    $purser->double->faults({ match => $create, do => 'cut_after', times => 2 });
    my @accounts = map { json_of($_) } $api->parallel(map { ['POST', '/v2/payments/free',
        { tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000 }] } 1 .. 2);
    wait_status($_, 'active') for @accounts;
    my %uuids = map { account($_)->{subaccount_uuid} => 1 } @accounts;
    is(scalar keys %uuids, 2, 'the accounts have two subaccounts');
    no_double('two lost answers');
};

subtest 'provider faults: one lost, one made but not executed, of the same size' => sub {
    $purser->double->faults({ match => $create, do => 'lost_answer' },
        { match => $create, do => 'hang' });
    my @accounts = (free(), free());
    wait_status($_, 'active') for @accounts;
    no_double('one lost');
};

subtest 'provider faults: a size that another tenant wants too, of the same entity' => sub {
    $purser->double->faults({ match => $create, do => 'cut_after', times => 2 });
    my @clients = ($api, $purser->api(1));
    my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
    my @accounts = map { json_of($_->POST('/v2/payments/free', \%free)) } @clients;
    for my $i (0, 1) {
        $purser->wait_for('active',
            sub { json_of($clients[$i]->GET("/v2/payments/prop-accounts/$accounts[$i]{id}"))
                ->{status} eq 'active' }, 20);
    }
    no_double('two tenants');
};

subtest 'provider faults: jobs is killed while a create is under way' => sub {
    $purser->double->faults({ match => $create, do => 'delay', delay_ms => 300 });
    my $account = free();
    $purser->wait_for('the call has begun', sub { row($account)->{provision_state} eq 'calling' });
    $purser->jobs->kill_hard;
    $purser->start_program('purser-jobs');
    wait_status($account, 'active');
    no_double('killed');
};

# The subaccount that the provider made is stored all the same.
subtest 'provider faults: the database is down when the answer comes' => sub {
    $purser->jobs->stop;
    $purser->start_program('purser-jobs',
        conf => { provider_timeout_ms => 5000, provider_settle_ms => 6000 });
    $purser->double->faults({ match => $create, do => 'delay', delay_ms => 1500 });
    my $looks = $purser->double->calls(GET => qr{^/entity/});
    my $answered = sub {
        scalar grep { $_->{status} } $purser->double->calls(POST => '/api/create-subaccount');
    };
    my $before = $answered->();
    my $account = free();
    my $database = $purser->{database};
    $purser->wait_for('the call has begun', sub { row($account)->{provision_state} eq 'calling' });
    $purser->postgres->command("alter database $database allow_connections false");
    $purser->postgres->command("select pg_terminate_backend(pid) from pg_stat_activity "
        . "where datname = '$database' and usename = 't_jobs'");
    $purser->wait_for('the provider has answered', sub { $answered->() > $before });
    sleep 0.5;    # in which settling fails
    is(row($account)->{provision_state}, 'calling',
        'the account is not settled while the database is down');
    $purser->postgres->command("alter database $database allow_connections true");
    wait_status($account, 'active');
    is(scalar $purser->double->calls(GET => qr{^/entity/}), $looks,
        'the answer settles the account, no look at the validator');
    no_double('the database was down');
};

unlike($purser->jobs->log_text, qr/$T::Purser::PROVIDER_TOKEN/,
    'provider faults: the token is in no log');
is_deeply($purser->rows('select * from admin.stuck'), [],
    'provider faults: nothing is stuck in the end');

done_testing;
