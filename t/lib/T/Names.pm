package T::Names;

# Extracts the names of tests from their files, for t/style/names.t.  A heuristic, no parser: a name
# is the last string literal among the arguments of a call of an assertion, of a subtest the first.
# A name that is a variable is not found.

use strict;
use warnings;

use Exporter qw(import);
use T::Proc qw(top_dir slurp);

our @EXPORT_OK = qw(names_of);

my %assertion = map { $_ => 1 } qw(ok is isnt like unlike is_deeply cmp_ok pass fail subtest
    is_status is_problem is_json is_empty isnt_empty results_eq results_ne set_eq bag_eq matches
    doesnt_match alike unalike throws_ok throws_like lives_ok performs_ok);

# is_problem has one more argument behind the name, the api.
my $api = qr/^(?:prop|journal|partner|marketplace)$/;

my $round = qr/(\((?:[^()\\]++|\\.|(?-1))*+\))/s;
my $curly = qr/(\{(?:[^{}\\]++|\\.|(?-1))*+\})/s;
my $square = qr/(\[(?:[^\[\]\\]++|\\.|(?-1))*+\])/s;
my $slashes = qr{/(?:[^/\\\n]|\\.)*/}s;

# Where a slash begins a pattern; elsewhere it divides.
my $pattern_follows = qr/(?:[(\[{,;=~!&|?:]|\b(?:split|grep|map|and|or|not|if|unless|return))\s*\z/;

my %lex = (
    t => sub {
        my ($before) = @_;
        return ['', $1] if /\G(\s+|#[^\n]*)/gc;
        return ['other', $1] if /\G(\$#|[\$\@%&]\w+|->\s*\w+|sub\s+\w+)/gc;
        return ['string', $2] if /\G(["'])((?:(?!\1)[^\\]|\\.)*)\1/gcs;
        return ['string', substr $1, 1, -1] if /\Gqq?\b\s*(?|$round|$curly|$square)/gc;
        return ['other', $&] if /\G(?:qr|m|qw)\b\s*(?:$round|$curly|$square|$slashes)\w*/gc;
        return ['other', $&] if m{\G(?:s|tr|y)(?:/(?:[^/\\]|\\.)*){2}/\w*}gcs;
        return ['other', $&] if /\G(?:s|tr|y)\b\s*(?:$curly\s*$curly|$square\s*$square)\w*/gc;
        return ['other', $&] if $before =~ $pattern_follows && /\G$slashes\w*/gc;
        return;
    },
    pg => sub {
        return ['', $1] if /\G(\s+|--[^\n]*)/gc;
        return ['other', $&] if /\G(\$\w*\$).*?\1/gcs;
        return ['string', $1 =~ s/''/'/gr] if /\G'((?:[^']|'')*)'/gcs;
        return;
    },
);

# [kind, text, line]...
sub _tokens {
    my ($text, $extension) = @_;
    # The body of a here-document leaves its line breaks.
    1 while $extension eq 't' && $text =~ s{<<~?(["'])(\w+)\1([^\n]*\n)(.*?^\s*\2)$}
        {'""' . $3 . $4 =~ tr/\n//cdr}ems;
    my ($line, $before, @tokens) = (1, '');
    for ($text) {
        pos = 0;
        while (pos() < length) {
            my $start = pos;
            my $token = $lex{$extension}->($before)
                || (/\G(\w+)/gc ? ['word', $1] : /\G(=>|.)/gcs && ['mark', $1]);
            my $seen = substr $_, $start, pos() - $start;
            push @tokens, [@$token, $line] if $token->[0];
            $line += $seen =~ tr/\n//;
            $before = substr $before . $seen, -20;
        }
    }
    return @tokens;
}

# The name in the arguments that begin at token $i; "$" stands for a part that is no literal.
sub _name {
    my ($assertion, $i, @tokens) = @_;
    my $bare = $tokens[$i][1] ne '(';
    my ($depth, $format, $joins, $name, $earlier) = ($bare ? 1 : 0, 0, 0);
    for my $token (@tokens[$i .. $#tokens]) {
        my ($kind, $text) = @$token;
        $depth++ if $kind eq 'mark' && $text =~ /[(\[{]/;
        $depth-- if $kind eq 'mark' && $text =~ /[)\]}]/;
        last if $depth < 1 || $bare && $depth == 1 && $kind ne 'string'
            && $text =~ /^(?:;|for|if|unless|or|and)$/;
        next if $depth > 1;
        if ($kind eq 'string' && $text =~ /\w/) {
            return $earlier if $assertion eq 'is_problem' && $text =~ $api;
            $name = !$joins ? $text : ($name // '$') . $text;
            return $name if $assertion eq 'subtest';
        } elsif ($joins && defined $name && $kind ne 'mark') {
            $name .= '$';
        } elsif ($kind eq 'mark' && $text =~ /^(?:,|=>)$/ && !$format) {
            ($earlier, $name) = ($name, undef);
        }
        $format = 1 if $kind eq 'word' && $text eq 'sprintf';
        $joins = $kind eq 'mark' && $text =~ /^[.|]$/;
    }
    return $name;
}

# In C the name is the argument at a fixed place; "$" stands for what its format prints.
my %place = (ok => 1, is_int => 2, is_str => 2);
my $literal = qr/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/s;
my $group = qr/([({\[](?:[^(){}\[\]"']++|$literal|(?-1))*+[)}\]])/s;

sub _names_in_c {
    my ($text) = @_;
    my @names;
    while ($text =~ /\b(ok|is_int|is_str)$group/g) {
        my ($assertion, $call, $before) = ($1, $2, substr $text, 0, $-[0]);
        my @arguments;
        while ($call =~ /\G(?:^\()?((?:[^,(){}\[\]"']++|$literal|$group)+)[,)]/g) {
            push @arguments, $1;
        }
        my $name = $arguments[$place{$assertion}] // '';
        next if $name !~ /^\s*"/;
        $name = join '', $name =~ /"((?:[^"\\]|\\.)*)"/g;
        push @names, [1 + $before =~ tr/\n//, $name =~ s/%/\$/gr];
    }
    return @names;
}

# [line, name]... of a test file.
sub names_of {
    my ($path) = @_;
    my ($extension) = $path =~ /\.(\w+)$/;
    return _names_in_c(slurp(top_dir() . "/$path")) if $extension eq 'c';
    my @tokens = _tokens(slurp(top_dir() . "/$path"), $extension);
    my @names;
    for my $i (0 .. $#tokens - 1) {
        next if $tokens[$i][0] ne 'word' || !$assertion{ $tokens[$i][1] };
        next if $tokens[$i + 1][1] =~ /^(?:=>|=|,|\})$/ && $tokens[$i + 1][0] eq 'mark';
        # In SQL "is" and "like" are operators, too.
        next if $extension eq 'pg' && $tokens[$i + 1][1] ne '(';
        my $name = _name($tokens[$i][1], $i + 1, @tokens);
        push @names, [$tokens[$i][2], $name] if defined $name;
    }
    return @names;
}

1;
