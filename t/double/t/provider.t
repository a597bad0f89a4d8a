#!/usr/bin/perl
# Protects: the doubles of the account provider, the validator with its high-water mark, and the
# payout rail.

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Test::More;
use Time::HiRes ();

my $d = Double::Client->start(args => ['--entity-hotkey', '5Fone', '--entity-hotkey', '5Ftwo',
    '--provider-token', 'token-one', '--provider-token', 'token-two']);

use constant DAY => 86400 * 1000;

sub create ($token = 'token-one', %fields) {
    return $d->json(POST => '/api/create-subaccount', { asset_class => 'crypto',
        account_size => 25000, %fields }, Authorization => "Bearer $token");
}

# Midnight at the start of this week's Monday.
sub this_monday {
    my $now = int(Time::HiRes::time()) * 1000;
    return $now - ($now - 4 * DAY) % (7 * DAY);
}

# This week's, as the code of within_a_week saw it.
my $monday = this_monday();

# Runs the code; again when a new week began meanwhile, so that all of it saw the same Monday.
sub within_a_week ($code) {
    my @result;
    do {
        $monday = this_monday();
        @result = $code->();
    } until $monday == this_monday();
    return @result;
}

sub script ($uuid, $change) {
    within_a_week(sub { $d->control(PUT => "/validator/$uuid", $change) });
    return;
}

sub payout ($uuid, $start = 0, $end = $monday) {
    return $d->json(POST => '/entity/subaccount/payout', { subaccount_uuid => $uuid,
        start_time_ms => $start, end_time_ms => $end });
}

subtest 'double: creating subaccounts' => sub {
    my $made = create()->{json};
    is $made->{status}, 'success', 'the answer says success';
    my $sub = $made->{subaccount};
    is_deeply [@$sub{qw(subaccount_id synthetic_hotkey account_size asset_class status)}],
        [0, '5Fone_0', 25000, 'crypto', 'active'], 'the subaccount has id, hotkey, size and class';
    like $sub->{subaccount_uuid}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-4/, 'the subaccount has a uuid';
    is create()->{json}{subaccount}{subaccount_id}, 1, 'the ids count up';
    is create('token-two')->{json}{subaccount}{synthetic_hotkey}, '5Ftwo_0',
        'the second token makes subaccounts of its own entity';
    is create('nonsense')->{status}, 401, 'a wrong token is refused';
    is create('token-one', asset_class => 'tulips')->{status}, 400,
        'an unknown asset class is refused';
    is create('token-one', account_size => 0)->{status}, 400, 'a size of 0 is refused';
    is create('token-one', account_size => 'x')->{json}{status}, 'error',
        "an error has the provider's shape";
    my $broken = $d->call(POST => '/api/create-subaccount', { Authorization => 'Bearer token-one',
        'Content-Type' => 'application/json' }, '{');
    is $broken->{status}, 400, 'a body that is not JSON is refused';
    like $made->{subaccount}{created_at_ms}, qr/^\d{13}$/, 'the time is in milliseconds';
};

subtest 'double: what the validator says of an entity' => sub {
    my $entity = $d->json(GET => '/entity/5Fone')->{json}{entity};
    is $entity->{next_subaccount_id}, 2, 'the entity has its next id';
    is_deeply [sort keys %{ $entity->{subaccounts} }], [0, 1], 'the subaccounts are listed by id';
    is $entity->{subaccounts}{0}{account_size}, 25000, 'a subaccount has its size';
    ok exists $entity->{subaccounts}{0}{eliminated_at_ms}, 'a subaccount has eliminated_at_ms';
    my $unknown = $d->json(GET => '/entity/5Fnobody');
    is $unknown->{status}, 404, 'an unknown entity is not found';
    ok $unknown->{json}{error}, 'an unknown entity is an error';
};

subtest 'double: what the validator says of a subaccount' => sub {
    my $sub = create()->{json}{subaccount};
    my $show = sub { $d->json(GET => "/entity/subaccount/$sub->{synthetic_hotkey}")
        ->{json}{dashboard} };
    is $show->()->{challenge_period}{bucket}, 'SUBACCOUNT_CHALLENGE',
        'the bucket is that of a challenge first';
    $d->control(PUT => "/validator/$sub->{subaccount_uuid}", { bucket => 'funded' });
    is $show->()->{challenge_period}{bucket}, 'SUBACCOUNT_FUNDED',
        'the bucket is that of a funded account';
    is $show->()->{elimination}, undef, 'the account is not eliminated';
    $d->control(PUT => "/validator/$sub->{subaccount_uuid}", { weeks => [{ balance => 1.5 }] });
    my $script = $d->control(GET => "/validator/$sub->{subaccount_uuid}");
    is "$script->{bucket} $script->{weeks}[0]{balance}", 'funded 1.5',
        'the control side shows what the validator will say';
    is $d->json(GET => '/_double/validator/nobody')->{status}, 404,
        'an unknown subaccount cannot be shown';
    $d->control(PUT => "/validator/$sub->{subaccount_uuid}", { bucket => 'eliminated' });
    ok $show->()->{elimination}, 'the account is eliminated';
    is $show->()->{subaccount_info}{status}, 'eliminated', 'the status is eliminated';
    is $d->json(GET => '/entity/subaccount/5Fone_99')->{status}, 404,
        'an unknown subaccount is not found';
    is $d->json(PUT => '/_double/validator/nobody', { bucket => 'funded' })->{status}, 404,
        'an unknown subaccount cannot be scripted';
    is $d->json(PUT => "/_double/validator/$sub->{subaccount_uuid}", { bucket => 'x' })->{status},
        400, 'an unknown bucket is refused';
};

