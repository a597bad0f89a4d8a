# Protects: what is wrong with one element of Stripe's list of events costs that element and not the
# page: the others are learnt, operators see which one was passed, and its reading is finished.
use strict;
use warnings;

use Test::More;
use T::EventList;
use T::Events qw(event event_text);
use T::Proc qw(slurp);
use T::Purser;

my $COUNT = 250;
my $purser = T::Purser->start(programs => [], accounts => 1);
my $list = T::EventList->start(dir => $purser->{dir}, count => $COUNT);
my $large = 'x' x 2_700_000;

sub id { return sprintf 'evt_list%06d', $_[0] }
sub about { return event($_[1], { id => 'pi_of_another', object => 'payment_intent', @_[2 .. $#_] },
    id => id($_[0])) }
my $raw = sub { my ($n, $type, $text) = @_;
    return event_text(about($n, $type)) =~ s/"pi_of_another"/$text/r };

my %put = (
    240 => event_text(about(240, 'payment_intent.created', note => $large)),
    230 => event_text(about(230, 'invoice.created', note => $large)),
    220 => $raw->(220, 'refund.created', '"\ud800"'),
    219 => $raw->(219, 'refund.created', "\"\xff\""),
    218 => $raw->(218, 'refund.created', '7,"id":8'),
    217 => $raw->(217, 'refund.created', '[' x 20 . ']' x 20),
    216 => $raw->(216, 'invoice.paid', 'NaN'),
    210 => '{"id":"in_210","object":"invoice","type":7}',
    209 => '{"type":"payment_intent.created","object":"event"}',
    208 => 'null',
    151 => $raw->(151, 'transfer.created', '01'), # the last one of the first page
    150 => $raw->(150, 'transfer.created', '01'),
);
$list->put($_, $put{$_}) for keys %put;
my @passed = qw(evt_list000150 evt_list000151 evt_list000217 evt_list000218 evt_list000219
    evt_list000220 evt_list000240 in_210);

sub finished {
    return $purser->value(q(select due_at = 'infinity' and covered_until is not null
        from stripe_events.bookmark where list = 'events'));
}
sub exceptions {
    return @{ $purser->dbh->selectcol_arrayref(q(select object_id from admin.exceptions
        where kind = 'list_element' and resolved_at is null order by object_id collate "C")) };
}

my $jobs = $purser->start_program('purser-jobs', conf => { stripe_api_base => $list->base });
$purser->wait_for('the list is read', \&finished, 60);
is($purser->value('select count(*) from stripe_events.event'), $COUNT - keys %put,
    'list by element: every other event is stored');
my @open = exceptions();
is_deeply([grep { !/^sha256:/ } @open], \@passed,
    'list by element: each that was passed is an exception by its id');
is(scalar(grep { /^sha256:[0-9a-f]{64}$/ } @open), 2,
    'list by element: two without an id are exceptions by their digest');
is_deeply($purser->rows(q(select detail ->> 'error' as error, detail ->> 'type' as type,
    (detail ->> 'bytes')::int > 2700000 as large from admin.exceptions
    where object_id = 'evt_list000240')), [{ error => 'larger than 512 KiB',
    type => 'payment_intent.created', large => 1 }],
    'list by element: the exception says what is wrong');
is(scalar(grep { $_->{limit} != 100 } $list->asked), 0,
    'list by element: one large event makes no page smaller');
my ($health) = @{ $purser->rows(q(select state, why from admin.health
    where what like 'list of events%')) };
is_deeply($health, { state => 'ok', why => undef },
    'list by element: admin.health shows a reading that has finished');

# An operator closes one; the next reading passes all of them again.
my ($tenant) = $purser->tenants;
$purser->value(q(select admin.resolve_exception(?, id, 'looked at', 'test', false)
    from admin.exceptions where object_id = 'evt_list000220'), $tenant->{slug});
$purser->dbh->do(q(update stripe_events.bookmark set covered_until = null, due_at = now()));
$purser->wait_for('the list is read again', \&finished, 60);
is(scalar exceptions(), @open - 1,
    'list by element: an element is one exception, which an operator closes');
unlike($jobs->log_text, qr/level=error/, 'list by element: purser-jobs logs no error');

# Events of 60 kB: no page of a hundred is kept.
$purser->dbh->do('truncate stripe_events.event');
$list->put($_, undef) for keys %put;
$list->change(padding => 60_000);
$purser->dbh->do(q(update stripe_events.bookmark set covered_until = null, due_at = now()));
$purser->wait_for('the list of large events is read', \&finished, 120);
is($purser->value('select count(*) from stripe_events.event'), $COUNT,
    'list by element: every event of pages that are too large is stored');
cmp_ok(scalar(grep { $_->{limit} == 10 } $list->asked), '>=', 20,
    'list by element: such pages are asked for with ten events');

done_testing;
