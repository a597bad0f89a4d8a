package T::Model;

# A model of the journal in a few arrays, and a client that compares each answer of the real journal
# with it.

use strict;
use warnings;

use Encode qw(encode_utf8);
use JSON::PP ();
use T::FastCGI qw(fastcgi);
use T::Journal qw(body_text literal random_uuid);

my @statuses = qw(pending processing completed failed);
my @references = ('PAYOUT-2024-001', '100% of _all_', "it's \"quoted\"", 'back\\slash', undef,
    'completed late', "\x{e4}\x{f6}\x{fc}");

sub new {
    my ($class, %options) = @_;
    return bless { %options, accounts => [], payouts => [], trace => [] }, $class;
}

# '' when every answer was as expected, else the first difference.
sub run {
    my ($self, $operations) = @_;
    srand $self->{seed};
    my $bad = eval {
        for my $i (1 .. $operations) {
            $self->{operation} = $i;
            $self->step;
        }
        1;
    } ? '' : "operation $self->{operation}: $@";
    return $bad;
}

sub step {
    my ($self) = @_;
    my $dice = rand 100;
    return $self->account_create if @{ $self->{accounts} } < 3 || $dice < 0.3;
    return $self->payout_create if @{ $self->{payouts} } < 30 || $dice < 25;
    return $self->payout_update if $dice < 40;
    return $self->payout_delete if $dice < 55;
    return $self->account_update if $dice < 55.4;
    return $self->file_import if $dice < 56;
    return $self->account_get if $dice < 62;
    return $self->payout_get if $dice < 66;
    return $self->list;
}

# --- requests -------------------------------------------------------------------