subtest 'double: the high-water mark' => sub {
    my $uuid = create()->{json}{subaccount}{subaccount_uuid};
    my @weeks = ({ balance => 130.0, unrealized => -5.0 }, { balance => 110, unrealized => 0 },
        { balance => 200, unrealized => 40 }, { balance => 205, unrealized => -30 });
    script($uuid, { weeks => \@weeks });
    is payout($uuid)->{json}{data}{payout}, 0, 'an evaluation account earns nothing';
    $d->control(PUT => "/validator/$uuid", { bucket => 'funded' });
    my $data = payout($uuid)->{json}{data};
    is_deeply [map { $_->{payout} } @{ $data->{weekly_settlements} }], [125, 0, 75, 0],
        'weeks of profit and loss pay the high-water mark';
    is $data->{payout}, 200, 'the payout is the sum of the weeks';
    my $rows = $data->{weekly_settlements};
    is $rows->[-1]{end_time_ms}, $monday, 'the last week is the last complete one';
    is $rows->[$_]{start_time_ms}, $monday - (4 - $_) * 7 * DAY, "the week $_ begins on its Monday"
        for 0 .. 3;
    my $later = payout($uuid, $monday - 14 * DAY)->{json}{data};
    is_deeply [map { $_->{payout} } @{ $later->{weekly_settlements} }], [75, 0],
        'the water mark counts the weeks before';
    is scalar @{ payout($uuid, 0, $monday - DAY)->{json}{data}{weekly_settlements} }, 3,
        'weeks that are not complete are left out';
    $d->control(PUT => "/validator/$uuid", { shape => 'old' });
    is payout($uuid)->{json}{payout_data}{payout}, 200, 'the older name has the payout';
    ok !payout($uuid)->{json}{data}, 'the older name comes instead of the newer';
};

subtest "double: the validator does not follow Stripe's clock" => sub {
    my $uuid = create()->{json}{subaccount}{subaccount_uuid};
    $d->control(POST => '/clock', { advance_s => 8 * 86400 });
    script($uuid, { bucket => 'funded', weeks => [{ balance => 100, unrealized => 0 }] });
    my $data = payout($uuid)->{json}{data};
    is $data->{payout}, 100, 'a caller that has the real time gets the last week';
    is $data->{weekly_settlements}[0]{end_time_ms}, $monday, 'the last week ended this Monday';
    my $answer = payout($uuid)->{json};
    cmp_ok abs($answer->{timestamp} / 1000 - time), '<', 3600, 'answers carry the real time';
    cmp_ok abs(create()->{json}{subaccount}{created_at_ms} / 1000 - time), '<', 3600,
        'new accounts carry the real time';
};

subtest 'double: exact decimals' => sub {
    my $uuid = create()->{json}{subaccount}{subaccount_uuid};
    script($uuid, { bucket => 'funded', weeks => [
        { balance => 0.1, unrealized => 0 }, { balance => 0.3, unrealized => 0 },
        { balance => 1234567.89, unrealized => -0.07, weekly_penalty => 0.5, scale => 0.1 }] });
    my $body = payout($uuid)->{body};
    like $body, qr/"gross":0\.1[,}]/, '0.1 is printed as 0.1';
    like $body, qr/"gross":0\.2[,}]/, '0.3 - 0.1 is printed as 0.2';
    like $body, qr/"gross":1234567\.52[,}]/, 'a large number is printed exactly';
    like $body, qr/"payout":61728\.376[,}]/, 'penalty and scale are multiplied exactly';
    unlike $body, qr/\.\d{9,}|\de[+-]?\d+[,}]/, 'no number shows binary noise';

    my $large = '1234567890123456789.01';
    script($uuid, { weeks => [{ balance => 123456789.01 }, { balance => $large },
        { balance => '1234567890123456789.010000000001', scale => '0.01' }] });
    $body = payout($uuid)->{body};
    like $body, qr/"balance":123456789\.01[,}]/, 'the cents of a number of nine digits are kept';
    like $body, qr/"balance":\Q$large\E[,}]/, 'a text of any length is printed as it is';
    like $body, qr/"gross":1234567890000000000\.00[,}]|"gross":1234567890000000000[,}]/,
        'a difference of large numbers is exact';
    like $body, qr/"payout":0\.00000000000001[,}]/, 'a product of many places is exact';
    my $refused = $d->call(PUT => "/_double/validator/$uuid",
        { 'Content-Type' => 'application/json' }, '{"weeks":[{"balance":123456789012345.678}]}');
    is $refused->{status}, 400, 'a number with more digits than are kept is refused';
    like $refused->{body}, qr/more digits than a number keeps/, 'the refusal says why';
};

