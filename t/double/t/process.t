#!/usr/bin/perl
# Protects: the double's process: options, signals, the state file, the log, reset.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Mojo::File qw(tempdir);
use Mojo::JSON qw(decode_json);
use Test::More;

my $program = Double::Client::program();

subtest 'double: options of the double' => sub {
    my $help = `$^X $program --help`;
    is $?, 0, '--help ends well';
    like $help, qr/--webhook-secret/, '--help names the options';
    for my $control ('POST /_double/accounts/{acct}/onboard', 'PUT  /_double/rail', 'cut_after') {
        like $help, qr/\Q$control\E/, "--help explains $control";
    }
    `$^X $program --nonsense 2>&1`;
    is $? >> 8, 2, 'an unknown option ends with 2';
    `$^X $program 2>&1`;
    ok $?, 'the option --listen is needed';
    `$^X $program --listen http://127.0.0.1:0 --webhook-url http://127.0.0.1:1/ 2>&1`;
    ok $?, 'a webhook address needs its secret';
};

subtest 'double: the double ends at once' => sub {
    my $d = Double::Client->start;
    $d->control(POST => '/faults', { rules => [{ match => 'GET /v1/balance', do => 'hang' }] });
    $d->stripe_begin(GET => '/v1/balance');
    $d->pause(0.2);
    my $from = Time::HiRes::time();
    is $d->stop, 0, 'SIGTERM ends it well, even with a hanging request';
    cmp_ok Time::HiRes::time() - $from, '<', 4, 'the end comes before that of the hanging request';
};

subtest 'double: the state file' => sub {
    my $directory = tempdir;
    my @args = ('--state', "$directory/state.json", '--log', "$directory/log");
    my $d = Double::Client->start(args => \@args);
    my $account = $d->account;
    my $paid = $d->intent(confirm => 'true', payment_method => 'pm_card_visa');
    my $keyed = $d->stripe(POST => '/v1/payment_intents', { amount => 800, currency => 'usd' },
        key => 'kept');
    $d->json(POST => '/api/create-subaccount', { asset_class => 'crypto', account_size => 1000 },
        Authorization => 'Bearer provider-token');
    my $before = $d->stripe(GET => "/v1/payment_intents/$paid->{id}")->{body};
    ok $d->wait_for(sub { -s "$directory/state.json" }),
        'the file is written while the double runs';
    is $d->stop, 0, 'the double stops well';
    my $again = Double::Client->start(args => \@args);
    is $again->stripe(GET => "/v1/payment_intents/$paid->{id}")->{body}, $before,
        'a PaymentIntent has the same bytes after a restart';
    is $again->stripe(GET => "/v1/accounts/$account")->{json}{payouts_enabled},
        Mojo::JSON->true, 'an account is there after a restart';
    is $again->stripe(POST => '/v1/payment_intents', { amount => 800, currency => 'usd' },
        key => 'kept')->{body}, $keyed->{body}, 'an idempotency key is there after a restart';
    is $again->control(GET => '/state')->{subaccounts}, 1, 'a subaccount is there after a restart';
    my @lines = split /\n/, Mojo::File->new("$directory/log")->slurp;
    cmp_ok scalar @lines, '>=', 5, 'the log file has a line a call';
    is decode_json($lines[0])->{path}, '/v1/accounts', 'a line of the log file is one JSON object';
};

subtest 'double: the log of calls' => sub {
    my $d = Double::Client->start(args => ['--secret-key', 'sk_test_very_secret_abcd']);
    my $auth = 'sk_test_very_secret_abcd';
    $d->stripe(POST => '/v1/payment_intents', { amount => 800, currency => 'usd',
        'metadata[a]' => 'b' }, auth => $auth, key => 'k');
    $d->stripe(GET => '/v1/balance', {}, auth => $auth);
    my $log = $d->control(GET => '/log');
    is_deeply [map { $_->{n} } @$log], [1, 2], 'the calls are numbered';
    my $entry = $log->[0];
    is "$entry->{method} $entry->{path} $entry->{status}", 'POST /v1/payment_intents 200',
        'a call shows method, path and status';
    is_deeply $entry->{params}, { amount => '800', currency => 'usd', metadata => { a => 'b' } },
        'a call shows its decoded parameters';
    is $entry->{headers}{authorization}, 'Bearer ...abcd', 'a call shows the end of a secret only';
    unlike Mojo::JSON::encode_json($log), qr/very_secret/, 'no secret is in the log';
    is $entry->{headers}{'idempotency-key'}, 'k', 'a call shows its headers';
    like $entry->{response}{id}, qr/^pi_/, 'a call shows its answer';
    like $entry->{at}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'a call shows its time';
    is scalar @{ $d->control(GET => '/log?since=1') }, 1, 'since=1 shows later calls only';
    $d->control(POST => '/reset');
    is_deeply $d->control(GET => '/log'), [], 'a reset empties the log';
    is $d->control(GET => '/state')->{payment_intents}, 0, 'a reset forgets objects';
    is $d->stripe(POST => '/v1/payment_intents', { amount => 900, currency => 'usd' },
        auth => $auth, key => 'k')->{status}, 200, 'a reset forgets keys';
};

done_testing;
