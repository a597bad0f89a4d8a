# Protects: no source uses a banned function, type or keyword; each has its replacement below.

use strict;
use warnings;

use T::Source qw(sources code_of);
use Test::More;

my %instead = (
    (map { ($_ => 'buf or arena_printf') }
        qw(strcpy strncpy strcat strncat sprintf vsprintf stpcpy)),
    (map { ($_ => 'text_int or strtol with a check') }
        qw(atoi atol atoll atof strtof strtod strtold sscanf)),
    (map { ($_ => 'the reentrant one, or clock.h') }
        qw(localtime gmtime ctime asctime strtok strerror_l)),
    (map { ($_ => 'crypto_random') } qw(rand srand random drand48)),
    (map { ($_ => 'nothing: no program is run') } qw(system popen execl execlp execvp)),
    gets => 'fgets', alloca => 'the arena', tmpnam => 'mkstemp', mktemp => 'mkstemp',
    longjmp => 'a return value, or FIT()', setjmp => 'a return value, or FIT()',
);
my %needed = ('src/core/base/misfit.c' => qr/^(?:set|long)jmp$/);
# Money never passes a binary float.
my %types = (float => 'int64_t of the smallest unit', double => 'int64_t of the smallest unit');

my @sources = sources(qr/\.[ch]$/, 'src');
my @found;
for my $path (@sources) {
    my $line = 0;
    for my $code (split /\n/, code_of($path)) {
        $line++;
        push @found, map { "$path:$line: $_(): take $instead{$_}" }
            grep { $instead{$_} && $_ !~ ($needed{$path} // qr/^\b$/) } $code =~ /\b(\w+)\s*\(/g;
        push @found, map { "$path:$line: $_: take $types{$_}" } $code =~ /\b(float|double)\b/g;
        push @found, "$path:$line: goto: return early" if $code =~ /\bgoto\b/;
        push @found, "$path:$line: typedef of a struct" if $code =~ /\btypedef\s+struct\b/;
    }
}
is(join("\n", @found), '', 'no banned call, type or word');

# SQL is written in sql/ and in statements (struct db_stmt), never composed.
my $sql = qr/"\s*(?:select\s.*\sfrom|insert into|update \w+ set|delete from|begin;|commit)\b/i;
my @composed = grep {
    my $text = T::Proc::slurp(T::Proc::top_dir() . "/$_");
    $text =~ s/^(?:static )?const struct db_stmt \w+(?:\[\])? = \{.*?\};\n//msg;
    $text =~ s/^#define \w+(?:\(.*?\))? \\\n(?:.*\\\n)*.*\n//mg;
    $text =~ $sql;
} grep { /\.c$/ } @sources;
is("@composed", '', 'SQL stands in statements only');

done_testing;
