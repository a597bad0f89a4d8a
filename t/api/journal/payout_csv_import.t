# Protects: an import stores all lines of a file or none, names every wrong line, and reads an
# export back unchanged.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts/import';

sub import_csv {
    my ($who, $text, %headers) = @_;
    return $who->POST($uri, encode_utf8($text), 'Content-Type' => 'text/csv', %headers);
}

sub count { return $purser->value('select count(*) from journal.payout') }

my $account = account($api, account_number => 'ACC-1', firm_name => 'Apex');
account($api, account_number => 'TWO', firm_name => $_) for 'Apex', 'FTMO';

subtest 'import: a small file' => sub {
    my $answer = import_csv($api,
        "date,account_number,total_amount,profit_split,status,reference\r\n"
        . "2024-01-15,ACC-1,5000.00,80,completed,PAYOUT-2024-001\r\n"
        . "2024-02-15,ACC-1,0.01,33.33,pending,\r\n");
    is_status($answer, 201, 'the file is taken');
    my $data = data_of($answer);
    is($data->{imported}, 2, 'the answer counts two payouts');
    my $shown = literal($api->GET("/api/v1/payouts/$data->{ids}[0]"))->{data};
    is_deeply([@$shown{qw(date total_amount profit_split traders_share firms_share status reference
        account_id)}],
        ['2024-01-15', '5000.00', '80', '4000.00', '1000.00', 'completed', 'PAYOUT-2024-001',
            $account->{id}], 'the first payout has the values of its line');
    is(literal($api->GET("/api/v1/payouts/$data->{ids}[1]"))->{data}{reference}, undef,
        'an empty reference is null');
    is(data_of($api->GET("/api/v1/accounts/$account->{id}"))->{total_gross_payouts}, '5000.01',
        "the account's totals have both payouts");
};

subtest 'import: forms of a file' => sub {
    my @good = (
        ['LF and no end',
            "date,account_number,total_amount,profit_split,status\n2024-01-01,ACC-1,1,80,failed",
            1],
        ['a byte order mark',
            "\x{FEFF}date,account_number,total_amount,profit_split,status\n"
                . "2024-01-01,ACC-1,1,80,failed\n", 1],
        ['quotes everywhere',
            qq("status","date","total_amount","profit_split","account_id"\n)
                . qq("failed","2024-01-01","1.5","0","$account->{id}"\n), 1],
        ['columns that we do not know',
            "x,date,account_number,total_amount,traders_share,profit_split,status\n"
                . ",2024-01-01,ACC-1,1,99,80,failed\n", 1],
        ['a firm that says which',
            "date,account_number,firm_name,total_amount,profit_split,status\n"
                . "2024-01-01,TWO,ftmo,1,80,failed\n", 1],
        ['empty lines',
            "\n\ndate,account_number,total_amount,profit_split,status\n\n"
                . "2024-01-01,ACC-1,1,80,failed\n\n", 1],
        ['only the first line', "date,account_number,total_amount,profit_split,status\n", 0],
    );
    for (@good) {
        my ($name, $text, $count) = @$_;
        my $before = count();
        my $answer = import_csv($api, $text);
        is_status($answer, 201, "$name: the file is taken");
        is(count(), $before + $count, "$name: $count payouts are recorded");
    }
    is_status(import_csv($api, $good[0][1], 'Content-Type' => 'text/csv; charset=utf-8'), 201,
        'the Content-Type text/csv may have a charset');
    is_status(import_csv($api, $good[0][1], 'Content-Type' => 'Text/CSV'), 201,
        'the Content-Type Text/CSV is taken in any case');
};

my $head = "date,account_number,total_amount,profit_split,status,reference";

