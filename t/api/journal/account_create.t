# Protects: a new journal account has the amounts that were sent, belongs to the firm of that name
# in any case of letters, and no two accounts of a firm have the same number.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();

sub uri_text { return encode_utf8($_[0]) =~ s/(.)/sprintf '%%%02x', ord $1/gser }
my $uri = '/api/v1/accounts';
my %body = (account_number => 'ACC-12345', firm_name => 'Apex Trader Funding',
    account_type => 'funded',
    account_size => \'50000', net_pnl => \'1234.5', status => 'active');

my $answer = $api->POST($uri, body_text(%body));
is_status($answer, 201, 'journal account: created');
my $data = data_of($answer);
is_deeply($data, {
    id => $data->{id}, user_id => $data->{user_id}, account_number => 'ACC-12345',
    firm_id => $data->{firm_id},
    firm_name => 'Apex Trader Funding', account_type => 'funded', account_size => '50000.00',
    net_pnl => '1234.50',
    status => 'active', total_gross_payouts => '0.00', total_net_payouts => '0.00',
    balance => '51234.50',
    created_at => $data->{created_at}, updated_at => $data->{created_at},
}, 'journal account: the answer has fourteen fields');
like($data->{$_}, qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    "journal account: $_ is a UUID")
    for qw(id user_id firm_id);
like($answer->{body}, qr/"account_size":50000\.00,"net_pnl":1234\.50/,
    'journal account: amounts are JSON numbers');

my $least = data_of($api->POST($uri, body_text(account_number => 'x',
    firm_name => 'APEX TRADER FUNDING',
    account_type => 'evaluation', account_size => \'0.01')));
is("$least->{net_pnl} $least->{status} $least->{balance}", '0.00 active 0.01',
    'journal account: defaults of what may be absent');
is($least->{firm_id}, $data->{firm_id}, 'journal account: a firm in capitals is the same firm');
is($least->{firm_name}, 'Apex Trader Funding', 'journal account: a firm keeps its first spelling');
my ($upper, $lower) = map {
    data_of($api->POST($uri, body_text(%body, account_number => "n $_", firm_name => $_)))
} 'ÜBER', 'über';
is($upper->{firm_id}, $lower->{firm_id},
    'journal account: a firm in capitals beyond ASCII is the same firm');

is_problem($api->POST($uri, body_text(%body)), 409, 'conflict',
    'journal account: the same number at the same firm is a conflict',
    'journal');
is_status($api->POST($uri, body_text(%body, firm_name => 'FTMO')), 201,
    'journal account: the same number at another firm is taken');
my $theirs = data_of($other->POST($uri, body_text(%body)));
isnt($theirs->{firm_id}, $data->{firm_id}, "journal account: another user's firm is another firm");

