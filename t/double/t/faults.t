#!/usr/bin/perl
# Protects: the double's fault schedule: what is executed, what the client gets, what the log says.

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
    ['402', 'card_declined'], ['403', undef]) {
    my ($status, $code) = @$case;
    my $before = intents();
    my $answer = with_fault({ do => $status });
    is $answer->{status}, $status, "the fault $status: the answer has that status";
    is $answer->{json}{error}{code}, $code, "the fault $status: the answer has its code";
    is intents(), $before, "the fault $status: the request is not executed";
    is repeat()->{status}, 200, "the fault $status: the same key works afterwards";
    is intents(), $before + 1, "the fault $status: the repeat is executed";
}

subtest 'double: the fault 500 after executing' => sub {
    my $before = intents();
    is with_fault({ do => '500', executed => 1 })->{status}, 500, 'the answer is 500';
    is intents(), $before + 1, 'the request is executed';
    my $again = repeat();
    is $again->{status}, 500, 'the repeat gets the stored 500';
    is $again->{headers}->header('Idempotent-Replayed'), 'true', 'the repeat is marked as a replay';
    is intents(), $before + 1, 'the repeat is not executed';
};

subtest 'double: the fault delay' => sub {
    my $from = Time::HiRes::time();
    is with_fault({ do => 'delay', delay_ms => 500 })->{status}, 200, 'the request is answered';
    cmp_ok Time::HiRes::time() - $from, '>=', 0.5, 'the answer is late';
};

subtest 'double: the fault hang' => sub {
    my $before = intents();
    my $answer = with_fault({ do => 'hang' }, timeout => 1);
    is $answer->{status}, 0, 'the request gets no answer';
    is intents(), $before, 'the request is not executed';
    my $entry = last_entry();
    is $entry->{fault}, 'hang', 'the log notes the fault';
    is $entry->{status}, undef, 'the log has no status';
    is $entry->{executed}, Mojo::JSON->false, 'the log says that the request was not executed';
    is repeat()->{status}, 200, 'the key is free for the repeat';
};

for my $do (qw(cut_after lost_answer truncated)) {
    subtest "double: the fault $do" => sub {
        my $before = intents();
        my $from = Time::HiRes::time();
        my $answer = with_fault({ do => $do }, timeout => 1);
        my $took = Time::HiRes::time() - $from;
        ok !$answer->{json}, 'the answer is of no use';
        if ($do eq 'lost_answer') {
            cmp_ok $took, '>=', 1, 'the connection is silent until the client gives up';
        }
        else { ok $took < 0.9 && $answer->{error}, 'the connection is closed at once' }
        is $answer->{status}, $do eq 'truncated' ? 200 : 0,
            'the status is what the fault lets through';
        is intents(), $before + 1, 'the request is executed';
        my $entry = last_entry();
        is $entry->{executed}, Mojo::JSON->true, 'the log says that it was executed';
        like $entry->{result}{body}{id}, qr/^pi_/, 'the log has the result';
        my $again = repeat();
        is $again->{status}, 200, 'the repeat with the same key is answered';
        is $again->{json}{id}, $entry->{result}{body}{id}, 'the repeat finds the same object';
        is intents(), $before + 1, 'the repeat is not executed';
    };
}

subtest 'double: strange answers' => sub {
    my $before = intents();
    my $html = with_fault({ do => 'html' });
    like $html->{body}, qr/<h1>/, 'the fault html answers HTML';
    is $html->{status}, 200, 'the fault html has the status 200';
    is with_fault({ do => 'html', status => 502 })->{status}, 502,
        'the fault html may have another status';
    my $huge = with_fault({ do => 'huge' });
    cmp_ok length $huge->{body}, '>', 10 << 20, 'the fault huge answers more than 10 MB';
    is with_fault({ do => 'body', body => '{"id":7}' })->{body}, '{"id":7}',
        'the fault body answers any body';
    is with_fault({ do => '429', headers => { 'Stripe-Should-Retry' => 'true' } })->{headers}
        ->header('Stripe-Should-Retry'), 'true', 'a fault may have more headers';
    is intents(), $before, 'no strange answer executes the request';
};

subtest 'double: rules of faults' => sub {
    $d->control(DELETE => '/faults');
    my @rules = ({ match => 'GET /v1/payment_intents/*', do => '500', times => 2, skip => 1 },
        { match => '* /v1/balance', do => '429', times => -1 });
    my $shown = $d->control(POST => '/faults', { rules => \@rules });
    is $shown->{rules}[0]{remaining}, 2, 'a rule shows how often it remains';
    my $intent = $d->intent;
    my @seen = map { $d->stripe(GET => "/v1/payment_intents/$intent->{id}")->{status} } 1 .. 4;
    is_deeply \@seen, [200, 500, 500, 200], 'skip and times choose the calls';
    is $d->stripe(POST => "/v1/payment_intents/$intent->{id}/cancel")->{status}, 200,
        '* stands for one segment only';
    is_deeply [map { $d->stripe(GET => '/v1/balance')->{status} } 1 .. 3], [429, 429, 429],
        'times -1 has no end';
    is $d->control(GET => '/faults')->{rules}[0]{remaining}, 0,
        'a used-up rule stays with nothing remaining';
    $d->control(DELETE => '/faults');
    is $d->stripe(GET => '/v1/balance')->{status}, 200, 'deleted rules are gone';
    for my $bad ({ match => 'x', do => '500' }, { match => 'GET /v1/x', do => 'burn' },
        { match => 'GET /v1/x', do => '500', tmies => 3 }) {
        is $d->json(POST => '/_double/faults', { rules => [$bad] })->{status}, 400,
            'a bad rule is refused';
    }
};

subtest 'double: faults by seed' => sub {
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
    like $one, qr/x/, 'some calls fail';
    like $one, qr/\./, 'some calls do not fail';
    is $series->(7), $one, 'the same seed makes the same faults';
    isnt $series->(8), $one, 'another seed makes other faults';
};

subtest 'double: faults of validator and provider' => sub {
    $d->control(POST => '/faults', { rules => [
        { match => 'POST /api/create-subaccount', do => 'cut_after' },
        { match => 'GET /entity/*', do => '500' }] });
    my @create = (POST => '/api/create-subaccount', { asset_class => 'crypto',
        account_size => 25000 }, Authorization => 'Bearer provider-token');
    is $d->json(@create)->{status}, 0, 'the connection is cut';
    is $d->control(GET => '/state')->{subaccounts}, 1, 'the subaccount is made all the same';
    my $answer = $d->json(GET => '/entity/5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty');
    is $answer->{status}, 500, 'the validator answers 500';
    is $answer->{json}{status}, 'error', "the error has the validator's shape";
};

subtest 'double: 128 delayed requests at once' => sub {
    $d->control(POST => '/faults', { rules => [
        { match => 'POST /v1/payment_intents', do => 'delay', delay_ms => 300, times => -1 }] });
    my $before = intents();
    my @calls = map { $d->stripe_begin(POST => '/v1/payment_intents', { amount => 2500,
        currency => 'usd' }, key => "many$_") } 1 .. 128;
    ok $d->wait_for(sub { !grep { !$_->{done} } @calls }, 20), 'all requests are answered';
    is scalar(grep { $_->{status} == 200 } @calls), 128, 'all answers are 200';
    is intents(), $before + 128, 'all requests are executed';
};

done_testing;