sub ask {
    my ($self, $method, $uri, $body, $type) = @_;
    $self->{asked} = "$method $uri" . (defined $body ? " $body" : '');
    my $answer = fastcgi($self->{socket}, { method => $method, uri => $uri, body => $body,
        headers => { Authorization => "Bearer $self->{key}",
            defined $body ? ('Content-Type' => $type // 'application/json') : () } }, 60);
    $self->{answer} = $answer;
    return $answer;
}

sub expect {
    my ($self, $what, $got, $expected) = @_;
    return if $got eq $expected;
    die "$self->{asked}: $what\n  expected $expected\n  got      $got\n  "
        . "answer $self->{answer}{status} $self->{answer}{body}\n";
}

sub data {
    my ($self, $status, @request) = @_;
    $self->expect('status', $self->ask(@request)->{status}, $status);
    return literal($self->{answer})->{data};
}

sub pick { my ($list) = @_; return $list->[rand @$list] }

sub date { return sprintf '2024-%02d-%02d', 1 + rand 3, 1 + rand 28 }

sub cents {
    my ($n) = @_;
    return sprintf '%s%d.%02d', $n < 0 ? '-' : '', int(abs($n) / 100), abs($n) % 100;
}

# Half up; all of it fits into 64 bits.
sub share { my ($payout) = @_; return int(($payout->{total} * $payout->{split} + 5000) / 10000) }

sub split_text {
    my ($n) = @_;
    return cents($n) =~ s/\.?0+$//r if $n % 100;
    return $n / 100;
}

# --- changes --------------------------------------------------------------------------

sub account_create {
    my ($self) = @_;
    my %account = (number => 'N' . @{ $self->{accounts} },
        firm => pick(['Apex', 'FTMO', 'Top%step']),
        size => int rand 1e7, pnl => int(rand 1e6) - 500_000);
    my $data = $self->data(201, POST => '/api/v1/accounts', body_text(
        account_number => $account{number}, firm_name => $account{firm}, account_type => 'funded',
        account_size => \cents($account{size}), net_pnl => \cents($account{pnl})));
    push @{ $self->{accounts} }, { %account, id => $data->{id} };
    return;
}

sub account_update {
    my ($self) = @_;
    my $account = pick($self->{accounts});
    $account->{firm} = pick(['Apex', 'FTMO', 'Top%step']);
    $self->data(200, PUT => "/api/v1/accounts/$account->{id}",
        body_text(firm_name => uc $account->{firm}));
    return;
}

sub account_get {
    my ($self) = @_;
    my $account = pick($self->{accounts});
    my $data = $self->data(200, GET => "/api/v1/accounts/$account->{id}");
    my ($gross, $net) = (0, 0);
    for (grep { $_->{account} == $account } @{ $self->{payouts} }) {
        $gross += $_->{total};
        $net += share($_);
    }
    $self->expect('totals',
        "$data->{total_gross_payouts} $data->{total_net_payouts} $data->{balance}",
        join ' ', map { cents($_) } $gross, $net, $account->{size} + $account->{pnl} - $gross);
    return;
}

sub random_fields {
    return (date => date(), total => 1 + int(rand() ** 3 * 1e9),
        split => rand() < 0.5 ? 100 * int rand 101 : int rand 10_001,
        status => pick(\@statuses), reference => pick(\@references));
}

my %as_json = (
    date => sub { (date => $_[0]) },
    total => sub { (total_amount => \cents($_[0])) },
    split => sub { (profit_split => \cents($_[0])) },
    status => sub { (status => $_[0]) },
    reference => sub { (reference => $_[0]) },
);

sub shown {
    my ($payout) = @_;
    return join '|', $payout->{id}, $payout->{account}{id}, $payout->{date},
        cents($payout->{total}), split_text($payout->{split}),
        cents(share($payout)), cents($payout->{total} - share($payout)), $payout->{status},
        $payout->{reference} // '';
}

sub printed {
    my ($data) = @_;
    return join '|', map { $_ // '' } @$data{qw(id account_id date total_amount profit_split
        traders_share firms_share status reference)};
}

sub payout_create {
    my ($self) = @_;
    my %payout = (random_fields(), account => pick($self->{accounts}));
    my $data = $self->data(201, POST => '/api/v1/payouts',
        body_text(account_id => $payout{account}{id},
        map { $as_json{$_}->($payout{$_}) } sort keys %as_json));
    @payout{qw(id created_at)} = @$data{qw(id created_at)};
    $self->expect('the payout', printed($data), shown(\%payout));
    push @{ $self->{payouts} }, \%payout;
    return;
}

sub payout_update {
    my ($self) = @_;
    my $payout = pick($self->{payouts});
    my %fields = random_fields();
    delete @fields{ grep { rand() < 0.5 } keys %fields };
    @$payout{ keys %fields } = values %fields;
    my $data = $self->data(200, PUT => "/api/v1/payouts/$payout->{id}",
        body_text(map { $as_json{$_}->($fields{$_}) } sort keys %fields));
    $self->expect('the payout', printed($data), shown($payout));
    return;
}

sub payout_delete {
    my ($self) = @_;
    my $i = int rand @{ $self->{payouts} };
    my ($payout) = splice @{ $self->{payouts} }, $i, 1;
    my $data = $self->data(200, DELETE => "/api/v1/payouts/$payout->{id}");
    $self->expect('the account', $data->{account}{id}, $payout->{account}{id});
    return;
}

sub payout_get {
    my ($self) = @_;
    if (rand() < 0.2) {
        $self->expect('unknown id', $self->ask(GET => '/api/v1/payouts/' . random_uuid())->{status},
            404);
        return;
    }
    my $payout = pick($self->{payouts});
    $self->expect('the payout', printed($self->data(200, GET => "/api/v1/payouts/$payout->{id}")),
        shown($payout));
    return;
}

# --- files ----------------------------------------------------------------------------

sub csv_line {
    my ($payout) = @_;
    return join(',', map { defined ? '"' . s/"/""/gr . '"' : '' } $payout->{id}, $payout->{date},
        $payout->{account}{id}, cents($payout->{total}), cents($payout->{split}),
        $payout->{status}, $payout->{reference}) . "\n";
}

# New payouts, changed ones and the same, in one file; half of the files are taken back.
sub file_import {
    my ($self) = @_;
    my @new = map { { random_fields(), account => pick($self->{accounts}) } } 1 .. rand 4;
    my %at = map { (int(rand @{ $self->{payouts} }) => 1) } 1 .. 1 + rand 4;
    my @old = @{ $self->{payouts} }[sort { $a <=> $b } keys %at];
    my @then = map { rand() < 0.3 ? {%$_} : { %$_, random_fields(), account =>
        rand() < 0.5 ? $_->{account} : pick($self->{accounts}) } } @old;
    my $updated = grep { shown($then[$_]) ne shown($old[$_]) } 0 .. $#old;
    my $data = $self->data(201, POST => '/api/v1/payouts/import', encode_utf8(
        "id,date,account_id,total_amount,profit_split,status,reference\n"
        . join '', map { csv_line($_) } @new, @then), 'text/csv');
    $self->expect('counts', "@$data{qw(imported updated unchanged)}",
        @new . " $updated " . (@old - $updated));
    @new = map { { %{ $new[$_] }, id => $data->{ids}[$_] } } 0 .. $#new;
    for my $payout (@new, @then) {
        my $got = $self->data(200, GET => "/api/v1/payouts/$payout->{id}");
        $payout->{created_at} = $got->{created_at};
        $self->expect('the payout', printed($got), shown($payout));
    }
    if (rand() < 0.5) {
        $self->data(200, DELETE => "/api/v1/payouts/imports/$data->{import_id}");
        return;
    }
    %{ $old[$_] } = %{ $then[$_] } for 0 .. $#old;
    push @{ $self->{payouts} }, @new;
    return;
}

# --- lists ------------------------------------------------------------------------------

my %lets = (
    account_id => sub { $_[0]{account}{id} eq $_[1] },
    firm => sub { lc $_[0]{account}{firm} eq lc $_[1] },
    status => sub { $_[0]{status} eq $_[1] },
    search => sub {
        grep { defined && index(lc, lc $_[1]) >= 0 } $_[0]{account}{number},
            @{ $_[0] }{qw(reference status)};
    },
    start_date => sub { $_[0]{date} ge $_[1] },
    end_date => sub { $_[0]{date} le $_[1] },
);

sub random_filter {
    my ($self) = @_;
    my %filter;
    $filter{account_id} = rand() < 0.9 ? pick($self->{accounts})->{id} : random_uuid()
        if rand() < 0.25;
    $filter{firm} = pick(['Apex', 'ftmo', 'TOP%STEP', 'Top', '%']) if rand() < 0.25;
    $filter{status} = pick(\@statuses) if rand() < 0.25;
    $filter{search} = pick(['payout', '%', '_', "'", '"', '\\', 'LATE', 'n1', 'e', 'no such thing'])
        if rand() < 0.2;
    $filter{start_date} = date() if rand() < 0.25;
    $filter{end_date} = date() if rand() < 0.25;
    @filter{qw(start_date end_date)} = sort @filter{qw(start_date end_date)}
        if $filter{start_date} && $filter{end_date};
    return \%filter;
}

# The six sums of each payout, over everything.
sub sums {
    my ($self, $ordered) = @_;
    my (%total, %sums);
    for my $payout (@$ordered) {
        my $share = share($payout);
        $sums{ $payout->{id} } = [
            map { ($total{"t$_"} += $payout->{total}, $total{"s$_"} += $share) }
            '', "f$payout->{account}{firm}", "a$payout->{account}{id}"];
    }
    return \%sums;
}

my @names = map { ("cumulative_total_amount$_", "cumulative_traders_share$_") }
    '', '_by_firm', '_by_account';

sub list {
    my ($self) = @_;
    my $filter = $self->random_filter;
    my $limit = pick([1, 5, 20, 20, 100]);
    my $offset = rand() < 0.5 ? 0 : int rand 60;
    my $cumulative = rand() < 0.7;
    my $query = join '&', "limit=$limit", "offset=$offset",
        $cumulative ? 'include_cumulative=true' : (),
        map { "$_=" . $filter->{$_} =~ s/([^\w.-])/sprintf '%%%02X', ord $1/ger }
            sort keys %$filter;
    $self->expect('status', $self->ask(GET => "/api/v1/payouts?$query")->{status}, 200);

    my @ordered = sort {
        $a->{date} cmp $b->{date} || $a->{created_at} cmp $b->{created_at} || $a->{id} cmp $b->{id}
    } @{ $self->{payouts} };
    my $sums = $cumulative ? $self->sums(\@ordered) : {};
    my @let = reverse @ordered;
    for my $name (keys %$filter) {
        @let = grep { $lets{$name}->($_, $filter->{$name}) } @let;
    }
    my $total = @let;
    my @page = $offset < $total ? splice @let, $offset, $limit : ();
    my $body = literal($self->{answer});
    $self->expect('pagination', join(' ', @{ $body->{pagination} }{qw(total limit offset)},
        $body->{pagination}{has_more} ? 1 : 0),
        join ' ', $total, $limit, $offset, $offset + $limit < $total ? 1 : 0);
    $self->expect('the page', join("\n", map { row($_, $cumulative) } @{ $body->{data} }),
        join "\n", map { join '|', shown($_), $_->{account}{number}, lc $_->{account}{firm},
            $cumulative ? map { cents($_) } @{ $sums->{ $_->{id} } } : () } @page);
    return;
}

sub row {
    my ($data, $cumulative) = @_;
    return join '|', printed($data), $data->{account_number}, lc $data->{firm_name},
        $cumulative ? @$data{@names} : ();
}

1;
