package T::Harness;

# A TAP harness (prove) for all kinds of tests: C programs, Perl, pgTAP.  One PostgreSQL for the
# run; the skipped tests with their reasons are printed before the summary.
#
#   perl -It/lib -MT::Harness -e 'exit T::Harness::run(@ARGV)' -- [-v] [-jN] FILE...

use strict;
use warnings;

use TAP::Harness;
use T::Proc qw(top_dir build_dir);
use T::Postgres;

my @skipped;

# Files as paths of the tree ("t/flow/payout.t") or of the build ("t/unit/buf.t").
sub run {
    my (@args) = @_;
    my %options = (verbosity => 0, jobs => 3, timer => 1);
    while (@args && $args[0] =~ /^-/) {
        my $option = shift @args;
        $options{verbosity} = 1 if $option eq '-v';
        $options{jobs} = $1 if $option =~ /^-j(\d+)$/;
    }
    chdir top_dir() or die 'chdir ' . top_dir() . ": $!";
    $ENV{PERL5LIB} = join ':', top_dir() . '/t/lib', $ENV{PERL5LIB} || ();
    $ENV{PURSER_BUILD} = build_dir();
    @ENV{qw(ASAN_OPTIONS UBSAN_OPTIONS)} = ('detect_leaks=1', 'print_stacktrace=1');
    my $harness = TAP::Harness->new({
        %options,
        formatter_class => -t STDOUT ? 'T::Harness::Console' : 'T::Harness::File',
        sources => { Perl => undef, Executable => undef, _pgtap(@args) },
        rules => { par => [map({ { seq => $_ } } 't/style/*.t', 't/fault/*.t'),
            { par => '**' }] },
    });
    $harness->callback(made_parser => \&_watch);
    my $result = $harness->runtests(map { [_program($_), $_] }
        sort { _late($a) <=> _late($b) } @args);
    return $result->all_passed ? 0 : 1;
}

# A compiled test lies in the build.
sub _program {
    my ($file) = @_;
    return -e top_dir() . "/$file" ? $file : build_dir() . "/$file";
}

# The longest tests first, so that the processors are busy to the end.
sub _late {
    my ($file) = @_;
    return $file =~ m{^t/fault/} ? 0 : $file =~ m{^t/flow/} ? 1 : 2;
}

# The run's PostgreSQL, unless no chosen test uses it; pgTAP files share a database and roll back.
sub _pgtap {
    my (@files) = @_;
    return () if !grep { !m{^t/(unit|fuzz|style|double)/} } @files;
    my $postgres = T::Postgres->new->load;
    $ENV{PURSER_TEST_PG} = $postgres->{socket};
    return () if !grep { /\.pg$/ } @files;
    my $database = $postgres->database('purser_sql');
    my $dbh = $postgres->dbh($database);
    $dbh->do('set client_min_messages = error');
    $dbh->do('create extension if not exists pgtap');
    $dbh->disconnect;
    return (pgTAP => { suffix => '.pg', host => $postgres->{socket}, dbname => $database,
        username => 'postgres' });
}

sub _watch {
    my ($parser, $job) = @_;
    my $file = $job->[1];
    $parser->callback(test => sub {
        my ($test) = @_;
        push @skipped, [$file, $test->description, $test->explanation] if $test->has_skip;
    });
    $parser->callback(plan => sub {
        my ($plan) = @_;
        push @skipped, [$file, 'all of it', $plan->explanation] if $plan->has_skip;
    });
    return;
}

# Prove's own formatters, with the list before their summary.
sub _list_skipped {
    my ($formatter) = @_;
    return if !@skipped;
    $formatter->_output("\nSkipped, and why:\n");
    for (@skipped) {
        my ($file, $what, $why) = @$_;
        $what =~ s/^- //;
        $formatter->_output("  $file: " .
            join(': ', grep { defined && length } $what, $why) . "\n");
    }
    $formatter->_output("\n");
    return;
}

package T::Harness::Console;    ## no critic (ProhibitMultiplePackages)
use parent 'TAP::Formatter::Console';
sub summary {
    my ($self, @args) = @_;
    T::Harness::_list_skipped($self);
    return $self->SUPER::summary(@args);
}

package T::Harness::File;    ## no critic (ProhibitMultiplePackages)
use parent 'TAP::Formatter::File';
sub summary {
    my ($self, @args) = @_;
    T::Harness::_list_skipped($self);
    return $self->SUPER::summary(@args);
}

1;
