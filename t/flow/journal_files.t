# Protects: what goes into the journal by a file comes out of it by an export exactly, or an error
# names the line; an export changes nothing when it comes back, and an import can be taken back.
#
# Random files go through nginx.  Text::CSV_XS, a reader that is not ours, says what is in a file
# and in an export.  JOURNAL_SEED repeats a run; JOURNAL_FILES (80) is how many files.
use strict;
use warnings;
use utf8;

use Encode qw(encode);
use T::Api qw(json_of);
use T::Journal;
use Test::More;
use Text::CSV_XS;

my $files = $ENV{JOURNAL_FILES} || 80;
my $seed = $ENV{JOURNAL_SEED} || 20_240_115;
diag("JOURNAL_SEED=$seed JOURNAL_FILES=$files");
srand $seed;

my ($purser, $api) = journal_start();
my @accounts = map { account($api, account_number => $_->[0], firm_name => $_->[1]) }
    ['=1+1', 'Comma, Inc.'], ['"q"', 'Plain'], ["'", 'Plain'], ['Ünï;😀', "\x{FF1D}SUM"];
my $export = '/api/v1/payouts/export.csv';
my @columns = qw(date account_number firm_name total_amount profit_split status reference);

sub pick { return $_[rand @_] }

# --- what is in a file, by Text::CSV_XS ----------------------------------------------------------