for ([account_number => ''], [account_number => 'x' x 101], [account_number => \'5'],
    [firm_name => ''], [firm_name => 'x' x 101],
    [account_type => 'live'], [account_type => ''], [account_size => \'-1'],
    [account_size => \'1.001'], [account_size => \'"1"'],
    [account_size => \'1e5'], [account_size => \'10000000000000.01'],
    [net_pnl => \'-10000000000000.01'], [net_pnl => \'0.005'],
    [status => ''], [status => 'x' x 101],
    (map { [$_ => undef] } qw(account_number firm_name account_type account_size))) {
    my ($field, $value) = @$_;
    my $refused = $api->POST($uri, body_text(%body, account_number => 'new', $field => $value));
    is_problem($refused, 400, 'validation_error',
        "journal account: refused: $field " . (ref $value ? $$value : $value // 'null'), 'journal');
    is(json_of($refused)->{errors}[0]{field}, $field, "journal account: the refusal names $field");
}
my $several = json_of($api->POST($uri, body_text(account_number => '', firm_name => '',
    account_type => 'x', account_size => \'-1')));
is_deeply([sort map { $_->{field} } @{ $several->{errors} }],
    [qw(account_number account_size account_type firm_name)],
    'journal account: an unknown account_type is named in one answer with the other mistakes');
# Names: clean, composed, and compared without regard to case.
sub made {
    my ($number, $firm) = @_;
    return $api->POST($uri, body_text(%body, account_number => $number, firm_name => $firm));
}
my $numbers = 0;
my $clean = data_of(made(" \x{A0}CLEAN\x{200B}\t", "\x{2003}Stra\x{DF}e Cafe\x{301}\n"));
is("$clean->{account_number}|$clean->{firm_name}", "CLEAN|Stra\x{DF}e Caf\x{E9}",
    'journal account: names are trimmed and composed');
for ("STRASSE CAF\x{C9}", "stra\x{DF}e cafe\x{301}", "\x{FEFF}Strasse Caf\x{E9} ") {
    is(data_of(made('n' . ++$numbers, $_))->{firm_id}, $clean->{firm_id},
        'journal account: the same firm: ' . encode_utf8($_));
}
is(data_of(made('sigma 1', "\x{39F}\x{394}\x{39F}\x{3A3}"))->{firm_id},
    data_of(made('sigma 2', "\x{3BF}\x{3B4}\x{3BF}\x{3C2}"))->{firm_id},
    'journal account: a final sigma is the same letter');
is_problem(made("CLEAN ", "STRASSE CAF\x{C9}"), 409, 'conflict',
    'journal account: a number with a blank is the same number', 'journal');
is_status(made('clean', "STRASSE CAF\x{C9}"), 201,
    'journal account: a number in small letters is another number');
is((payouts_of($api, 'firm=' . uri_text(" strasse cafe\x{301}")))[1]{total}, 0,
    'journal account: a firm without payouts has none');
payout($api, $clean);
for (" strasse cafe\x{301}", "STRA\x{1E9E}E CAF\x{C9}", "\x{3000}Stra\x{DF}e Caf\x{E9}") {
    is((payouts_of($api, 'firm=' . uri_text($_)))[1]{total}, 1,
        'journal account: the filter finds the firm ' . encode_utf8($_));
}
for ([account_number => ' '], [account_number => "\x{200B}\x{FEFF}\x{3000}"],
    [account_number => "a\nb"], [account_number => "a\x{7F}"], [account_number => "\x{9F}b"],
    [firm_name => "\t"], [firm_name => "a\x{1}"], [firm_name => "\x{958}" x 60],
    [firm_name => "\r\nInjected: x\r\ny"]) {
    my ($field, $value) = @$_;
    for my $refused ($api->POST($uri, body_text(%body, $field => $value)),
        $api->PUT("$uri/$clean->{id}", body_text($field => $value))) {
        is_problem($refused, 400, 'validation_error', 'journal account: refused: ' . $field . ' '
            . $value =~ s/([^ -~])/sprintf '\\x{%x}', ord $1/ger, 'journal');
        is(json_of($refused)->{errors}[0]{field}, $field,
            "journal account: the refusal names $field");
    }
}
is(data_of($api->PUT("$uri/$clean->{id}", body_text(account_number => " Other\x{301} ")))
    ->{account_number}, "Othe\x{155}", 'journal account: a changed name is composed, too');

is_problem($api->POST($uri, '{"a":'), 400, 'invalid_json',
    'journal account: a body that is no JSON is refused', 'journal');
is_problem($api->with(token => undef)->POST($uri, body_text(%body)), 401, 'unauthorized',
    'journal account: a request without a key is refused', 'journal');

my @twice = map { $api->POST($uri, body_text(%body, account_number => 'once'),
    'Idempotency-Key' => 'a') } 1, 2;
is($twice[1]{body}, $twice[0]{body},
    'journal account: the same idempotency key gets the same answer');
is($twice[1]{headers}{'idempotent-replayed'}, 'true',
    'journal account: the second answer is marked as a replay');

my @parallel = $api->parallel(map { ['POST', $uri, body_text(%body, account_number => 'race')] }
    1 .. 8);
is_deeply([sort map { $_->{status} } @parallel], [201, (409) x 7],
    'journal account: of eight at once with one number one is made');

done_testing;