subtest 'import: every wrong line is named, and nothing is recorded' => sub {
    my $before = count();
    my @wrong = (
        ["$head\n2024-01-01,ACC-1,1,80,failed,\n2024-02-30,ACC-1,0,101,done,\n"
            . "2024-01-01,ACC-1,1.234,-1,,\n"
            . "2024-01-01,,1,80,failed," . 'x' x 201 . "\n",
            '3:date 3:profit_split 3:status 3:total_amount 4:profit_split 4:status 4:total_amount '
            . '5:account_number 5:reference'],
        ["$head\n2024-01-01,ACC-9,1,80,failed,\n2024-01-01,ACC-1,1,80,failed,\n"
            . "2024-01-01,TWO,1,80,failed,\n",
            '2:account_number 4:account_number'],
        ["$head\n2024-01-01,ACC-1,1,80,failed\n2024-01-01,ACC-1,1,80,failed,,\n", '2:line 3:line'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,\"x\n\n2024-01-01,ACC-1,1,80,failed,\n", '2:line'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,\"x\ny\"\n2024,ACC-1,1,80,failed,\n", '4:date'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,a\"b\n", '2:line'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,\"a\"b\n", '2:line'],
        ["date,account_number,total_amount,profit_split\n2024-01-01,ACC-1,1,80\n", '1:status'],
        ["date,total_amount,profit_split,status\n2024-01-01,1,80,failed\n", '1:account_number'],
        ["$head,date\n2024-01-01,ACC-1,1,80,failed,,2024-01-01\n", '1:date'],
        ["date;account_number;total_amount\n",
            '1:account_number 1:date 1:profit_split 1:status 1:total_amount'],
        [join(',', 1 .. 33) . "\n", '1:line'],
        ["date,account_id,total_amount,profit_split,status\n2024-01-01,x,1,80,failed\n2024-01-01,"
            . random_uuid()
            . ",1,80,failed\n", '2:account_id'],
        ["date,account_id,total_amount,profit_split,status\n2024-01-01," . account($other)->{id}
            . ",1,80,failed\n", '2:account_id'],
        ["$head\n2024-01-01,ACC-1,\"1,000.00\",80,failed,\n2024-01-01,ACC-1,1e3,80%,Failed,\n",
            '2:total_amount 3:profit_split 3:status 3:total_amount'],
        ["$head\n01/15/2024,ACC-1,1,80,failed,\n", '2:date'],
    );
    for (@wrong) {
        my ($text, $expected) = @$_;
        my $answer = import_csv($api, $text);
        is_problem($answer, 400, 'validation_error', 'refused: ' . $text =~ s/\n/\\n/gr, 'journal');
        is(join(' ', sort map { "$_->{line}:$_->{field}" } @{ json_of($answer)->{errors} }),
            $expected, 'the wrong lines are named: ' . $text =~ s/\n/\\n/gr);
    }
    my $many = json_of(import_csv($api, "$head\n" . "x,ACC-1,1,80,failed,\n" x 100));
    is(scalar @{ $many->{errors} }, 32, 'the first 32 of a hundred mistakes are named');
    for my $text ('', "\n\n") {
        is_problem(import_csv($api, $text), 400, 'validation_error', 'an empty file is refused',
            'journal');
    }
    is_problem($api->POST($uri, "date\xff\n", 'Content-Type' => 'text/csv'), 400,
        'validation_error', 'a file that is not UTF-8 is refused', 'journal');
    is_problem($api->POST($uri, "da\0te\n", 'Content-Type' => 'text/csv'), 400, 'validation_error',
        'a file with a NUL is refused', 'journal');
    is_problem($api->POST($uri, "$head\n", 'Content-Type' => 'application/json'), 400,
        'validation_error', 'a file as JSON is refused', 'journal');
    is_problem($api->POST($uri, "$head\n", 'Content-Type' => undef), 400, 'validation_error',
        'a file without Content-Type is refused', 'journal');
    is_problem(import_csv($api, "$head\n" . 'x' x 65536), 413, 'payload_too_large',
        'a file over 64 KiB is refused',
        'journal');
    is_problem(import_csv($api->with(token => undef), "$head\n"), 401, 'unauthorized',
        'a file without a key is refused', 'journal');
    is(count(), $before, 'refused files record nothing');
};

