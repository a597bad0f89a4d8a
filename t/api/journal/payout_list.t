# Protects: the list of the journal has the payouts that match its filters, in the order asked for,
# with their number and with running sums over the whole history.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use Test::More;
use T::Api qw(is_status is_problem json_of);
use T::Journal;

my ($purser, $api, $other) = journal_start();
my $uri = '/api/v1/payouts';

sub escaped {
    my ($text) = @_;
    return encode_utf8($text) =~ s/([^A-Za-z0-9_.-])/sprintf '%%%02X', ord $1/ger;
}

subtest 'payout journal: an empty journal' => sub {
    for my $query ('', '?include_cumulative=true', '?search=x', '?status=failed&offset=5',
        '?firm=FTMO') {
        is($api->GET($uri . $query)->{body},
            '{"data":[],"pagination":{"total":0,"limit":20,"offset":'
            . ($query =~ /offset=5/ ? 5 : 0) . ',"has_more":false}}', "the list$query is empty");
    }
};

my $apex = account($api, account_number => 'ACC-12345');
my $payout = payout($api, $apex, reference => 'PAYOUT-2024-001');

subtest 'payout journal: the examples of the documentation' => sub {
    my $answer = $api->GET($uri);
    is_status($answer, 200, 'the list is answered');
    my %shown = (
        id => $payout->{id}, user_id => $apex->{user_id}, account_id => $apex->{id},
        date => '2024-01-15', total_amount => '5000.00', profit_split => '80',
        traders_share => '4000.00', firms_share => '1000.00', status => 'completed',
        reference => 'PAYOUT-2024-001', created_at => $payout->{created_at},
        updated_at => $payout->{updated_at}, account_number => 'ACC-12345',
        firm_id => $apex->{firm_id}, firm_name => 'Apex Trader Funding',
    );
    my %page = (total => 1, limit => 20, offset => 0, has_more => JSON::PP::false);
    is_deeply(literal($answer), { data => [\%shown], pagination => \%page },
        'the payout has fifteen fields, numbers as printed in the documentation');
    like($answer->{body}, qr/"pagination":\{"total":1,"limit":20,"offset":0,"has_more":false\}/,
        'pagination has JSON numbers');
    is_deeply(literal($api->GET("$uri?include_cumulative=false")), literal($answer),
        'include_cumulative=false gives no sums');

    payout($api, account($api, firm_name => 'FTMO'), date => '2024-01-01');
    payout($api, account($api), date => '2024-01-02');
    my ($data) = payouts_of($api, 'include_cumulative=true');
    is_deeply($data->[0], { %shown,
        cumulative_total_amount => '15000.00', cumulative_traders_share => '12000.00',
        cumulative_total_amount_by_firm => '10000.00',
        cumulative_traders_share_by_firm => '8000.00',
        cumulative_total_amount_by_account => '5000.00',
        cumulative_traders_share_by_account => '4000.00',
    }, 'include_cumulative=true gives the sums of the documentation');
    is(scalar @{ payouts_of($api, 'search=PAYOUT-2024-001') }, 1,
        'search finds a payout by its reference');
    is(scalar @{ payouts_of($api,
        'firm=Apex+Trader+Funding&start_date=2024-01-01&end_date=2024-01-31'
        . '&include_cumulative=true') }, 2, 'firm and dates give a month of a firm');
};

# A second user with payouts for every filter.
my $more = $purser->api->with(session => undef,
    token => $purser->mint_journal_key(($purser->user('acme', 'more@acme.test'))[0]));
my @accounts = (
    account($more, account_number => 'A_1%', firm_name => 'Ünïcödé Cäpital 😀'),
    account($more, account_number => 'a"2\'', firm_name => '100%_Funded'),
    account($more, account_number => 'Zürich', firm_name => "O'Neil \"Prop\""),
);
my @statuses = qw(pending processing completed failed);
my @references = ('100% sure', 'snake_case', "it's", 'say "hi"', 'back\\slash', 'STRASSE',
    'straße', undef,
    '😀 emoji', 'completed once', 'A_1', 'zürich');
my @all;
for my $i (0 .. 35) {
    push @all, { %{ payout($more, $accounts[$i % 3],
        date => sprintf('2024-%02d-%02d', 1 + $i % 4, 1 + ($i * 7) % 5),
        total_amount => \(100 + $i . '.01'), profit_split => \(50 + $i . '.5'),
        status => $statuses[$i * 5 % 4],
        reference => $references[$i % @references]) },
        number => $accounts[$i % 3]{account_number}, firm => $accounts[$i % 3]{firm_name} };
}
my @newest = sort { $b->{date} cmp $a->{date} || $b->{created_at} cmp $a->{created_at}
    || $b->{id} cmp $a->{id} } @all;

