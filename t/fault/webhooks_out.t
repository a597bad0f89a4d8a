# Protects: purser-jobs may die at every point of sending a webhook: each event arrives, in its
# order, and twice only where the answer was lost.
use strict;
use warnings;

use Test::More;
use T::Fault;
use T::Hooks;
use T::Purser;
use T::Receiver;

my $purser = T::Purser->start(programs => ['purser-webhooks', 'purser-jobs']);
my $hooks = T::Hooks->new($purser);
my $receiver = T::Receiver->start;

# Five events of two objects; returns what is wrong with what was received of them.
sub scenario {
    my ($fault, $number) = @_;
    my $endpoint = $hooks->create(url => $receiver->base . "/ok/$number",
        events => ['payment.failed']);
    my @events = map { [$hooks->event('payment.failed', "pay_$number" . $_ % 2), $_ % 2] } 1 .. 5;
    my $arrived = $fault->wait_for(20, sub {
        return $purser->value('select count(*) = 5 from webhooks.delivery where endpoint_id = ? '
            . "and status = 'delivered'", $endpoint->{id});
    });
    $fault->recovered;
    $hooks->api->DELETE("$T::Hooks::URI/$endpoint->{id}");
    return 'not all are delivered' if !$arrived;
    my @got = map { $_->{headers}{'webhook-id'} } $receiver->received("/ok/$number");
    my @wrong;
    for my $object (0, 1) {
        my @sent = map { $_->[0] } grep { $_->[1] == $object } @events;
        my %of = map { $_ => 1 } @sent;
        my (%seen, @once);
        push @once, grep { $of{$_} && !$seen{$_}++ } @got;
        push @wrong, "object $object came as @once, not @sent" if "@once" ne "@sent";
    }
    push @wrong, scalar(@got) . ' requests for five events' if @got > ($fault->{restarted} ? 7 : 5);
    return @wrong;
}

# Leases of a process that died are returned when the next one starts.
T::Fault->new(purser => $purser, program => 'purser-jobs', scenario => \&scenario,
    only => qr/webhook/)->run(seeds => $ENV{PURSER_FAULT_SEEDS} || 1);

# PostgreSQL goes away while requests are under way.
my $endpoint = $hooks->create(url => $receiver->base . '/ok/restart', events => ['payment.failed']);
my @ids = map { $hooks->event('payment.failed', "pay_restart$_") } 1 .. 20;
$purser->value(q{select count(pg_terminate_backend(pid)) from pg_stat_activity
    where usename = 't_jobs'});
$purser->wait_for('all are delivered', sub {
    return $purser->value('select count(*) = 20 from webhooks.delivery where endpoint_id = ? '
        . "and status = 'delivered'", $endpoint->{id});
}, 30);
my %got = map { $_->{headers}{'webhook-id'} => 1 } $receiver->received('/ok/restart');
is_deeply([sort keys %got], [sort @ids],
    'webhooks: connections to the database are cut: none is lost');

done_testing;