subtest 'import: an export comes back as it was' => sub {
    my ($from_id, $to_id) = map { ($purser->user('acme', "$_\@acme.test"))[0] } qw(from to);
    my ($from, $to) = map { $api->with(token => $purser->mint_journal_key($_)) } $from_id, $to_id;
    my @accounts =
        (["=1+1", "Comma, Inc."], ["\"q\"", "Line\nbreak"], ["'", "Ünïcödé 😀"]);
    my @made;
    for my $i (0 .. 2) {
        for my $who ($from, $to) {
            my $one = account($who, account_number => $accounts[$i][0],
                firm_name => $accounts[$i][1]);
            push @made, $one if $who == $from;
        }
    }
    my @references = (undef, '=1', '+', '-x', '@', "'", "''", "'=x", "a\r\nb", "\ttab", '"', ',',
        ' spaces ', '😀', "\x{FEFF}x", 'x' x 200);
    payout($from, $made[$_ % 3], date => sprintf('2024-01-%02d', 1 + $_ * 7 % 5),
        total_amount => \"$_.07",
        profit_split => \sprintf('%d.%02d', $_, $_),
        status => (qw(pending processing completed failed))[$_ % 4],
        reference => $references[$_ % @references]) for 1 .. 60;
    my $file = $from->GET('/api/v1/payouts/export.csv')->{body};
    # the ids are those of the other user's accounts: the column is left out, as a person would do
    (my $portable = $file) =~ s/^id,date,account_id/id,date,their_account_id/;
    my $answer = $to->POST($uri, $portable, 'Content-Type' => 'text/csv');
    is_status($answer, 201, 'the export is imported');
    is(data_of($answer)->{imported}, 60, 'all 60 payouts are imported');
    my @shown = map { scalar payouts_of($_, 'limit=100&include_cumulative=true') } $from, $to;
    for my $row (map { @$_ } @shown) {
        delete @$row{qw(id user_id account_id firm_id created_at updated_at)};
    }
    is_deeply($shown[1], $shown[0],
        'the copy has the same payouts in the same order with the same sums');
    my @bodies = map { $_->GET('/api/v1/payouts/export.csv')->{body}
        =~ s/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:]+Z//gr } $from, $to;
    is($bodies[1], $bodies[0], 'the copy has the same export but for ids and times');
    is(data_of($from->POST($uri, $file, 'Content-Type' => 'text/csv'))->{imported}, 60,
        'the export goes into the same journal again by account_id');
};

subtest 'import: a file is sent twice with its key' => sub {
    my $text = "$head\n2024-01-01,ACC-1,1,80,failed,\n";
    my $before = count();
    my @answers = map { import_csv($api, $text, 'Idempotency-Key' => 'file-1') } 1, 2;
    is($answers[1]{body}, $answers[0]{body}, 'the repeat gets the same answer');
    is(count(), $before + 1, 'the file is recorded once');
    is_problem(import_csv($api, "$text\n", 'Idempotency-Key' => 'file-1'), 409,
        'idempotency_conflict', 'another file with the key is a conflict', 'journal');
    my @wrong = map { import_csv($api, "$head\n2024-01-01,ACC-9,1,80,failed,\n",
        'Idempotency-Key' => 'file-2') } 1, 2;
    is($wrong[1]{body}, $wrong[0]{body}, 'a refusal is replayed too');
};

subtest 'import: a file as large as fits' => sub {
    my $line = "2024-01-15,ACC-1,12.34,80,completed\n";
    my $text = "date,account_number,total_amount,profit_split,status\n";
    $text .= $line while length($text) + length $line <= 65536;
    my $answer = import_csv($api, $text);
    is_status($answer, 201, 'a file of ' . length($text) . ' bytes is taken');
    is(data_of($answer)->{imported}, ($text =~ tr/\n//) - 1, 'every line of the file is recorded');
};

is(tree_errors($purser), 0, 'import: all sums are right in the end');
done_testing;
