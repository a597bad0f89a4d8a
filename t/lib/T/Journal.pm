package T::Journal;

# Helpers of the tests of the journal.
#
#   my ($purser, $api, $other) = journal_start();    # the journals of two tenants' users
#   my $account = account($api, account_number => 'ACC-1', firm_name => 'FTMO');
#   my $payout = payout($api, $account, total_amount => '5000.00');
#   literal($answer)->{data}{total_amount};           # '5000.00': numbers as they were printed

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use T::Purser;

our @EXPORT = qw(journal_start account payout literal data_of payouts_of random_uuid body_text
    same_404 tree_errors);

my $json = JSON::PP->new->utf8->canonical;

sub journal_start {
    my (%options) = @_;
    my $purser = T::Purser->start(programs => ['purser-payouts'], %options);
    return ($purser, $purser->journal(0), $purser->journal(1));
}

# A body whose numbers are written as given: { total_amount => \'5000.00' } or plain text and
# numbers.
sub body_text {
    my (%body) = @_;
    return '{' . join(',', map {
        my $value = $body{$_};
        "\"$_\":" . (ref $value eq 'SCALAR' ? $$value : $json->allow_nonref->encode($value))
    } sort keys %body) . '}';
}

# The answer's JSON with every number as the text that was printed.
sub literal {
    my ($answer) = @_;
    my $text = $answer->{body} =~ s{("(?:[^"\\]|\\.)*")|(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)}
        {defined $1 ? $1 : "\"$2\""}ger;
    return $json->decode($text);
}

sub data_of {
    my ($answer) = @_;
    die "answer: $answer->{status} $answer->{body}\n" if $answer->{status} !~ /^2/;
    return literal($answer)->{data};
}

# The data of a list, and its total.
sub payouts_of {
    my ($api, $query) = @_;
    my $answer = $api->GET('/api/v1/payouts' . (defined $query ? "?$query" : ''));
    die "answer: $answer->{status} $answer->{body}\n" if $answer->{status} != 200;
    my $body = literal($answer);
    return wantarray ? ($body->{data}, $body->{pagination}) : $body->{data};
}

my $accounts = 0;

sub account {
    my ($api, %changes) = @_;
    return data_of($api->POST('/api/v1/accounts', body_text(account_number => 'ACC-' . ++$accounts,
        firm_name => 'Apex Trader Funding', account_type => 'funded', account_size => \'50000',
        %changes)));
}

sub payout {
    my ($api, $account, %changes) = @_;
    return data_of($api->POST('/api/v1/payouts', body_text(date => '2024-01-15',
        total_amount => \'5000.00', account_id => $account->{id}, profit_split => \'80',
        status => 'completed', %changes)));
}

sub random_uuid {
    return join '-', map { join '', map { sprintf '%x', rand 16 } 1 .. $_ } 8, 4, 4, 4, 12;
}

# True when both are the same 404 but for their request ids.
sub same_404 {
    my @texts = map { "$_->{status} " . $_->{body} =~ s/"request_id":"[^"]+"/"request_id":""/r } @_;
    return $texts[0] =~ /^404 / && !grep { $_ ne $texts[0] } @texts;
}


# The nodes of the tree of sums that differ from the sum of the nodes below them; must be none.
sub tree_errors {
    my ($purser) = @_;
    return $purser->value('select count(*) from admin.journal_check');
}

1;
