#!/usr/bin/perl
# Protects: Stripe's official SDK works with the double. Looks for the npm package "stripe" in
# $PURSER_NODE_MODULES or t/double/node_modules (npm install --prefix t/double --no-save stripe).

use Mojo::Base -strict, -signatures;
use FindBin ();
use lib "$FindBin::Bin/../lib";
use Double::Client;
use Mojo::File ();
use Mojo::JSON qw(encode_json);
use Test::More;

my $modules = $ENV{PURSER_NODE_MODULES} // "$FindBin::Bin/../node_modules";
plan skip_all => 'node is not here' if !grep { -x "$_/node" } split /:/, $ENV{PATH};
plan skip_all => 'the npm package stripe is not here (set PURSER_NODE_MODULES)'
    if !-d "$modules/stripe";

my $d = Double::Client->start(webhooks => 1);
$d->intent;
$d->wait_for(sub { @{ $d->received } }) or BAIL_OUT('no webhook');
my $hook = Mojo::File->new($d->directory . '/hook');
$hook->spurt(encode_json({ map { $_ => $d->received->[0]{$_} } qw(body signature) }));
$d->control(POST => '/reset');

my ($port) = $d->base =~ /:(\d+)$/;
$ENV{PURSER_NODE_MODULES} = $modules;
$ENV{STRIPE_SUPPRESS_NOTICES} = 'true';
my @command = ('node', "$FindBin::Bin/sdk.mjs", $port, Double::Client::SECRET);
my $output = `@command < $hook 2>@{[$d->directory]}/errors`;
is $?, 0, 'the SDK ran to its end'
    or diag $output, Mojo::File->new($d->directory . '/errors')->slurp;
my @lines = $output =~ /^((?:not )?ok \d+ - .*)$/mg;
cmp_ok scalar @lines, '>', 25, 'the SDK ran more than 25 checks';
ok $_ !~ /^not/, s/^(?:not )?ok \d+ - //r for @lines;
my $found = $d->control(GET => '/contract');
is_deeply $found->{wrong}, [], "the answers to the SDK agree with Stripe's schema"
    if $found->{judged};
done_testing;
