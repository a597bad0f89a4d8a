# Protects: an import stores all lines of a file or none, names every wrong line, and reads an
# export back unchanged.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;
use T::Proc qw(slurp);

my ($purser, $api, $other) = journal_start(conf => { database_connections => 4 });
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

my $head = "date,account_number,total_amount,profit_split,status,reference";
my $row = '2024-01-01,ACC-1,1,80,failed,x';

# The payouts of a user without what is made anew for every payout.
sub contents {
    my ($who) = @_;
    my @rows = @{ payouts_of($who, 'limit=100') };
    delete @$_{qw(id user_id account_id firm_id created_at updated_at)} for @rows;
    return \@rows;
}

subtest 'import: forms of a file' => sub {
    my $short = 'date,account_number,total_amount,profit_split,status';
    my @good = (
        ['LF and no end', "$short\n2024-01-01,ACC-1,1,80,failed", 1],
        ['CR', "$head\r$row\r$row\r", 2],
        ['CRCRLF', "$head\r\r\n$row\r\r\n$row\r\r\n", 2],
        ['several line ends', "$head\n$row\r$row\r\n$row\r\r\n$row", 4],
        ['a byte order mark', "\x{FEFF}$short\n2024-01-01,ACC-1,1,80,failed\n", 1],
        ['two byte order marks', "\x{FEFF}\x{FEFF}$short\n2024-01-01,ACC-1,1,80,failed\n", 1],
        ['quotes everywhere',
            qq("status","date","total_amount","profit_split","account_id"\n)
                . qq("failed","2024-01-01","1.5","0","$account->{id}"\n), 1],
        ['names in any case, between blanks',
            " Date ,ACCOUNT_NUMBER,\x{A0}Total_Amount\t,profit_split\x{200B},\x{3000}STATUS\n"
                . "2024-01-01,ACC-1,1,80,failed\n", 1],
        ['blanks around names', "$short,firm_name\n2024-01-01,\x{2003}ACC-1 ,1,80,failed, APEX \n",
            1],
        ['an accent in two characters', "$head\n2024-01-01,E\x{301}T\x{C9},1,80,failed,\n", 1],
        ['a firm that says which',
            "date,account_number,firm_name,total_amount,profit_split,status\n"
                . "2024-01-01,TWO,ftmo,1,80,failed\n", 1],
        ['a firm in other letters', "$short,firm_name\n2024-01-01,TWO,1,80,failed,STRASSE\n", 1],
        ['empty lines', "\n\n$short\n\n2024-01-01,ACC-1,1,80,failed\n\n", 1],
        ['lines of commas, blanks and quotes',
            qq(,,\n$head\n,,,,,\n \t\n"","",\n"  ",,,,,\x{A0}\n,,,,,,,,,\n$row\n,\n), 1],
        ['a currency', "$head,currency\n$row,USD\n$row,usd\n$row,\n", 3],
        ['shares that fit', "$head,traders_share,firms_share\n$row,0.80,0.2\n$row,,\n$row,.8,\n"
            =~ s/\.8,\n/0.8,\n/r, 3],
        ['dates of spreadsheets in columns that are not used',
            "$head,created_at,updated_at\n$row,15/01/2024,x\n", 1],
    );
    account($api, account_number => "\x{C9}TE\x{301}", firm_name => 'Apex');
    account($api, account_number => 'TWO', firm_name => "Stra\x{DF}e");
    for (@good) {
        my ($name, $text, $count) = @$_;
        my $before = count();
        my $answer = import_csv($api, $text);
        is_status($answer, 201, "$name: the file is taken");
        is(count(), $before + $count, "$name: payouts recorded: $count");
        is_deeply(data_of($answer)->{ignored_columns}, [], "$name: no column is ignored");
    }
    for my $type ('text/csv; charset=utf-8', 'Text/CSV', 'text/csv;charset="UTF-8"; header=present',
        'application/vnd.ms-excel') {
        is_status(import_csv($api, $good[0][1], 'Content-Type' => $type), 201,
            "the Content-Type $type is taken");
    }
    my $answer = import_csv($api,
        " My Notes ,$head,,user_id,My Notes\na,$row,b,c,d\n");
    is_status($answer, 201, 'columns that are not ours: the file is taken');
    is_deeply(data_of($answer)->{ignored_columns}, ['My Notes', '', 'user_id', 'My Notes'],
        'columns that are not ours are named');
};

