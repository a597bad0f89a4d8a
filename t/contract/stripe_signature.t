# Protects: the signatures that Stripe's SDK makes are accepted, and none that the SDK would refuse.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";

use Test::More;
use T::Proc qw(build_dir temp_dir spew);

my $driver = build_dir() . '/t/contract/stripe_driver';
my $node_modules = $ENV{PURSER_NODE_MODULES};

plan skip_all => 'PURSER_NODE_MODULES names no directory with the package stripe'
    if !$node_modules || !-d "$node_modules/stripe";

my $now = 1_781_913_605;
my $body = qq({"id":"evt_1","object":"event","name":"M\xc3\xbcller"}\n);
my $body_file = temp_dir('signature') . '/body';

sub output_of {
    my ($text, @command) = @_;
    spew($body_file, $text);
    my $pid = open my $output, '-|';
    die "fork: $!" if !defined $pid;
    if (!$pid) {
        open STDIN, '<', $body_file or die "$body_file: $!";
        exec @command or die "$command[0]: $!";
    }
    my $line = join '', <$output>;
    close $output;
    chomp $line;
    return $line;
}

sub sdk { return output_of($_[0], 'node', "$FindBin::Bin/stripe_sdk.js", '-', @_[1 .. $#_]) }

sub ours { return output_of($_[0], $driver, '-', 'verify', @_[1 .. $#_]) }

my $right = sdk($body, 'sign', $now, 'whsec_a');
my $other = sdk($body, 'sign', $now, 'whsec_b');
my ($v1) = $right =~ /(v1=\w+)/;
my ($wrong) = $other =~ /(v1=\w+)/;
my $old = sdk($body, 'sign', $now - 301, 'whsec_a');
my $ahead = sdk($body, 'sign', $now + 1000, 'whsec_a');

# header, what we say, what the SDK says
my @cases = (
    ['as it comes', $right, 'ok', 'ok'],
    ['v1 first', "$v1,t=$now", 'ok', 'ok'],
    ['two v1, the second right', "t=$now,$wrong,$v1", 'ok', 'ok'],
    ['with v0', "$right,v0=00", 'ok', 'ok'],
    ['300 s old', sdk($body, 'sign', $now - 300, 'whsec_a'), 'ok', 'ok'],
    ['301 s old', $old, 'expired', 'refused'],
    ['another secret', $other, 'mismatch', 'refused'],
    ['v0 only', "t=$now,v0=00", 'malformed', 'refused'],
    ['a space', "t=$now, $v1", 'malformed', 'refused'],
    ['no time', $v1, 'malformed', 'refused'],
    ['upper case', "t=$now," . ($v1 =~ s/=(.*)/'=' . uc $1/er), 'malformed', 'refused'],
    ['short', "t=$now," . substr($v1, 0, 20), 'malformed', 'refused'],
    # where we are stricter on purpose
    ['1000 s ahead', $ahead, 'expired', 'ok'],
    ['two times', "t=1,t=$now,$v1", 'malformed', 'ok'],
);

for my $case (@cases) {
    my ($name, $header, $ours, $sdk) = @$case;
    is(ours($body, $now, $header, 'whsec_a'), $ours, "$name: our verdict");
    is(sdk($body, 'verify', $now, $header, 'whsec_a'), $sdk, "$name: the verdict of Stripe's SDK");
}
is(ours("$body ", $now, $right, 'whsec_a'), 'mismatch', 'a space behind the body: our verdict');
is(sdk("$body ", 'verify', $now, $right, 'whsec_a'), 'refused',
    "a space behind the body: the verdict of Stripe's SDK");
is(ours($body, $now, $other, 'whsec_a', 'whsec_b'), 'ok',
    'a signature by the second of two secrets is good');

done_testing;