# The rows of a text; undef = it is no CSV.
sub rows_of {
    my ($bytes) = @_;
    my $csv = Text::CSV_XS->new({ binary => 1, decode_utf8 => 1 });
    open my $fh, '<', \$bytes or die "a text: $!";
    my @rows;
    while (my $row = $csv->getline($fh)) {
        push @rows, [map { $_ // '' } @$row];
    }
    return $csv->eof && !(0 + $csv->error_diag) || 0 + $csv->error_diag == 2012 ? \@rows : undef;
}

# The guard against formulas taken off (csv.h).
sub unguarded { return $_[0] =~ s/^'(?=[=+\-@\t\r\n'\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])//r }

sub money { return sprintf '%d.%02d', $_[0] =~ /^(\d+)\.?(\d?\d?)$/ ? ($1, substr "${2}00", 0, 2)
    : die "no amount: $_[0]\n" }

# What the export must have of a row, as one text.
sub expected {
    my (%cell) = @_;
    my $split = money($cell{profit_split}) =~ s/\.?0+$//r;
    $split = $cell{profit_split} =~ /^0*\.?0*$/ ? 0 : money($cell{profit_split}) =~ /\.00$/
        ? int $cell{profit_split} : $split;
    return join '|', @cell{qw(date account_number firm_name)}, money($cell{total_amount}), $split,
        @cell{qw(status reference)};
}

sub exported {
    my ($bytes) = @_;
    my ($names, @rows) = @{ rows_of($bytes) // die "the export is no CSV\n" };
    return map {
        my %cell;
        @cell{@$names} = map { unguarded($_) } @$_;
        join '|', @cell{qw(date account_number firm_name total_amount profit_split status
            reference)}
    } @rows;
}

# --- random files --------------------------------------------------------------------------------

my @pieces = ('a', 'B', ' ', ',', '"', "\n", "\r", "\r\n", "\r\r\n", "\t", ';', '=', '+', '-', '@',
    "'", '|', '\\', '0', 'é', "e\x{301}", '😀', "\x{FEFF}", "\x{200B}", "\x{FF1D}", "\x{FF20}",
    "\x{1}", "\x{7F}", "\x{85}", "\x{2028}", 'PAYOUT-2024-001');

sub reference { return join '', map { pick(@pieces) } 1 .. rand(3) ** 2 }

sub quoted {
    my ($text) = @_;
    return $text if $text !~ /[",\r\n]/ && rand() < 0.7;
    return '"' . $text =~ s/"/""/gr . '"';
}

my %wrong = (
    'a date' => sub { $_[0]{date} = pick('2024-02-30', '15.01.2024', '', '2024-1-1') },
    'an amount' => sub { $_[0]{total_amount} = pick('0', '-1', '1e3', '1,000.00', '', '1.001') },
    'an account' => sub { $_[0]{account_number} .= 'x' },
    'a firm' => sub { $_[0]{firm_name} = 'nobody' },
    'a status' => sub { $_[0]{status} = pick('Completed', '', 'done') },
    'a long reference' => sub { $_[0]{reference} = 'ü' x 201 },
    'a stray quote' => sub { $_[0]{stray} = pick('a"b', '"a"b', ' "a"', '"a" ') },
    'a cell too many' => sub { $_[0]{more} = ',' },
);

# Returns { bytes, rows => what the export must have, wrong => [lines], end }.
sub random_file {
    my $end = pick("\n", "\r\n", "\r", "\r\r\n");
    my @order = sort { rand() <=> 0.5 } @columns;
    my @lines = join ',', map { pick('', ' ', "\t\x{A0}") . (rand() < 0.5 ? uc : $_)
        . pick('', "\x{3000}", "\x{200B}") } @order;
    my $line = 2;
    my (@rows, @wrong);
    for (1 .. 1 + rand 12) {
        if (rand() < 0.1) {
            push @lines, pick('', ',' x $#order, ' , ,', '"",""', "\x{2003}");
            $line++;
        }
        my $account = pick(@accounts);
        my %cell = (date => sprintf('20%02d-%02d-%02d', rand 30, 1 + rand 12, 1 + rand 28),
            account_number => $account->{account_number}, firm_name => $account->{firm_name},
            total_amount => pick('0.01', '12', '1.5', int(rand 1e9) . '.07', '10000000000000.00'),
            profit_split => pick(0, 80, '33.33', '12.5', '100.00', '99.90'),
            status => pick(qw(pending processing completed failed)), reference => reference());
        my %good = (%cell, reference => unguarded($cell{reference}));
        if (rand() < 0.04) {
            $wrong{ pick(sort keys %wrong) }->(\%cell);
            push @wrong, $line;
        }
        # a name is guarded, as an export does
        my %text = (%cell, map { ($_ => $cell{$_} =~ s/^(?=[=+\-@'\x{FF1D}])/'/r) }
            qw(account_number firm_name));
        my $text = join(',', map {
            $_ eq 'reference' && defined $cell{stray} ? $cell{stray} : quoted($text{$_})
        } @order) . ($cell{more} // '');
        push @lines, $text;
        $line += 1 + (() = $text =~ /\r\r\n|\r\n|\r|\n/g);
        push @rows, { date => $cell{date}, text => expected(%good) };
    }
    my $all = pick('', "\x{FEFF}") . join($end, @lines) . pick('', $end);
    return { bytes => encode('UTF-8', $all), end => $end, wrong => \@wrong,
        rows => [map { $_->{text} } sort { $a->{date} cmp $b->{date} } @rows] };
}

# Changes some bytes.
sub damaged {
    my ($bytes) = @_;
    for (1 .. 1 + rand 3) {
        my $at = rand length $bytes;
        substr $bytes, $at, pick(0, 1), pick('"', ',', "\n", "\r", "\0", "\xff", "\xc3", '', ';',
            "'", 'x');
    }
    return $bytes;
}

# --- the journal ---------------------------------------------------------------------------------

sub import_csv {
    my ($bytes) = @_;
    return $api->POST('/api/v1/payouts/import', $bytes, 'Content-Type' => 'text/csv');
}

my $empty = $api->GET($export)->{body};

# An imported file: its export comes back and changes nothing; then it is taken back.
sub round_trip {
    my ($data) = @_;
    my $file = $api->GET($export)->{body};
    my $again = json_of(import_csv($file))->{data}
        // die 'the export is refused: ' . import_csv($file)->{body} . "\n";
    die "the export changes the journal: @$again{qw(imported updated unchanged)}\n"
        if "$again->{imported} $again->{updated} $again->{unchanged}" ne "0 0 $data->{imported}";
    die "the export differs the second time\n" if $api->GET($export)->{body} ne $file;
    for ($again, $data) {
        my $undone = $api->DELETE("/api/v1/payouts/imports/$_->{import_id}");
        die "not taken back: $undone->{body}\n" if $undone->{status} != 200;
    }
    die "the journal is not empty\n" if $api->GET($export)->{body} ne $empty;
    return $file;
}

# What Text::CSV_XS reads in the file, when its line ends are such that it does.
sub same_reading {
    my ($file) = @_;
    return if $file->{end} =~ /^\r\r?\n?$/ && $file->{end} ne "\r\n" || $file->{bytes} =~ /^\xef/;
    my ($names, @rows) = @{ rows_of($file->{bytes}) // die "it is no CSV for Text::CSV_XS\n" };
    my @names = map { lc s/^[\s\x{A0}]+|[\s\x{200B}]+$//gr } @$names;
    my @texts;
    for my $row (grep { grep { /[^\s\x{A0}]/ } @$_ } @rows) {
        my %cell;
        @cell{@names} = map { unguarded($_) } @$row;
        push @texts, { date => $cell{date}, text => expected(%cell) };
    }
    my $got = join "\n", map { $_->{text} } sort { $a->{date} cmp $b->{date} } @texts;
    die "Text::CSV_XS reads something else:\n$got\n" if $got ne join "\n", @{ $file->{rows} };
    return;
}

sub check_error {
    my ($answer, $lines, $wrong) = @_;
    my $errors = json_of($answer)->{errors} // [];
    die "no line is named: $answer->{body}\n"
        if $answer->{status} != 400 || !@$errors
        || grep { ($_->{line} // 0) < 1 || $_->{line} > $lines } @$errors;
    return if !$wrong;
    my %named = map { ($_->{line} => 1) } @$errors;
    my $named = join ' ', sort { $a <=> $b } keys %named;
    die "wrong are the lines @$wrong, named are $named\n" if $named ne "@$wrong";
    return;
}

sub check {
    my ($file) = @_;
    my $answer = import_csv($file->{bytes});
    my $lines = 1 + (() = $file->{bytes} =~ /\r\r\n|\r\n|\r|\n/g);
    if ($file->{damaged}) {
        return check_error($answer, $lines) if $answer->{status} != 201;
        my $data = json_of($answer)->{data};
        my @out = exported(round_trip($data));
        die "it has $data->{imported} payouts, the export " . @out . "\n"
            if @out != $data->{imported};
        return;
    }
    return check_error($answer, $lines, $file->{wrong}) if @{ $file->{wrong} };
    die "a good file is refused: $answer->{body}\n" if $answer->{status} != 201;
    my $got = join "\n", exported(round_trip(json_of($answer)->{data}));
    my $expected = join "\n", @{ $file->{rows} };
    die "the export has\n$got\ninstead of\n$expected\n" if $got ne $expected;
    return same_reading($file);
}

my %done = (good => 0, wrong => 0, damaged => 0);
my @bad;
for my $n (1 .. $files) {
    my $file = random_file();
    @$file{qw(bytes damaged)} = (damaged($file->{bytes}), 1) if rand() < 0.25;
    $done{ $file->{damaged} ? 'damaged' : @{ $file->{wrong} } ? 'wrong' : 'good' }++;
    next if eval { check($file); 1 };
    push @bad, "file $n: $@" . encode('UTF-8', $file->{bytes} =~ s/([^ -~\n])/sprintf '\\x%02x',
        ord $1/ger);
    last if @bad == 3;
}
is(join("\n", @bad), '',
    "journal: $files files come out as they went in, or an error names a line");
cmp_ok($done{$_}, '>', $files / 20, "journal: $_ files are among them: $done{$_}")
    for sort keys %done;
is(tree_errors($purser), 0, 'journal: all sums are right after all files');
done_testing;
