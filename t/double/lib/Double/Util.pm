package Double::Util;

# Small helpers: ids, form decoding, JSON with exact decimals, Stripe-shaped refusals.

use strict;
use warnings;
use feature 'signatures';
no warnings qw(experimental::signatures experimental::builtin);

use Exporter 'import';
use Mojo::JSON qw(encode_json true false);
use Mojo::Util qw(url_unescape);
use Encode ();
use POSIX ();

our @EXPORT_OK = qw(new_id random_text form_decode flat_params compare_text json_text decimal
    refuse fail error_body iso_time currency_ok minimum_amount address zero_decimal
    true false bool split_rate random_byte is_exact);

my @ALPHABET = ('0' .. '9', 'A' .. 'Z', 'a' .. 'z');
my $random_pool = '';

# One byte of randomness at a time, read from the kernel in larger pieces.
sub random_byte () {
    if (!length $random_pool) {
        open my $fh, '<:raw', '/dev/urandom' or die "cannot open /dev/urandom: $!";
        read $fh, $random_pool, 4096;
    }
    return ord substr($random_pool, 0, 1, '');
}

sub random_text ($length) {
    my $text = '';
    while (length $text < $length) {
        my $byte = random_byte();
        $text .= $ALPHABET[$byte % 62] if $byte < 248;
    }
    return $text;
}

# Stripe's shape: prefix, "1" and 23 letters and digits.
sub new_id ($prefix) { return "${prefix}_1" . random_text(23) }

# An address as Stripe shows it: all members, null where they are not known.
sub address ($given = undef) {
    return { map { $_ => ($given // {})->{$_} }
        qw(city country line1 line2 postal_code state) };
}

sub bool ($value) { return $value ? true : false }

sub iso_time ($epoch) {
    my $whole = int $epoch;
    return POSIX::strftime('%Y-%m-%dT%H:%M:%S', gmtime $whole)
        . sprintf('.%03dZ', int(($epoch - $whole) * 1000));
}

# "a[b][]=1&c=2" -> { a => { b => ['1'] }, c => '2' }; dies with text on a conflict.
sub form_decode ($text) {
    my $tree = {};
    for my $pair (split /&/, $text // '') {
        next if $pair eq '';
        my ($name, $value) = map { unescape($_) } split /=/, $pair, 2;
        place($tree, $name, $value // '');
    }
    return $tree;
}

sub unescape ($text) {
    $text =~ tr/+/ /;
    my $bytes = url_unescape($text);
    my $chars = eval { Encode::decode('UTF-8', $bytes, Encode::FB_CROAK | Encode::LEAVE_SRC) };
    die "invalid UTF-8 in the request\n" if !defined $chars;
    return $chars;
}

sub place ($tree, $name, $value) {
    my ($first, $rest) = $name =~ /^([^\[\]]+)((?:\[[^\[\]]*\])*)$/
        or die "invalid parameter name: $name\n";
    my @steps = ($first, $rest =~ /\[([^\[\]]*)\]/g);
    my $at = \$tree;
    for my $step (@steps) {
        if ($step eq '') {
            $$at //= [];
            die "conflicting parameter: $name\n" if ref $$at ne 'ARRAY';
            push @{ $$at }, undef;
            $at = \$$at->[-1];
            next;
        }
        $$at //= {};
        die "conflicting parameter: $name\n" if ref $$at ne 'HASH';
        $at = \$$at->{$step};
    }
    die "conflicting parameter: $name\n" if ref $$at;
    $$at = $value;
}

# The same tree as sorted "a[b]=1" lines: what idempotency compares.
sub compare_text ($tree) {
    return join "\n", map { "$_->[0]=$_->[1]" } @{ flat_params($tree) };
}

sub flat_params ($tree, $name = '') {
    if (ref $tree eq 'HASH') {
        return [map { @{ flat_params($tree->{$_}, $name eq '' ? $_ : "${name}[$_]") } }
            sort keys %$tree];
    }
    if (ref $tree eq 'ARRAY') {
        return [map { @{ flat_params($tree->[$_], "${name}[$_]") } } 0 .. $#$tree];
    }
    return [[$name, $tree // '']];
}

# Exact decimals: decimal('125.50') prints as the JSON number 125.50.
sub decimal ($text) { return "\@decimal:$text" }

# Is a number of a JSON document still what was written?  Perl prints 15 digits of one that is no
# integer; a text is kept as it is.
sub is_exact ($value) { return builtin::created_as_number($value) ? "$value" == $value : 1 }

sub json_text ($data) {
    my $text = encode_json($data);
    $text =~ s/"\@decimal:(-?[0-9]+(?:\.[0-9]+)?)"/$1/g;
    return $text;
}

# A refusal by validation: never stored for its idempotency key.
sub refuse ($status, %error) {
    die { status => $status, stored => 0, error => { type => 'invalid_request_error', %error } };
}

# A failure while executing: stored for its idempotency key, as Stripe does.
sub fail ($status, %error) {
    die { status => $status, stored => 1, error => { type => 'invalid_request_error', %error } };
}

sub error_body ($error) {
    my %error = %$error;
    my $code = $error{code};
    $error{doc_url} //= 'https://stripe.com/docs/error-codes/' . ($code =~ s/_/-/gr) if $code;
    return { error => \%error };
}

my %CURRENCY = map { $_ => 1 } qw(
    usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp
    byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip
    gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt
    lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr
    nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd
    std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar
    zmw);
my %ZERO = map { $_ => 1 } qw(bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf);
my %MINIMUM = (gbp => 30, jpy => 50, mxn => 1000, sek => 300, nok => 300, dkk => 250, czk => 1500,
    hkd => 400, pln => 200, ron => 200, aed => 200, thb => 1000, huf => 17500, myr => 200);

sub currency_ok ($code) { return $CURRENCY{$code} }
sub zero_decimal ($code) { return $ZERO{$code} }
sub minimum_amount ($code) { return $MINIMUM{$code} // 50 }

# part/whole of an amount, half up, in integers.
sub split_rate ($amount, $part, $whole) {
    use integer;
    return ($amount * $part * 2 + $whole) / ($whole * 2);
}

1;
