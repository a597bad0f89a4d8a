#!/usr/bin/perl
# The fault schedule: what is executed, what the client sees, what the log says.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;

my $d = Double::Client->start;
my $n = 0;

sub intents { return $d->control(GET => '/state')->{payment_intents} }
sub last_entry { return $d->control(GET => '/log')->[-1] }

sub with_fault ($rule, %with) {
    $d->control(DELETE => '/faults');
    $d->control(POST => '/faults', { rules => [{ match => 'POST /v1/payment_intents', %$rule }] });
    return $d->stripe(POST => '/v1/payment_intents', { amount => 2500, currency => 'usd' },
        key => 'f' . $n++, %with);
}

sub repeat { return $d->stripe(POST => '/v1/payment_intents',
    { amount => 2500, currency => 'usd' }, key => 'f' . ($n - 1)) }

for my $case (['429', 'rate_limit'], ['500', undef], ['409', 'lock_timeout'],
    ['402', 'card_declined']) {
    my ($status, $code) = @$case;
    my $before = intents();
    my $answer = with_fault({ do => $status });
    is $answer->{status}, $status, "$status: status";
    is $answer->{json}{error}{code}, $code, "$status: code";
    is intents(), $before, "$status: not executed";
    is repeat()->{status}, 200, "$status: the same key works afterwards";
    is intents(), $before + 1, "$status: executed then";
}

subtest '500 after executing' => sub {
    my $before = intents();
    is with_fault({ do => '500', executed => 1 })->{status}, 500, 'the error';
    is intents(), $before + 1, 'executed';
    my $again = repeat();
    is $again->{status}, 500, 'Stripe replays the 500 for its key';
    is $again->{headers}->header('Idempotent-Replayed'), 'true', 'as a replay';
    is intents(), $before + 1, 'not executed twice';
};

subtest 'delay' => sub {
    my $from = Time::HiRes::time();
    is with_fault({ do => 'delay', delay_ms => 500 })->{status}, 200, 'answered';
    cmp_ok Time::HiRes::time() - $from, '>=', 0.5, 'late';
};

subtest 'hang' => sub {
    my $before = intents();
    my $answer = with_fault({ do => 'hang' }, timeout => 1);
    is $answer->{status}, 0, 'no answer';
    is intents(), $before, 'not executed';
    my $entry = last_entry();
    is $entry->{fault}, 'hang', 'noted in the log';
    is $entry->{status}, undef, 'without a status';
    is $entry->{executed}, Mojo::JSON->false, 'not executed';
    is repeat()->{status}, 200, 'the key is free';
};

for my $do (qw(cut_after lost_answer truncated)) {
    subtest $do => sub {
        my $before = intents();
        my $from = Time::HiRes::time();
        my $answer = with_fault({ do => $do }, timeout => 1);
        my $took = Time::HiRes::time() - $from;
        ok !$answer->{json}, 'no usable answer';
        if ($do eq 'lost_answer') { cmp_ok $took, '>=', 1, 'silence until the client gives up' }
        else { ok $took < 0.9 && $answer->{error}, 'the connection is closed at once' }
        is $answer->{status}, $do eq 'truncated' ? 200 : 0, 'status';
        is intents(), $before + 1, 'executed';
        my $entry = last_entry();
        is $entry->{executed}, Mojo::JSON->true, 'the log says so';
        like $entry->{result}{body}{id}, qr/^pi_/, 'and what came of it';
        my $again = repeat();
        is $again->{status}, 200, 'the same key';
        is $again->{json}{id}, $entry->{result}{body}{id}, 'finds the same object';
        is intents(), $before + 1, 'not executed twice';
    };
}