subtest 'double: bounds of time' => sub {
    my $uuid = create()->{json}{subaccount}{subaccount_uuid};
    is payout($uuid, DAY)->{status}, 400, 'a start that is no Monday is refused';
    is payout($uuid, 0, $monday + 1)->{status}, 400,
        'an end that is no multiple of 12 h is refused';
    is payout($uuid, $monday, $monday)->{status}, 400,
        'an end that is not after the start is refused';
    is payout($uuid, 0, $monday + DAY / 2)->{status}, 200, 'an end at half a day is taken';
    is payout('nobody')->{status}, 404, 'an unknown subaccount is not found';
};

subtest 'double: a random year' => sub {
    my $uuid = create()->{json}{subaccount}{subaccount_uuid};
    my $year = sub ($seed) {
        $d->control(POST => "/validator/$uuid/random", { seed => $seed, weeks => 52,
            bucket => 'funded' });
        return payout($uuid)->{json}{data};
    };
    my ($one, $again, $other) = within_a_week(sub { map { $year->($_) } 3, 3, 4 });
    is scalar @{ $one->{weekly_settlements} }, 52, 'the year has 52 weeks';
    cmp_ok $one->{payout}, '>', 0, 'the year owes something';
    is_deeply $again, $one, 'the same seed makes the same year';
    isnt $other->{payout}, $one->{payout}, 'another seed makes another year';
};

subtest 'double: the rail of crypto payouts' => sub {
    my %payout = (reference => 'pay_1', asset => 'USDC', network => 'base', amount => '12.50',
        destination => '0xabc');
    my $send = sub (%more) { $d->json(POST => '/rail/payouts', { %payout, %more }) };
    is $d->json(GET => '/rail/fees?asset=USDC&network=base')->{json}{fee_usd}, '0.50',
        'the fee is that of the network';
    my $done = $send->()->{json};
    is $done->{status}, 'delivered', 'a payout in the mode instant is delivered';
    like $done->{tx_hash}, qr/^0x[0-9a-f]{64}$/, 'a delivered payout has a hash';
    is $done->{amount}, '12.50', 'the amount is shown as it was given';
    is $send->()->{json}{id}, $done->{id}, 'the reference makes a payout idempotent';
    is $send->(amount => '13')->{status}, 409, 'a reference with other values is a conflict';
    is $d->json(GET => '/rail/payouts/pay_1')->{json}{id}, $done->{id},
        'a payout is found by its reference';
    is $d->json(GET => '/rail/payouts/pay_9')->{status}, 404, 'an unknown reference is not found';
    is $send->(reference => 'pay_2', amount => 12.5e3)->{status}, 200,
        'an amount may be a JSON number';
    is $send->(reference => 'pay_3', amount => '1e3')->{status}, 400,
        'an amount with an exponent is refused';
    $d->control(PUT => '/rail', { mode => 'manual', fee_usd => 1.5 });
    is $send->(reference => 'pay_4')->{json}{status}, 'pending',
        'a payout in the mode manual is pending';
    is $d->control(POST => '/rail/pay_4/advance')->{status}, 'broadcast',
        'a pending payout advances by one step';
    is $d->control(POST => '/rail/pay_4/advance', { status => 'failed' })->{failure_reason},
        'network_error', 'a payout is advanced to failed';
    is $d->json(POST => '/_double/rail/pay_4/advance', {})->{status}, 400,
        'a failed payout is final';
    $d->control(PUT => '/rail', { mode => 'fail' });
    is $send->(reference => 'pay_5')->{json}{status}, 'failed',
        'a payout in the mode fail is failed';
    $d->control(PUT => '/rail', { mode => 'lost_answer' });
    my $lost = $d->begin(POST => '/rail/payouts', { 'Content-Type' => 'application/json' },
        Mojo::JSON::encode_json({ %payout, reference => 'pay_6' }), 1);
    $d->wait_for(sub { $lost->{done} });
    is $lost->{status}, 0, 'a lost answer has no status';
    is $d->json(GET => '/rail/payouts/pay_6')->{json}{status}, 'delivered',
        'a payout with a lost answer is executed';
};

done_testing;