# The filters once more, in Perl.
my %lets = (
    account_id => sub { $_[0]{account_id} eq lc $_[1] },
    firm => sub { lc $_[0]{firm} eq lc $_[1] },
    status => sub { ",$_[1]," =~ /,$_[0]{status},/ },
    search => sub {
        grep { index(lc($_ // ''), lc $_[1]) >= 0 } @{ $_[0] }{qw(number reference status)};
    },
    start_date => sub { $_[0]{date} ge $_[1] },
    end_date => sub { $_[0]{date} le $_[1] },
);
my %values = (
    account_id => [$accounts[1]{id}, uc $accounts[2]{id}, random_uuid()],
    firm => ['ÜNÏCÖDÉ CÄPITAL 😀', '100%_funded', "O'Neil \"Prop\"", '100%', 'Funded', '%',
        '___%_Funded', "' or true --"],
    status => [@statuses, 'failed,pending', 'pending,pending', 'processing,completed,failed',
        join ',', @statuses],
    search => ['%', '_', "'", '"', '\\', 'a_1', 'A_1%', 'ß', 'strasse', 'ZÜRICH', '😀',
        'complet', 'no such', 'e', ' '],
    start_date => ['2024-02-02', '2024-03-31', '0001-01-01'],
    end_date => ['2024-02-02', '2023-12-31', '9999-12-31'],
);

sub check {
    my (%filter) = @_;
    my @expected = @newest;
    for my $name (sort keys %filter) {
        @expected = grep { $lets{$name}->($_, $filter{$name}) } @expected;
    }
    my $query = join '&', 'limit=100', map { "$_=" . escaped($filter{$_}) } sort keys %filter;
    my ($data, $page) = payouts_of($more, $query);
    is("$page->{total}: @{[map { $_->{id} } @$data]}",
        @expected . ": @{[map { $_->{id} } @expected]}", "the list?$query has the right payouts");
    return;
}

subtest 'payout journal: each filter alone' => sub {
    check();
    for my $name (sort keys %values) {
        check($name => $_) for @{ $values{$name} };
    }
};

subtest 'payout journal: filters in pairs, and all at once' => sub {
    my @names = sort keys %values;
    for my $i (0 .. $#names) {
        for my $j ($i + 1 .. $#names) {
            for my $one (@{ $values{ $names[$i] } }[0 .. 2]) {
                for my $two (@{ $values{ $names[$j] } }[0 .. 2]) {
                    next if "$names[$i] $names[$j]" eq 'end_date start_date' && $two gt $one;
                    check($names[$i] => $one, $names[$j] => $two);
                }
            }
        }
    }
    check(account_id => $accounts[0]{id}, firm => $accounts[0]{firm_name}, status => 'completed',
        search => 'e', start_date => '2024-01-01', end_date => '2024-04-30');
    check(account_id => $accounts[0]{id}, firm => $accounts[1]{firm_name});
};

subtest 'payout journal: pages of the list' => sub {
    for my $query ('', '&status=completed', '&search=e', "&account_id=$accounts[0]{id}",
        '&start_date=2024-02-01&end_date=2024-03-31') {
        my ($whole, $page) = payouts_of($more, "limit=100$query");
        my $total = $page->{total};
        for my $limit (1, 7, 100) {
            my @seen;
            for (my $offset = 0; $offset < $total; $offset += $limit) {
                my ($data, $at) = payouts_of($more, "limit=$limit&offset=$offset$query");
                push @seen, @$data;
                is_deeply($at, { total => $total, limit => $limit, offset => $offset,
                    has_more => $offset + $limit < $total ? JSON::PP::true : JSON::PP::false },
                    "limit=$limit&offset=$offset$query: the pagination is right");
            }
            is_deeply(\@seen, $whole, "the pages of $limit$query make up the whole");
        }
        my ($past, $at) = payouts_of($more, "offset=$total$query");
        is_deeply([$past, $at->{total}, $at->{has_more}], [[], $total, JSON::PP::false],
            "an offset past the end$query gives nothing and the total");
    }
    is(scalar @{ payouts_of($more) }, 20, 'a list without limit has twenty rows');
    is(scalar @{ payouts_of($more, 'offset=999999999999') }, 0,
        'an offset far past the end gives no rows');
};

subtest 'payout journal: sums are of the whole history whatever is shown' => sub {
    my ($whole) = payouts_of($more, 'limit=100&include_cumulative=true');
    my (%sum, %of);
    for my $row (reverse @$whole) {
        my ($total, $share) = map { s/\.//r } @$row{qw(total_amount traders_share)};
        for my $key ('', "_by_firm $row->{firm_id}", "_by_account $row->{account_id}") {
            my ($name) = $key =~ /^(\w*)/;
            $of{ $row->{id} }{"cumulative_total_amount$name"} = ($sum{"t$key"} += $total);
            $of{ $row->{id} }{"cumulative_traders_share$name"} = ($sum{"s$key"} += $share);
        }
    }
    my $wrong = 0;
    for my $query ('limit=100', 'limit=7&offset=11', 'status=failed', 'search=e&limit=50',
        "account_id=$accounts[2]{id}",
        'firm=100%25_Funded&offset=3', 'start_date=2024-02-01&end_date=2024-03-01',
        "status=pending&account_id=$accounts[0]{id}&limit=2") {
        my ($data) = payouts_of($more, "$query&include_cumulative=true");
        ok(@$data > 0, "$query shows something");
        for my $row (@$data) {
            for my $name (keys %{ $of{ $row->{id} } }) {
                $wrong++ if $row->{$name} =~ s/\.//r != $of{ $row->{id} }{$name}
                    || $row->{$name} !~ /\.\d\d$/;
            }
        }
        is($wrong, 0, "$query: the six sums of each row are right");
    }
};

subtest 'payout journal: filters that are refused' => sub {
    my @wrong = (
        (map { [limit => $_] } qw(0 101 -1 x 1.5 1e1 01), '', '99999999999999999999', '%201',
            '%F0%9F%98%80'),
        (map { [offset => $_] } qw(-1 x 0.5 00), '', '99999999999999999999'),
        (map { [account_id => $_] } qw(x 123), '', $apex->{id} . 'x', '%25'),
        (map { [status => $_] } qw(done Completed), '', 'pending,', ',failed', 'pending,Failed',
            'pending,%20failed', ',', 'pending;failed', "'"),
        (map { ([start_date => $_], [end_date => $_]) }
            qw(2024-02-30 2024-13-01 2024-1-1 20240101 yesterday 2023-02-29
                2024-01-01T00:00:00Z 0000-01-01 10000-01-01), ''),
        (map { [include_cumulative => $_] } qw(yes TRUE 2), ''),
    );
    for (@wrong) {
        my ($name, $value) = @$_;
        my $answer = $more->GET("$uri?$name=$value");
        is_problem($answer, 400, 'validation_error', "$name=$value is refused", 'journal');
        is(json_of($answer)->{errors}[0]{field}, $name, "the refusal of $name=$value names it");
    }
    my $inverted = $more->GET("$uri?start_date=2024-03-01&end_date=2024-02-29");
    is_problem($inverted, 400, 'validation_error', 'dates in the wrong order are refused',
        'journal');
    is(json_of($inverted)->{errors}[0]{field}, 'end_date',
        'the refusal of dates in the wrong order names end_date');
    is_status($more->GET("$uri?start_date=2024-03-01&end_date=2024-03-01"), 200,
        'dates of one day are taken');
    for my $query ('limit=1&limit=2', 'firm=%', 'firm=%ff', 'search=%00') {
        is_problem($more->GET("$uri?$query"), 400, 'validation_error', "$query is refused",
            'journal');
    }
    is_status($more->GET("$uri?nonsense=1&firm=&search="), 200,
        'unknown parameters and empty texts are ignored');
};

subtest 'payout journal: whose payouts are listed' => sub {
    is(scalar @{ payouts_of($other) }, 0, 'a user sees no payouts of another user');
    my @mine = payouts_of($api, "account_id=$accounts[0]{id}");
    is($mine[1]{total}, 0, "the id of another user's account finds nothing");
    is(scalar @{ payouts_of($api, 'search=snake') }, 0,
        "a search does not find another user's payouts");
    my $key = $api->{token};
    for my $bad (undef, '', 'mpj_nothing', $purser->{tenants}[0]{token},
        $purser->{tenants}[0]{session}, uc $key) {
        is_problem($api->with(token => $bad)->GET($uri), 401, 'unauthorized',
            'a list is refused to the key ' . ($bad // 'none'), 'journal');
    }
    $purser->start_program('purser-payments');
    is_problem($purser->api->with(token => $key)->GET('/v2/payments/prop-accounts'), 401,
        'V2_UNAUTHORIZED',
        'a journal key opens no other route');
    $purser->value('select admin.revoke_journal_keys(?, ?, false)',
        $purser->{tenants}[0]{user}, 'test');
    is_problem($api->GET($uri), 401, 'unauthorized', 'a revoked key ends at once', 'journal');
};

is(tree_errors($purser), 0, 'list: all sums are right in the end');
done_testing;