subtest 'strange answers' => sub {
    my $before = intents();
    my $html = with_fault({ do => 'html' });
    like $html->{body}, qr/<h1>/, 'HTML';
    is $html->{status}, 200, 'as a 200';
    is with_fault({ do => 'html', status => 502 })->{status}, 502, 'or another status';
    my $huge = with_fault({ do => 'huge' });
    cmp_ok length $huge->{body}, '>', 10 << 20, '10 MB';
    is with_fault({ do => 'body', body => '{"id":7}' })->{body}, '{"id":7}', 'any body';
    is with_fault({ do => '429', headers => { 'Stripe-Should-Retry' => 'true' } })->{headers}
        ->header('Stripe-Should-Retry'), 'true', 'more headers';
    is intents(), $before, 'none is executed';
};

subtest 'rules' => sub {
    $d->control(DELETE => '/faults');
    my @rules = ({ match => 'GET /v1/payment_intents/*', do => '500', times => 2, skip => 1 },
        { match => '* /v1/balance', do => '429', times => -1 });
    my $shown = $d->control(POST => '/faults', { rules => \@rules });
    is $shown->{rules}[0]{remaining}, 2, 'remaining';
    my $intent = $d->intent;
    my @seen = map { $d->stripe(GET => "/v1/payment_intents/$intent->{id}")->{status} } 1 .. 4;
    is_deeply \@seen, [200, 500, 500, 200], 'skip and times';
    is $d->stripe(POST => "/v1/payment_intents/$intent->{id}/cancel")->{status}, 200,
        '* is one segment only';
    is_deeply [map { $d->stripe(GET => '/v1/balance')->{status} } 1 .. 3], [429, 429, 429],
        'without end';
    is $d->control(GET => '/faults')->{rules}[0]{remaining}, 0, 'used up';
    $d->control(DELETE => '/faults');
    is $d->stripe(GET => '/v1/balance')->{status}, 200, 'cleared';
    for my $bad ({ match => 'x', do => '500' }, { match => 'GET /v1/x', do => 'burn' },
        { match => 'GET /v1/x', do => '500', tmies => 3 }) {
        is $d->json(POST => '/_double/faults', { rules => [$bad] })->{status}, 400, 'bad rule';
    }
};

subtest 'by seed' => sub {
    my $series = sub ($seed) {
        $d->control(DELETE => '/faults');
        $d->control(POST => '/faults', { seed => $seed, rules => [{ match => 'GET /v1/balance',
            do => '500', probability => 0.5, times => -1 }] });
        my $text = join '', map { $d->stripe(GET => '/v1/balance')->{status} == 500 ? 'x' : '.' }
            1 .. 24;
        $d->control(DELETE => '/faults');
        return $text;
    };
    my $one = $series->(7);
    like $one, qr/x/, 'some fail';
    like $one, qr/\./, 'some do not';
    is $series->(7), $one, 'the same seed, the same faults';
    isnt $series->(8), $one, 'another seed, others';
};

subtest 'validator and provider too' => sub {
    $d->control(POST => '/faults', { rules => [
        { match => 'POST /api/create-subaccount', do => 'cut_after' },
        { match => 'GET /entity/*', do => '500' }] });
    my @create = (POST => '/api/create-subaccount', { asset_class => 'crypto',
        account_size => 25000 }, Authorization => 'Bearer provider-token');
    is $d->json(@create)->{status}, 0, 'cut';
    is $d->control(GET => '/state')->{subaccounts}, 1, 'but made';
    my $answer = $d->json(GET => '/entity/5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty');
    is $answer->{status}, 500, 'the error';
    is $answer->{json}{status}, 'error', "in the validator's shape";
};

subtest '128 at once' => sub {
    $d->control(POST => '/faults', { rules => [
        { match => 'POST /v1/payment_intents', do => 'delay', delay_ms => 300, times => -1 }] });
    my $before = intents();
    my @calls = map { $d->stripe_begin(POST => '/v1/payment_intents', { amount => 2500,
        currency => 'usd' }, key => "many$_") } 1 .. 128;
    ok $d->wait_for(sub { !grep { !$_->{done} } @calls }, 20), 'all answered';
    is scalar(grep { $_->{status} == 200 } @calls), 128, 'all well';
    is intents(), $before + 128, 'all executed';
};

done_testing;
