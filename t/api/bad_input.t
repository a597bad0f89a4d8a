# Protects: each POST route refuses wrong headers, bodies, fields and paths with an error in the
# shape of its api; nothing is stored, and the program goes on.
use strict;
use warnings;

use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Events qw(event event_text deliver);
use T::Purser;

my $purser = T::Purser->start(programs => [qw(purser-payments purser-webhooks)]);
my $api = $purser->api;
$purser->double->control(POST => '/_double/webhooks', { mode => 'withhold' });
my %free = (tier_id => 'tier_demo', asset_class => 'crypto', account_size => 10_000);
my $account = json_of($api->POST('/v2/payments/free', \%free))->{id};
my %route = (
    '/v2/payments/checkout' => JSON::PP->new->canonical->encode($purser->checkout_body),
    '/v2/payments/free' => JSON::PP->new->canonical->encode(\%free),
    "/v2/lifecycle/sync/$account" => '{}',
);
my $checkout = '/v2/payments/checkout';

sub effects {
    return join ' ', $purser->value('select count(*) from payments.payment'),
        $purser->value('select count(*) from payments.prop_account'),
        scalar $purser->double->calls(POST => '/v1/payment_intents');
}

sub is_field {
    my ($answer, $field, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my @fields = map { $_->{field} } @{ (json_of($answer) || {})->{detail}{errors} || [] };
    return is("$answer->{status} @fields", "422 $field", $name)
        && is_problem($answer, 422, 'V2_VALIDATION_ERROR', "$name: the answer has the usual shape");
}

# --- what is no JSON object --------------------------------------------------------

my $deep = sub { my ($n) = @_; return '{"a":' . '[' x ($n - 1) . ']' x ($n - 1) . '}' };
my @malformed = (
    # name, body
    ['a bare word', 'hello'], ['NaN', '{"a":NaN}'], ['Infinity', '{"a":Infinity}'],
    ['minus Infinity', '{"a":-Infinity}'], ['nan', '{"a":nan}'], ['TRUE', '{"a":TRUE}'],
    ['a leading zero', '{"a":01}'], ['a leading zero after a minus', '{"a":-01}'],
    ['two points', '{"a":1.2.3}'],
    ['a point at the end', '{"a":2.}'], ['a point at the start', '{"a":.5}'],
    ['a plus', '{"a":+1}'],
    ['an empty exponent', '{"a":1e}'], ['an exponent of a sign', '{"a":1e+}'],
    ['a minus alone', '{"a":-}'],
    ['hex', '{"a":0x10}'], ['an underscore', '{"a":1_000}'],
    ['single quotes', q({'a':1})], ['a name without quotes', '{a:1}'],
    ['a raw tab in a string', qq({"a":"\t"})], ['a raw line break in a string', qq({"a":"\n"})],
    ['a raw control character', qq({"a":"\x01"})], ['a raw NUL', qq({"a":"\0"})],
    ['a NUL behind', "{}\0"],
    ['a line comment', "{} // x"], ['a comment', '{/* x */}'], ['a hash comment', "# x\n{}"],
    ['trailing bytes', '{} x'], ['a second value', '{}{}'],
    ['a second value on a line of its own', "{}\n{}"],
    ['a comma at the end of an object', '{"a":1,}'],
    ['a comma at the end of an array', '{"a":[1,]}'],
    ['a comma alone', '{,}'], ['no colon', '{"a" 1}'], ['no value', '{"a":}'], ['no name', '{:1}'],
    ['a name that is a number', '{1:1}'], ['cut', '{"a":1'], ['cut in a string', '{"a":"b'],
    ['only an opening bracket', '{'], ['only a closing bracket', '}'],
    ['the wrong closing bracket', '{"a":1]'],
    ['an unknown escape', '{"a":"\\x41"}'], ['a short escape', '{"a":"\\u12"}'],
    ['an escape without hex', '{"a":"\\u12g4"}'],
    ['an escaped line break', qq({"a":"\\\n"})],
    ['the NUL escape', '{"a":"\\u0000"}'], ['the NUL escape in a name', '{"\\u0000":1}'],
    ['a lone high surrogate', '{"a":"\\ud83d"}'], ['a lone low surrogate', '{"a":"\\ude00"}'],
    ['surrogates in the wrong order', '{"a":"\\ude00\\ud83d"}'],
    ['a high surrogate and a letter', '{"a":"\\ud83dx"}'],
    ['two high surrogates', '{"a":"\\ud83d\\ud83d"}'],
    ['a duplicate name', '{"a":1,"a":1}'],
    ['a duplicate name deep inside', '{"a":[{"b":1,"c":2,"b":1}]}'],
    ['a duplicate name by an escape', '{"a":1,"\\u0061":1}'],
    ['a duplicate empty name', '{"":1,"":1}'],
    ['nested 17 deep', $deep->(17)], ['nested 10000 deep', $deep->(10_000)],
    ['brackets without end', '[' x 60_000],
    ['objects without end', '{"a":' x 10_000],
    ['257 names', '{' . join(',', map { qq("n$_":1) } 1 .. 257) . '}'],
    ['a byte order mark', "\xef\xbb\xbf{}"], ['a stray byte', qq({"a":"\xff"})],
    ['a lone continuation', qq({"a":"\x80"})],
    ['a cut character', qq({"a":"\xc3"})], ['an overlong slash', qq({"a":"\xc0\xaf"})],
    ['an overlong NUL', qq({"a":"\xc0\x80"})],
    ['an overlong three bytes', qq({"a":"\xe0\x80\xaf"})],
    ['a surrogate in UTF-8', qq({"a":"\xed\xa0\x80"})],
    ['beyond U+10FFFF', qq({"a":"\xf4\x90\x80\x80"})],
    ['five bytes', qq({"a":"\xf8\x88\x80\x80\x80"})],
    ['Latin-1', qq({"a":"caf\xe9"})], ['UTF-16', "\xff\xfe{\0}\0"],
    ['an array', '[]'], ['a string', '"a"'], ['a number', '1'], ['true', 'true'], ['null', 'null'],
    ['only spaces', '   '], ['a form feed as space', "{\f}"], ['a no-break space', "{\xc2\xa0}"],
    ['a form', 'tier_id=tier_25k&market=crypto'], ['XML', '<a/>'],
);

my $before = effects();
for my $uri (sort keys %route) {
    subtest "POST $uri: no JSON object" => sub {
        for (@malformed) {
            my ($name, $body) = @$_;
            my $answer = $api->POST($uri, $body);
            is_problem($answer, 400, 'V2_INVALID_JSON', "refused: $name");
        }
        is(json_of($api->POST($uri, '{"a":'))->{detail}{retryable}, JSON::PP::false,
            'bad JSON is not retryable');
    };
}
is(effects(), $before, 'bad JSON has no effect');

for my $uri (sort keys %route) {
    subtest "POST $uri: strange but valid" => sub {
        my $good = $route{$uri};
        my $with = sub {
            my ($more) = @_;
            return $good eq '{}' ? "{$more}" : $good =~ s/\}$/,$more}/r;
        };
        my @valid = (
            ['spaces of all four kinds', " \t\r\n$good \t\r\n"],
            ['nested 16 deep', $with->('"x":' . '[' x 15 . ']' x 15)],
            ['an emoji', $with->(qq("x":"\xf0\x9f\x92\xb8"))],
            ['an emoji by escapes', $with->('"x":"\\ud83d\\udcb8"')],
            ['all escapes', $with->('"x":"\\"\\\\\\/\\b\\f\\n\\r\\t"')],
            ['long numbers', $with->('"x":[1e400,-0,0.10e-7,123456789012345678901234567890]')],
            ['the last character', $with->(qq("x":"\xf4\x8f\xbf\xbf"))],
            ['DEL', $with->(qq("x":"\x7f"))],
            ['names that differ in case', $with->('"x":1,"X":2')],
            ['an empty name', $with->('"":1')],
        );
        is_status($api->POST($uri, $_->[1]), 200, "taken: $_->[0]") for @valid;
        for my $type ('application/json; charset=utf-8', 'Application/JSON',
            'application/json;charset="UTF-8"') {
            is_status($api->POST($uri, $good, 'Content-Type' => $type), 200,
                "the Content-Type $type is taken");
        }
        for my $type ('text/plain', 'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            'application/jsonx', 'application/json-patch+json', 'application', 'json', '*/*',
            'text/json') {
            is_problem($api->POST($uri, $good, 'Content-Type' => $type), 415,
                'V2_UNSUPPORTED_MEDIA_TYPE', "the Content-Type $type is refused");
        }
        my %headers = %{ $api->request_of('POST', $uri)->{headers} };
        my $program = $purser->payments;
        my $ask = sub {
            my ($body, %more) = @_;
            my $socket = $uri =~ /free/ ? 'request' : 'request_upstream';
            return $program->$socket({ method => 'POST', uri => $uri,
                headers => { %headers, %more }, body => $body });
        };
        is_problem($ask->($good), 415, 'V2_UNSUPPORTED_MEDIA_TYPE',
            'a request without Content-Type is refused') if length $good;
        my $empty = $uri =~ /sync/ ? 200 : 422;
        is_status($ask->(''), $empty, 'an empty body counts as {}');
        is_status($ask->('', 'CONTENT-TYPE' => 'application/json'), $empty,
            'an empty body with a Content-Type counts as {}');
        is_status($api->POST($uri, undef), $empty, 'an empty body through nginx counts as {}');
    };
}

# --- sizes -------------------------------------------------------------------------

for my $uri (sort keys %route) {
    subtest "POST $uri: sizes" => sub {
        my $good = $route{$uri};
        is_status($api->POST($uri, $good . ' ' x (65_536 - length $good)), 200,
            'a body of 64 KiB is taken');
        is_problem($api->POST($uri, $good . ' ' x (65_537 - length $good)), 413,
            'V2_PAYLOAD_TOO_LARGE', 'a body of 64 KiB and a byte is refused by nginx');
        my $listener = $uri =~ /free/ ? 'request' : 'request_upstream';
        my $alone = $purser->payments->$listener({ %{ $api->request_of('POST', $uri) },
            body => $good . ' ' x (65_537 - length $good),
            headers => { %{ $api->request_of('POST', $uri, '{}')->{headers} } } });
        is_problem($alone, 413, 'V2_PAYLOAD_TOO_LARGE',
            'a body of 64 KiB and a byte is refused by the program');
    };
}
is_status($api->POST("/v2/lifecycle/sync/$account",
    '{' . join(',', map { qq("n$_":1) } 1 .. 256) . '}'), 200, 'a body with 256 names is taken');

# --- fields ------------------------------------------------------------------------

my @no_text = (1, 1.5, 'true', '[]', '{}', '["crypto"]');
my @no_int = ('"25000"', '25000.0', '25000.5', '2.5e4', '25e3', '25000e0', '-1', '-0', 'true', '[]',
    '{}', '""',
    '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e1000',
    '1' . '0' x 400, '0.1');
my %max = (tier_id => 64, market => 32, asset_class => 32);

sub put {
    my ($uri, $field, $text) = @_;
    my $body = $route{$uri};
    $body =~ s/"\Q$field\E":(?:"[^"]*"|\d+)/"$field":$text/ or die "no $field in $body";
    return $api->POST($uri, $body);
}

$before = effects();
for my $uri ($checkout, '/v2/payments/free') {
    my $checks = $uri eq $checkout;
    subtest "POST $uri: fields" => sub {
        for my $field ('tier_id', 'asset_class', $checks ? ('market', 'currency') : ()) {
            is_field(put($uri, $field, $_), $field, "$field: $_") for @no_text, '""',
                '"' . 'x' x (($max{$field} || 3) + 1) . '"',
                '"' . "\xc3\xa9" x (($max{$field} || 3) + 1) . '"';
            my $longest = put($uri, $field, '"' . "\xc3\xa9" x ($max{$field} || 3) . '"');
            isnt((json_of($longest)->{detail}{errors} || [])->[0]{message} // '',
                'must have 1 to 64 characters',
                'the length of a text counts characters, not bytes');
        }
        for my $field ('account_size', $checks ? 'amount_cents' : ()) {
            is_field(put($uri, $field, $_), $field, "$field: " . substr $_, 0, 30)
                for grep { !($field eq 'amount_cents' && $_ eq '-0') } @no_int;
            is_field(put($uri, $field, '1000000001'), $field, "$field: one more than allowed")
                if $field eq 'account_size';
            is_field(put($uri, $field, '0'), $field, "$field: 0") if $field eq 'account_size';
        }
        my @needed = sort('tier_id', 'asset_class', 'account_size',
            $checks ? ('market', 'amount_cents') : ());
        for my $value (undef, 'null') {
            for my $field (@needed) {
                my $body = $value ? $route{$uri} =~ s/"$field":(?:"[^"]*"|\d+)/"$field":null/r
                    : $route{$uri} =~ s/"$field":(?:"[^"]*"|\d+),?//r =~ s/,\}/}/r;
                is_field($api->POST($uri, $body), $field, "$field: " . ($value || 'absent'));
            }
        }
        my $all = json_of($api->POST($uri, '{}'))->{detail}{errors};
        is_deeply([sort map { $_->{field} } @$all], \@needed,
            'all missing fields are named in one answer');
        is_deeply([grep { $_->{message} ne 'is required' } @$all], [],
            'each missing field has the message "is required"');
    };
}
is(effects(), $before, 'refused fields have no effect');

# --- headers -----------------------------------------------------------------------

# Sent to the program without nginx, since HTTP clients cannot send some of these.
sub ask_program {
    my ($uri, %headers) = @_;
    my $listener = $uri =~ /free/ ? 'request' : 'request_upstream';
    return $purser->payments->$listener($api->request_of('POST', $uri, $route{$uri}, %headers));
}

my @keys = ('x' x 256, "caf\xc3\xa9", "tab\there", 'a b', "\x7f", "a\nb", ' ');
for my $uri (sort keys %route) {
    subtest "POST $uri: headers" => sub {
        for my $name ('Idempotency-Key', 'X-Idempotency-Key') {
            for my $key (@keys) {
                is_problem(ask_program($uri, $name => $key), 400, 'V2_VALIDATION_ERROR',
                    "$name: " . ($key =~ s/[^ -~]/?/gr));
            }
        }
        is_problem($api->POST($uri, $route{$uri}, 'Idempotency-Key' => 'a',
            'X-Idempotency-Key' => 'b'), 400,
            'V2_VALIDATION_ERROR', 'two idempotency keys that differ are refused');
        for my $id ('prop_unknown', 'x' x 64, 'x' x 65, 'x' x 5000, "caf\xc3\xa9", 'a b',
            q(' or 1=1 --)) {
            is_problem(ask_program($uri, 'X-Prop-Account' => $id), 404, 'V2_NOT_FOUND',
                'X-Prop-Account: ' . substr $id =~ s/[^ -~]/?/gr, 0, 40);
        }
        is_status($api->POST($uri, $route{$uri}, 'X-Prop-Account' => $account), 200,
            'X-Prop-Account with an account of the caller is taken');
    };
}
# Through nginx and past it: as nginx before 1.23 passes headers, and joined by commas as later.
sub ways {
    my ($method, $uri, %headers) = @_;
    my $body = $method eq 'POST' ? $route{$uri} : undef;
    my $listener = $uri =~ /checkout|sync/ ? 'request_upstream' : 'request';
    my %joined = map { ($_ => ref $headers{$_} ? join ', ', @{ $headers{$_} } : $headers{$_}) }
        keys %headers;
    return (
        ['through nginx', $api->call($method, $uri, $body, %headers)],
        ['line by line', $purser->payments->$listener(
            $api->request_of($method, $uri, $body, %headers))],
        ['joined', $purser->payments->$listener(
            $api->request_of($method, $uri, $body, %joined))],
    );
}

subtest 'bad input: a header that comes twice' => sub {
    my $token = $api->{token};
    my %value = ('Authorization' => ["Bearer $token", 'Bearer x'], 'Idempotency-Key' => [qw(a b)],
        'X-Idempotency-Key' => ['a', ''], 'X-Prop-Account' => [$account, 'prop_none'],
        'X-Session-Token' => [$api->{session}, 'sess_x'],
        'Content-Type' => ['application/json', 'text/plain']);
    for my $name (sort keys %value) {
        my ($one, $other) = @{ $value{$name} };
        for my $values ([$one, $other], [$other, $one], [$one, $one, $other]) {
            for (ways(POST => '/v2/payments/free', $name => $values)) {
                my ($way, $answer) = @$_;
                if ($name eq 'Authorization' && $way eq 'through nginx') {
                    is_problem($answer, 400, 'V2_BAD_REQUEST', "$name: nginx refuses two lines");
                    next;
                }
                is_problem($answer, 400, 'V2_VALIDATION_ERROR',
                    "$name: @{[scalar @$values]} lines that differ, $way");
                is(json_of($answer)->{detail}{errors}[0]{field}, $name,
                    "$name: the error names it, $way");
            }
        }
        for my $times (2, 3) {
            for (ways(POST => '/v2/payments/free', $name => [($one) x $times])) {
                next if $name eq 'Authorization' && $_->[0] eq 'through nginx';
                is_status($_->[1], 200, "$name: $times equal lines are one, $_->[0]");
            }
        }
    }
    my %key = ('Idempotency-Key' => ['twice', 'twice']);
    my ($first) = ways(POST => '/v2/payments/free', %key);
    is($_->[1]{headers}{'idempotent-replayed'}, 'true', "a key in two lines is that key, $_->[0]")
        for (ways(POST => '/v2/payments/free', %key))[1, 2];
    is(json_of($first->[1])->{detail}, undef, 'a key in two lines is taken');
};

subtest 'bad input: a header without a value' => sub {
    my $list = '/v2/payments/prop-accounts';
    for my $name ('Idempotency-Key', 'X-Idempotency-Key') {
        for my $uri (sort keys %route) {
            for (ways(POST => $uri, $name => '')) {
                is_problem($_->[1], 400, 'V2_VALIDATION_ERROR', "$name: $uri, $_->[0]");
                is(json_of($_->[1])->{detail}{errors}[0]{field}, 'Idempotency-Key',
                    "$name: $uri: the error names the key, $_->[0]");
            }
        }
    }
    is_problem($_->[1], 404, 'V2_NOT_FOUND', "X-Prop-Account: $_->[0]")
        for ways(GET => $list, 'X-Prop-Account' => '');
    is_problem($_->[1], 401, 'V2_UNAUTHORIZED', "Authorization: $_->[0]")
        for ways(GET => $list, 'Authorization' => '');
    is_problem($_->[1], 401, 'V2_SESSION_INVALID', "X-Session-Token: $_->[0]")
        for ways(GET => $list, 'X-Session-Token' => '');
    is_problem($_->[1], 415, 'V2_UNSUPPORTED_MEDIA_TYPE', "Content-Type: $_->[0]")
        for ways(POST => '/v2/payments/free', 'Content-Type' => '');
    is_status($_->[1], 200, "Content-Encoding: $_->[0]")
        for ways(POST => '/v2/payments/free', 'Content-Encoding' => '');
};

subtest 'bad input: messages name the cause and the limit' => sub {
    my $said = sub { return json_of($_[0])->{detail}{message} };
    for my $encoding ('gzip', 'br', 'gzip, identity', 'x-none') {
        my $answer = $api->POST('/v2/payments/free', $route{'/v2/payments/free'},
            'Content-Encoding' => $encoding);
        is_problem($answer, 415, 'V2_UNSUPPORTED_MEDIA_TYPE', "Content-Encoding: $encoding");
        like($said->($answer), qr/Content-Encoding/, "Content-Encoding: $encoding is the cause");
    }
    is_status($api->POST('/v2/payments/free', $route{'/v2/payments/free'},
        'Content-Encoding' => 'Identity'), 200, 'Content-Encoding: identity is none');
    for (['nested 17 deep', qr/deeper than 16\b/], ['257 names', qr/more than 256 names/]) {
        my ($kind, $limit) = @$_;
        my ($body) = map { $_->[1] } grep { $_->[0] eq $kind } @malformed;
        like($said->($api->POST('/v2/payments/free', $body)), $limit,
            "a body that is $kind is told the limit");
    }
    my $list = '/v2/payments/prop-accounts';
    like($said->($api->with(token => undef)->GET($list)), qr/Authorization: Bearer/,
        'a request without a token is told the header');
    like($said->($api->with(token => 'hat_x')->GET($list)), qr/Authorization/,
        'a request with a wrong token is told the header');
    like($said->($api->with(session => $_)->GET($list)), qr/X-Session-Token/,
        'a request without a good session is told the header') for undef, 'sess_x';
    like($said->($api->GET('/v2/payments/none/at/all')), qr/no such route/,
        'a path without a route says so');
    unlike($said->($api->GET('/v2/payments/pay_none')), qr/route/, 'a wrong id is another 404');
    my $long = $api->GET('/v2/payments/' . 'x' x 2036);
    is_problem($long, 414, 'V2_URI_TOO_LONG', 'a path of 2049 bytes is too long');
    like($said->($long), qr/longer than 2048 bytes/, 'a path that is too long is told the limit');
    like(json_of(put($checkout, 'currency', '"us"'))->{detail}{errors}[0]{message},
        qr/^must have exactly 3 characters$/, 'a length that is the only one is said so');
};

for my $id ('x' x 64, 'A.b_c-9') {
    is($api->GET('/v2/payments/prop-accounts', 'X-Request-ID' => $id)->{headers}{'request-id'}, $id,
        "the request id $id is kept");
}
for my $id ('x' x 65, 'a b', 'a"b', 'a/b', '<script>') {
    my $answer = $api->POST($checkout, {}, 'X-Request-ID' => $id);
    like($answer->{headers}{'request-id'}, qr/^[0-9a-f]{32}$/,
        'a request id of a bad form is replaced by one of ours');
    is_problem($answer, 422, 'V2_VALIDATION_ERROR',
        'the body names the request id that replaces a bad one');
}

# --- paths, methods and queries ----------------------------------------------------

subtest 'bad input: query parameters' => sub {
    my $uri = '/v2/payments/prop-accounts';
    is_field($api->GET("$uri?limit=1&limit=1"), 'limit',
        'a parameter that is given twice is refused');
    is_field($api->GET("$uri?limit=1&%6cimit=1"), 'limit',
        'a parameter that is given twice, once encoded, is refused');
    for my $query ('a=%', 'a=%1', 'a=%zz', 'a=%00', '%00=1', 'a=%ff', 'a=%c0%af', 'a=%ed%a0%80') {
        is_field($api->GET("$uri?$query"), 'query', "the query $query is refused");
    }
    is_field($api->GET("$uri?" . join '&', map { "p$_=1" } 1 .. 33), 'query',
        '33 parameters are refused');
    is_field($api->GET("$uri?" . 'a=' . 'x' x 4095), 'query', 'a query of 4097 bytes is refused');
    for my $query ('', '&', '&&a=1&&', 'a', '=', 'a=b=c', 'a=%F0%9F%92%B8', 'a=+%20',
        'a=%27%3B--', 'starting_after=prop_%27%3B--',
        join('&', map { "p$_=1" } 1 .. 32), 'a=' . 'x' x 4094) {
        is_status($api->GET("$uri?$query"), 200, 'taken: the query ' . substr $query, 0, 40);
    }
    for my $after ('', 'x', 'prop_', 'po_1', '%27%3B--', 'Prop_1') {
        is_field($api->GET("$uri?starting_after=$after"), 'starting_after',
            "starting_after=$after is refused");
    }
    is_field($api->POST("$checkout?a=%ff", $purser->checkout_body), 'query',
        'a bad query of a POST is refused');
};

subtest 'bad input: paths' => sub {
    is_problem($api->GET('/v2/payments/' . 'x' x 2100), 414, 'V2_URI_TOO_LONG', 'a long path');
    for my $path ('/v2/payments', '/v2/payments/', '/v2/payments//checkout',
        '/v2/Payments/checkout', '/v2/payments/checkout/',
        '/v2/payments/free;x', '/v2/payments/%2e%2e/checkout',
        '/v2/payments/prop-accounts%2Ffailed', '/v2/payments/%ff',
        '/v2/lifecycle', '/v2/lifecycle/sync', '/v2/lifecycle/sync/',
        "/v2/lifecycle/sync/$account/x",
        '/v2/unknown', '/v3', '/v2/payments/checkout%20') {
        is_problem($api->GET($path), 404, 'V2_NOT_FOUND', 'GET ' . substr $path, 0, 50);
        is_problem($api->POST($path, {}), 404, 'V2_NOT_FOUND', 'POST ' . substr $path, 0, 50)
            if $path !~ m{^/v2/payments/(x|free;|checkout%|%)};
    }
    is_status($api->POST('/v2/payments/%63heckout', $purser->checkout_body), 200,
        'a path with an encoded letter is that path');
};

subtest 'bad input: methods' => sub {
    my %allow = ('/v2/payments/checkout' => 'POST', '/v2/payments/free' => 'POST',
        '/v2/payments/prop-accounts' => 'GET',
        '/v2/payments/prop-accounts/failed' => 'GET',
        "/v2/payments/prop-accounts/$account" => 'GET', '/v2/payments/pay_1' => 'GET',
        "/v2/lifecycle/sync/$account" => 'POST', '/v2/webhooks/stripe' => 'POST',
        '/v1/webhooks/stripe' => 'POST', '/health' => 'GET');
    for my $path (sort keys %allow) {
        for my $method (grep { $_ ne $allow{$path} } qw(GET POST PUT DELETE PATCH OPTIONS)) {
            my $answer = $api->call($method, $path, undef);
            is_problem($answer, 405, 'V2_METHOD_NOT_ALLOWED', "$method $path is not allowed");
            is($answer->{headers}{allow}, $allow{$path},
                "$method $path: Allow names the methods that are");
        }
    }
    my $head = $api->call('HEAD', '/v2/payments/prop-accounts', undef);
    is($head->{status} . ($head->{body} // ''), '200', 'HEAD is answered like GET, without a body');
};

# --- the webhook: signed, so only JSON and size are left -----------------------------

subtest 'bad input: POST /v2/webhooks/stripe' => sub {
    for (grep { $_->[0] !~ /^(?:257 names|nested 17 deep)$/ } @malformed) {
        my ($name, $body) = @$_;
        is_problem(deliver($purser, $body), 400, 'V2_INVALID_JSON', "refused: $name");
    }
    is_problem(deliver($purser, ''), 400, 'V2_INVALID_JSON', 'an empty body is refused');
    is_problem(deliver($purser, $deep->(17)), 400, 'V2_INVALID_JSON',
        'a body that is nested 17 deep is refused');
    is($purser->value('select count(*) from stripe_events.event'), 0,
        'refused events are not stored');
};

ok($purser->payments->alive && $purser->webhooks->alive, 'the programs live after all bad input');
unlike($purser->payments->log_text . $purser->webhooks->log_text,
    qr/level=error|ERROR:|runtime error/, "bad input makes no error in the programs' logs");

done_testing;