# One part of a form; header lines are added as they are.
sub part { my ($head, $text) = @_; return "--XX\r\n$head\r\n\r\n$text\r\n" }

sub form { return import_csv($_[0], $_[1], 'Content-Type' => 'multipart/form-data; boundary=XX') }

subtest 'import: a form with a file' => sub {
    my $file = 'Content-Disposition: form-data; name="file"; filename="my payouts.csv"';
    my $text = "$head\n$row\n";
    my $before = count();
    for (["$file\r\nContent-Type: text/csv", $text, 'as a browser sends it'],
        ["content-disposition:form-data;filename*=UTF-8''x.csv;name=a", $text, 'in other letters'],
        ["$file\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary",
            "$head\r\n$row", 'without an end of the last line'])
    {
        is_status(form($api, part(@$_[0, 1]) . "--XX--\r\n"), 201, "a form $_->[2]: taken");
    }
    is_status(form($api, part($file, $text) . '--XX--'), 201,
        'a form without its last line end: taken');
    is_status(import_csv($api, part($file, $text) . "--XX--\r\n" =~ s/XX/a b/r,
        'Content-Type' => 'multipart/form-data; boundary="a b"') , 400,
        'a boundary that differs: refused');
    is(count(), $before + 4, 'each of the forms records one payout');
    my $field = part('Content-Disposition: form-data; name="dry_run"', 'true');
    my @wrong = (
        ["$field--XX--\r\n", qr/has the field "dry_run"/],
        [$field . part($file, $text) . "--XX--\r\n", qr/has the field "dry_run"/],
        [part($file, $text) . "$field--XX--\r\n", qr/several parts/],
        [part($file, $text) . part($file, $text) . "--XX--\r\n", qr/several parts/],
        [part($file, $text), qr/several parts|cut off/],
        ["--XX\r\n$file\r\n\r\n$text", qr/cut off/],
        ["--XX\r\n$file\r\n", qr/no headers, or they do not end/],
        ["hello\r\n" . part($file, $text) . "--XX--\r\n", qr/does not begin with its boundary/],
        [part($file, $text) . "--XX--\r\nmore", qr/follows the form's last boundary/],
        [part("$file\r\nContent-Transfer-Encoding: base64", $text) . "--XX--\r\n", qr/base64/],
        [part('X: y', $text) . "--XX--\r\n", qr/no Content-Disposition/],
        ["--XX--\r\n", qr/no headers/],
        ['', qr/does not begin/],
        [part($file . ("\r\nX: " . 'y' x 5000) x 2, $text) . "--XX--\r\n", qr/longer than 8192/],
        [part($file, '') . "--XX--\r\n", qr/the file is empty/],
        ["--XX\r\n$file\r\n\r\n--XX--\r\n", qr/the file is empty|cut off/],
    );
    for (@wrong) {
        my $answer = form($api, $_->[0]);
        is_problem($answer, 400, 'validation_error', "refused: $_->[1]", 'journal');
        like(json_of($answer)->{errors}[0]{message}, $_->[1], "the message says why: $_->[1]");
    }
    is_problem(form($api, part("$file\r\nContent-Type: text/csv; charset=windows-1252", $text)
        . "--XX--\r\n"), 415, 'unsupported_media_type', 'a part in another encoding is refused',
        'journal');
    for my $type ('multipart/form-data', 'multipart/form-data; boundary=',
        'multipart/form-data; boundary="XX', 'multipart/form-data; boundary=' . 'x' x 71) {
        is_problem(import_csv($api, part($file, $text) . "--XX--\r\n", 'Content-Type' => $type),
            400, 'validation_error', "a form without a boundary is refused: $type", 'journal');
    }
    is(count(), $before + 4, 'refused forms record nothing');
};

subtest 'import: every wrong line is named, and nothing is recorded' => sub {
    my $before = count();
    my $theirs = account($other)->{id};
    my @wrong = (
        ["$head\n2024-01-01,ACC-1,1,80,failed,\n2024-02-30,ACC-1,0,101,done,\n"
            . "2024-01-01,ACC-1,1.234,-1,,\n"
            . "2024-01-01,,1,80,failed," . 'x' x 201 . "\n",
            '3:date 3:profit_split 3:status 3:total_amount 4:profit_split 4:status 4:total_amount '
            . '5:account_number 5:reference'],
        ["$head\n2024-01-01,ACC-9,1,80,failed,\n2024-01-01,ACC-1,1,80,failed,\n"
            . "2024-01-01,TWO,1,80,failed,\nx,acc-1,1,80,failed,\n",
            '2:account_number 4:account_number 5:account_number 5:date'],
        ["$head\n2024-01-01,ACC-1,1,80,failed\n2024-01-01,ACC-1,1,80,failed,,\n", '2:line 3:line'],
        ["$head\n$row,\"x\n\n$row\n", '2:line'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,\"x\ny\"\n2024,ACC-1,1,80,failed,\n", '4:date'],
        ["$head\r2024-01-01,ACC-1,1,80,failed,\"x\ry\"\r2024,ACC-1,1,80,failed,\r", '4:date'],
        ["$head\n2024-01-01,ACC-1,1,80,failed,a\"b\n2024-01-01,ACC-1,1,80,failed,\"a\"b\n"
            . "x,ACC-1,1,80,failed,\n", '2:line 3:line 4:date'],
        ["date,account_number,total_amount,profit_split\n2024-01-01,ACC-1,1,80\n", '1:status'],
        ["date,total_amount,profit_split,status\n2024-01-01,1,80,failed\n", '1:account_number'],
        ["$head, DATE \n2024-01-01,ACC-1,1,80,failed,,2024-01-01\n", '1:date'],
        ["$head,Firms_Share,firms_share\n$row,,\n", '1:firms_share'],
        [join(',', 1 .. 65) . "\n",
            '1:account_number 1:date 1:line 1:profit_split 1:status 1:total_amount'],
        ["date,account_id,total_amount,profit_split,status\n2024-01-01,x,1,80,failed\n2024-01-01,"
            . random_uuid()
            . ",1,80,failed\n", '2:account_id 3:account_id'],
        ["date,account_id,total_amount,profit_split,status\n2024-01-01,$theirs,1,80,failed\n",
            '2:account_id'],
        ["$head\n2024-01-01,ACC-1,\"1,000.00\",80,failed,\n2024-01-01,ACC-1,1e3,80%,Failed,\n",
            '2:total_amount 3:profit_split 3:status 3:total_amount'],
        ["$head\n01/15/2024,ACC-1,1,80,failed,\n", '2:date'],
        ["$head,account_id\n2024-01-01,ACC-2,1,80,failed,,$account->{id}\n", '2:account_number'],
        ["$head,account_id,firm_name\n2024-01-01,,1,80,failed,,$account->{id},FTMO\n",
            '2:firm_name'],
        ["$head,firm_name\n2024-01-01,ACC-1,1,80,failed,,FTMO\n", '2:account_number'],
        ["$head,currency\n$row,EUR\n$row, usd\n", '2:currency 3:currency'],
        ["$head,traders_share,firms_share\n$row,0.81,0.20\n$row,0.80,0.19\n$row,x,1.234\n",
            '2:traders_share 3:firms_share 4:firms_share 4:traders_share'],
        ["$head,id\n$row,x\n", '2:id'],
        ["$head,id\n$row,00000000-0000-4000-8000-00000000000a\n$row,\n"
            . "$row,00000000-0000-4000-8000-00000000000A\n", '2:id 4:id'],
        ["$head\n2024-01-01," . 'x' x 101 . ",1,80,failed,\n", '2:account_number'],
    );
    for (@wrong) {
        my ($text, $expected) = @$_;
        my $answer = import_csv($api, $text);
        my $shown = $text =~ s/\n/\\n/gr =~ s/\r/\\r/gr;
        is_problem($answer, 400, 'validation_error', "refused: $shown", 'journal');
        is(join(' ', sort map { "$_->{line}:$_->{field}" } @{ json_of($answer)->{errors} }),
            $expected, "the wrong lines are named: $shown");
        is(json_of($answer)->{not_listed}, 0, "all of them are listed: $shown");
    }
    my ($cells, $members) = map {
        my $answer = json_of($_);
        +{ map { ($_->{field} => $_->{message}) } @{ $answer->{errors} } };
    } import_csv($api, "$head\nx,ACC-1,0,101,done,\n"), $api->POST('/api/v1/payouts', body_text(
        date => 'x', account_id => $account->{id}, total_amount => \'0', profit_split => \'101',
        status => 'done'));
    is_deeply($cells, $members, 'mistakes of cells have the words of mistakes in JSON');
    my $many = json_of(import_csv($api, "$head\n" . "x,ACC-9,1,80,failed,\n$row\n" x 100));
    is(scalar @{ $many->{errors} }, 32, 'the first 32 of 200 mistakes are listed');
    is($many->{not_listed}, 168, 'how many are not listed is told');
    is($many->{errors}[31]{line}, 32, 'the mistakes of a file and of its accounts come by line');
    like($many->{error}, qr/^line 2, date: must be a date like/, 'the message has the first one');
    is_problem(import_csv($api->with(token => undef), "$head\n"), 401, 'unauthorized',
        'a file without a key is refused', 'journal');
    is(count(), $before, 'refused files record nothing');
};

subtest 'import: files of another kind' => sub {
    my $before = count();
    my @wrong = (
        ['an empty file', '', 1, qr/empty/],
        ['a file of empty lines', "\n\r\n,,\r", 1, qr/empty/],
        ['only the first line', "$head\n", 1, qr/no row/],
        ['a first line and blanks', "$head\n,,,,,\n\n", 1, qr/no row/],
        ['semicolons', "date;account_number;total_amount;profit_split;status\n"
            . "2024-01-01;ACC-1;1,00;80;failed\n", 1, qr/semicolons/],
        ['semicolons and a comma', "date;account_number;total_amount;split, in percent;status\n"
            . "2024-01-01;ACC-1;1;80;failed\n", 1, qr/semicolons/],
        ['tabs', "date\taccount_number\ttotal_amount\tprofit_split\tstatus\n", 1, qr/tabs/],
        ['Latin 1', "$head\n$row\n2024-01-01,ACC-1,1,80,failed,\xe9\n", 3, qr/not UTF-8/],
        ['Latin 1 after CR', "$head\r$row\r$row\r\xe9\r", 4, qr/not UTF-8/],
        ['a cut character', "$head\n$row\xc3", 2, qr/not UTF-8/],
        ['a surrogate', "$head\r\n$row\xed\xa0\x80\r\n", 2, qr/not UTF-8/],
        ['NUL', "$head\n$row\n$row\0\n", 3, qr/NUL byte/],
        ['UTF-16 without a mark', join("\0", split //, "$head\n$row\n"), 1, qr/NUL byte.*UTF-16/],
        ['UTF-16, little end first', "\xff\xfe" . join("\0", split //, "$head\n") . "\0", 1,
            qr/UTF-16/],
        ['UTF-16, big end first', "\xfe\xff\0" . join("\0", split //, "$head\n"), 1, qr/UTF-16/],
        ['a workbook', "PK\x03\x04\0\0", 1, qr/workbook/],
        ['an old workbook', "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 1, qr/workbook/],
        ['20,001 rows', "$head\n" . "$row\n" x 20_001, 20_002, qr/more than 20000 rows/],
    );
    for (@wrong) {
        my ($name, $bytes, $line, $why) = @$_;
        my $answer = $api->POST($uri, $bytes, 'Content-Type' => 'text/csv');
        is_problem($answer, 400, 'validation_error', "$name: refused", 'journal');
        is(json_of($answer)->{errors}[0]{line}, $line, "$name: the line is named");
        like(json_of($answer)->{error}, qr/^line $line: /, "$name: the message begins with it");
        like(json_of($answer)->{error}, $why, "$name: the message names the cause");
    }
    for my $type ('application/json', 'text/plain', 'text/csv; charset=iso-8859-1',
        'text/csvx', 'text/csv; charset="utf-16"', undef) {
        is_problem($api->POST($uri, "$head\n$row\n", 'Content-Type' => $type), 415,
            'unsupported_media_type', 'refused: Content-Type ' . ($type // 'absent'), 'journal');
    }
    for my $bytes (8 * 1024 * 1024 + 1, 9_000_000) {
        my $answer = $api->POST($uri, 'x' x $bytes, 'Content-Type' => 'text/csv');
        is_problem($answer, 413, 'payload_too_large', "a file of $bytes bytes is refused",
            'journal');
        like(json_of($answer)->{error}, qr/8388608/, "the limit is named for $bytes bytes");
    }
    is_problem($api->POST('/api/v1/payouts', ' ' x 65_537, 'Content-Type' => 'application/json'),
        413, 'payload_too_large', 'other routes below the path keep their limit', 'journal');
    is(count(), $before, 'files of another kind record nothing');
};

subtest 'import: an export comes back as it was' => sub {
    my ($from_id, $to_id) = map { ($purser->user('acme', "$_\@acme.test"))[0] } qw(from to);
    my ($from, $to) = map { $api->with(token => $purser->mint_journal_key($_)) } $from_id, $to_id;
    my @accounts =
        (["=1+1", "Comma, Inc."], ["\"q\"", "\x{FF1D}1;2"], ["'", "Ünïcödé 😀"]);
    my @made;
    for my $i (0 .. 2) {
        for my $who ($from, $to) {
            my $one = account($who, account_number => $accounts[$i][0],
                firm_name => $accounts[$i][1]);
            push @made, $one if $who == $from;
        }
    }
    my @references = (undef, '=1', '+', '-x', '@', "'", "''", "'=x", "a\r\nb", "\ttab", '"', ',',
        ' spaces ', '😀', "\x{FEFF}x", 'x' x 200, "\n", "\rx", "\x{FF1D}1", "\x{FF20}", "\r\r\n",
        ' ', "\x{1}", ';');
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
    my $data = data_of($answer);
    is("$data->{imported} $data->{updated} $data->{unchanged}", '60 0 0',
        'all 60 payouts are imported, with ids of their own');
    is_deeply($data->{ignored_columns}, ['their_account_id'], 'the renamed column is named');
    my @shown = map { scalar payouts_of($_, 'limit=100&include_cumulative=true') } $from, $to;
    for my $row (map { @$_ } @shown) {
        delete @$row{qw(id user_id account_id firm_id created_at updated_at)};
    }
    is_deeply($shown[1], $shown[0],
        'the copy has the same payouts in the same order with the same sums');
    my @bodies = map { $_->GET('/api/v1/payouts/export.csv')->{body}
        =~ s/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:]+Z//gr } $from, $to;
    is($bodies[1], $bodies[0], 'the copy has the same export but for ids and times');
    for my $text ($file, $file =~ s/\r\n/\n/gr, "\x{FEFF}" . Encode::decode('UTF-8', $file)) {
        my $bytes = utf8::is_utf8($text) ? encode_utf8($text) : $text;
        next if $bytes =~ /"a\nb"/;    # its line ends are those of a payout, too
        my $again = data_of($from->POST($uri, $bytes, 'Content-Type' => 'text/csv'));
        is("$again->{imported} $again->{updated} $again->{unchanged}", '0 0 60',
            'the export goes into its own journal again and changes nothing');
    }
    is($from->GET('/api/v1/payouts/export.csv')->{body}, $file, 'the journal exports the same');
};

subtest "import: lines with the user's own ids" => sub {
    my $mine = account($api, account_number => 'OWN', firm_name => 'Own');
    my $elsewhere = account($api, account_number => 'ELSEWHERE', firm_name => 'Other');
    my ($first, $second) = map { payout($api, $mine, reference => "r$_") } 1, 2;
    my $theirs = payout($other, account($other));
    my $columns = 'id,date,account_number,total_amount,profit_split,status,reference,traders_share';
    my $answer = import_csv($api, "$columns\n"
        . uc($first->{id}) . ",2024-01-15,OWN,100,50,pending,r1,4000.00\n"
        . "$second->{id},2024-01-15,OWN,5000,80.00,completed,r2,4000.00\n"
        . "$theirs->{id},2024-01-15,OWN,7,10,pending,new,0.70\n"
        . random_uuid() . ",2024-01-15,OWN,8,10,pending,new,\n"
        . ",2024-01-15,OWN,9,10,pending,twin,\n,2024-01-15,OWN,9,10,pending,twin,\n");
    is_status($answer, 201, 'the file is taken');
    my $data = data_of($answer);
    is("$data->{imported} $data->{updated} $data->{unchanged}", '4 1 1',
        'new, changed and equal lines are counted');
    is(scalar @{ $data->{ids} }, 4, 'the new payouts are named');
    my $changed = literal($api->GET("/api/v1/payouts/$first->{id}"))->{data};
    is("$changed->{total_amount} $changed->{traders_share} $changed->{status}",
        '100.00 50.00 pending', 'the changed one has its shares computed again');
    is_deeply(data_of($api->GET("/api/v1/payouts/$second->{id}")),
        { %$second }, 'the equal one is as it was');
    is(data_of($other->GET("/api/v1/payouts/$theirs->{id}"))->{total_amount}, '5000.00',
        "another user's payout is untouched");
    import_csv($api, "id,date,account_number,total_amount,profit_split,status\n"
        . "$second->{id},2024-01-15,ELSEWHERE,5000,80,completed\n");
    my $moved = data_of($api->GET("/api/v1/payouts/$second->{id}"));
    is("$moved->{account_number} $moved->{firm_name} $moved->{reference}", 'ELSEWHERE Other r2',
        'a payout moves to another account, and a file without references keeps them');
};

subtest 'import: a dry run' => sub {
    my $before = count();
    my $text = "$head,x\n$row,\n";
    my $answer = $api->POST("$uri?dry_run=true", $text, 'Content-Type' => 'text/csv');
    is_status($answer, 200, 'a good file is answered by 200');
    is_deeply(data_of($answer), { import_id => undef, imported => 1, updated => 0, unchanged => 0,
        ids => [], ignored_columns => ['x'] }, 'the answer says what would be done');
    is_problem($api->POST("$uri?dry_run=true", "$head\n2024-01-01,ACC-9,1,80,failed,\n",
        'Content-Type' => 'text/csv'), 400, 'validation_error', 'a wrong file is refused',
        'journal');
    for my $query ('dry_run=false', 'dry_run=', 'dry_run', 'dry_run=TRUE', 'dry_run=1',
        'Dry_Run=true', 'dryrun=true', 'dry_run=true&x=1', 'dry_run=true&dry_run=true',
        'dry_run=%', '%64ry_run=yes', 'dry_run=true%20') {
        my $wrong = $api->POST("$uri?$query", $text, 'Content-Type' => 'text/csv');
        is_problem($wrong, 400, 'validation_error', "refused: $query", 'journal');
    }
    is(count(), $before, 'nothing is recorded');
    is($purser->value('select count(*) from journal.import where book_id = ? and created_at > '
        . "now() - interval '0 s'", $account->{user_id}), 0, 'no import is noted');
};

# Locks the book of the account for an import, in the open transaction.
sub lock_book {
    my $dbh = $purser->dbh;
    $dbh->begin_work;
    $dbh->do("select set_config('purser.tenant', b.tenant_id, true), "
        . "set_config('purser.principal', b.user_id, true) "
        . 'from journal.book b where b.id = ?', undef, $account->{user_id});
    $dbh->do('select journal.book_lock_long()');
    return $dbh;
}

subtest 'import: nothing waits for an import into the same journal' => sub {
    my $text = "$head\n$row\n";
    my $body = body_text(date => '2024-01-15', total_amount => \'1', account_id => $account->{id},
        profit_split => \'80', status => 'failed');
    my $dbh = lock_book();
    my $answer = import_csv($api, $text);
    is_problem($answer, 503, 'unavailable', 'another import is refused', 'journal');
    like(json_of($answer)->{error}, qr/another import into this/, 'the message says what runs');
    $answer = $api->POST('/api/v1/payouts', $body);
    is_problem($answer, 503, 'unavailable', 'a new payout is refused', 'journal');
    like(json_of($answer)->{error}, qr/an import into this journal/, 'the message says why');
    is($answer->{headers}{'retry-after'}, 1, 'the answer says when to try again');
    is_status($api->GET('/api/v1/payouts'), 200, 'the list is shown');
    account($other, account_number => 'ACC-1', firm_name => 'Apex');
    is_status(import_csv($other, $text), 201, "another user's file is imported");
    $dbh->rollback;
    is_status($api->POST('/api/v1/payouts', $body), 201, 'afterwards the payout is taken');
    is_status(import_csv($api, $text), 201, 'afterwards the file is imported');
};

subtest 'import: files leave connections for others' => sub {
    my @users = map {
        my ($id) = $purser->user('acme', "place$_\@acme.test");
        $api->with(token => $purser->mint_journal_key($id));
    } 1 .. 4;
    account($_, account_number => 'ACC-1', firm_name => 'Apex') for @users;
    my @files = map { $_->request_of(POST => $uri, "$head\n$row\n", 'Content-Type' => 'text/csv') }
        @users;
    my @lists = map { $api->request_of(GET => '/api/v1/accounts') } 1 .. 12;
    $purser->dbh->begin_work;
    $purser->dbh->do('lock table journal.import');
    my @answers = $api->{http}->parallel(@files, @lists);
    $purser->dbh->rollback;
    is(join(' ', map { $_->{status} } @answers), join(' ', (503) x 4, (200) x 12),
        'lists are shown while files wait');
    cmp_ok((grep { $_->{body} =~ /other files are being imported/ } @answers), '>=', 1,
        'a file that finds no place is refused at once');
    is_status(import_csv($_, "$head\n$row\n"), 201, 'a place that was taken is free again')
        for @users[0, 1];
};

subtest 'import: the memory that a file takes is bounded' => sub {
    my $low = "\x01";
    my $text = "$head,firm_name\n" . (join(',', '2024-01-01', $low x 100, 1, 80, 'failed',
        $low x 180, $low x 100) . "\n") x 19_900;
    my $peak = sub { (slurp('/proc/' . $purser->payouts->pid . '/status')
        =~ /^VmHWM:\s+(\d+) kB/m)[0] / 1024 };
    my $before = $peak->();
    is_problem(import_csv($api->with(token => 'unknown'), $text), 401, 'unauthorized',
        'a large file with an unknown key is refused', 'journal');
    cmp_ok($peak->() - $before, '<', 4,
        'an unknown key is refused before the program takes memory for it');
    my $answer = import_csv($api, $text);
    is_problem($answer, 413, 'payload_too_large',
        'a file whose characters are six times as long in JSON is refused', 'journal');
    like(json_of($answer)->{error}, qr/split it/, 'the message says what to do');
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

subtest 'import: the largest file' => sub {
    my ($id) = $purser->user('acme', 'large@acme.test');
    my $large = $api->with(token => $purser->mint_journal_key($id));
    account($large, account_number => "L$_", firm_name => 'Large') for 1 .. 3;
    my $text = "date,account_number,total_amount,profit_split,status,reference\n"
        . join '', map { sprintf "%d-%02d-01,L%d,%d.34,80,completed,%s%d\n", 2000 + $_ % 24,
            1 + $_ % 12, 1 + $_ % 3, $_, 'x' x 180, $_ } 1 .. 20_000;
    my $data = data_of(import_csv($large, $text));
    is($data->{imported}, 20_000, 'a file of 20,000 rows is taken');
    my $file = $large->GET('/api/v1/payouts/export.csv')->{body};
    is(($file =~ tr/\n//), 20_001, 'the export has all of them');
    cmp_ok(length $file, '<', 8 * 1024 * 1024 - 65_536, 'the export is within its limit');
    cmp_ok(length $file, '>', 6_000_000, 'the export is larger than nginx keeps in memory');
    my $again = data_of($large->POST($uri, $file, 'Content-Type' => 'text/csv'));
    is("$again->{imported} $again->{updated} $again->{unchanged}", '0 0 20000',
        'the export comes back whole');
    my @lines = reverse grep { /,2005-/ } split /\r\n/, $file;
    my @pages = map { @{ payouts_of($large,
        'start_date=2005-01-01&end_date=2005-12-31&limit=100&include_cumulative=true&offset='
        . 100 * $_) } } 0 .. $#lines / 100 + 1;
    is(join("\n", map { join ',', @$_{qw(id date account_id account_number firm_name total_amount
        profit_split traders_share firms_share status reference created_at updated_at)} } @pages),
        join("\n", @lines), 'every page of a year shows what the export has');
    is($pages[$_]{cumulative_total_amount}, sprintf('%.2f',
        $pages[$_ + 1]{cumulative_total_amount} + $pages[$_]{total_amount}),
        "the sums of the pages go on: payout $_") for 0, 99, 100, @pages - 2;
    is_status($large->DELETE("/api/v1/payouts/imports/$data->{import_id}"), 200,
        'the import is taken back whole');
    is((payouts_of($large))[1]{total}, 0, 'no payout is left');
};

is(tree_errors($purser), 0, 'import: all sums are right in the end');
done_testing;
