# Protects: reading Stripe's event list takes no more memory the longer it is, and misses none of it.
use strict;
use warnings;

use JSON::PP ();
use Mojo::Server::Daemon;
use Test::More;
use T::Events qw(event);
use T::Proc qw(free_port slurp);
use T::Purser;

my ($PAGES, $PER_PAGE) = (60, 100);

# The list, newest first, as Stripe pages it: the events of page n come after the last one of page n - 1.
sub page_after {
    my ($cursor) = @_;
    my $from = defined $cursor ? ($cursor =~ /(\d+)$/)[0] : $PAGES * $PER_PAGE;
    my @events = map { event('invoice.created', { id => "in_$_", object => 'invoice', padding => 'x' x 1500 },
        id => sprintf('evt_page%06d', $_)) } reverse $from - $PER_PAGE .. $from - 1;
    return { object => 'list', url => '/v1/events', has_more => $from > $PER_PAGE ? JSON::PP::true : JSON::PP::false,
        data => \@events };
}

sub stripe {
    my ($port) = @_;
    my $daemon = Mojo::Server::Daemon->new(listen => ["http://127.0.0.1:$port"], silent => 1);
    $daemon->unsubscribe('request')->on(request => sub {
        my (undef, $tx) = @_;
        $tx->res->code(200);
        $tx->res->headers->content_type('application/json');
        $tx->res->body(JSON::PP->new->utf8->encode(page_after($tx->req->param('starting_after'))));
        $tx->resume;
    });
    return $daemon->run;
}

my $port = free_port();
my $purser = T::Purser->start(workers => []);
my $stripe = T::Proc->start(log => "$purser->{dir}/list", command => ['stripe'], code => sub { stripe($port) });

# What the sanitizer keeps back of freed memory would hide what is still held.
my $jobs = $purser->start_worker('purser-jobs', conf => { stripe_api_base => "http://127.0.0.1:$port" },
    env => { ASAN_OPTIONS => 'detect_leaks=1:quarantine_size_mb=1' });
sub peak_mib { return (slurp('/proc/' . $jobs->pid . '/status') =~ /^VmHWM:\s+(\d+) kB/m)[0] / 1024 }

$purser->wait_for('the first pages are stored', sub { $purser->value('select count(*) from webhooks.stripe_event') >= 5 * $PER_PAGE });
my $early = peak_mib();
$purser->wait_for('the list is read', sub { $purser->value('select last_finished_at is not null from webhooks.backfill') });
is($purser->value('select count(*) from webhooks.stripe_event'), $PAGES * $PER_PAGE, 'every event of a long list is stored');
my $grown = peak_mib() - $early;
cmp_ok($grown, '<', 40, sprintf 'in %.1f MiB more than its first pages needed', $grown);
unlike($jobs->log_text, qr/level=error/, 'no error in the log');

done_testing;
