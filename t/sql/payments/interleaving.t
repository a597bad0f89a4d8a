# The same facts of Stripe, shuffled, duplicated and applied by four sessions at once, end in the
# same rows, accounts and books as in order.  PURSER_SEED repeats a run.
use strict;
use warnings;
use FindBin qw($Bin);
use lib "$Bin/../lib", "$Bin/../../lib";
use Sessions qw(session parallel value attempt rows);
use JSON::PP;
use List::Util qw(shuffle);
use Test::More;

my $seed = $ENV{PURSER_SEED} || 20261121;
my ($rounds, $payments, $sessions) = (3, 14, 4);
my $json = JSON::PP->new->canonical;
srand $seed;
diag "PURSER_SEED=$seed" if $ENV{PURSER_SEED};
my $main = session();

# --- what happens at Stripe -------------------------------------------------------------------

# A story is a list of facts in order: [kind, second, what the object looks like then].
sub story {
    my @facts;
    my $s = 1000;
    my $intent = sub {
        push @facts, ['intent', ++$s,
            { status => $_[0], $_[1] ? (failure => 'card_declined') : () }];
    };
    $intent->('requires_payment_method');
    for (1 .. int rand 4) {
        my $status =
            (qw(requires_payment_method requires_action processing requires_confirmation))[rand 4];
        $intent->($status, $status eq 'requires_payment_method');
    }
    my $end = rand;
    if ($end < 0.15) {
        $intent->('canceled') if $end < 0.1;
        return @facts;
    }
    $intent->('succeeded');
    push @facts, ['provision', ++$s, {}], ['lifecycle', ++$s, {}];
    push @facts, refund_facts(\$s) if rand() < 0.6;
    push @facts, dispute_facts(\$s, $_) for 1 .. int rand 3;
    return @facts;
}

# Refunds as their list is read again at each event.
sub refund_facts {
    my ($s) = @_;
    my (@facts, @refunds);
    my $left = 19900;
    for my $n (1 .. 1 + int rand 3) {
        my $amount = rand() < 0.5 ? $left : 1 + int rand $left;
        last if !$left;
        $left -= $amount;
        push @refunds, { n => $n, amount => $amount,
            status => (qw(pending succeeded requires_action))[rand 3] };
        push @facts, ['refunds', ++$$s, [map { {%$_} } @refunds]];
        if (rand() < 0.5) {
            $refunds[-1]{status} = (qw(succeeded failed canceled))[rand 3];
            $left += $amount if $refunds[-1]{status} ne 'succeeded';
            push @facts, ['refunds', ++$$s, [map { {%$_} } @refunds]];
        }
    }
    return @facts;
}

sub dispute_facts {
    my ($s, $n) = @_;
    my @facts;
    my @moves;
    my $fact = sub {
        push @facts, ['dispute', ++$$s, { n => $n, status => $_[0], moves => [@moves] }];
    };
    $fact->('warning_needs_response') if rand() < 0.3;
    if (@facts && rand() < 0.4) {
        $fact->('warning_closed');
        return @facts;
    }
    $fact->('needs_response');
    push @moves, -19900;
    $fact->('needs_response');
    $fact->('under_review') if rand() < 0.5;
    return @facts if rand() < 0.2;
    my $won = rand() < 0.5;
    push @moves, 19900 if $won;
    $fact->($won ? 'won' : 'lost');
    if (!$won && rand() < 0.4) {
        $fact->('appeal_needs_response');
        push @moves, 19900;
        $fact->('won');
        $won = 1;
    }
    if ($won && rand() < 0.4) { # opened again
        push @moves, -19900;
        $fact->('needs_response');
        $fact->('lost') if rand() < 0.5;
    }
    return @facts;
}

# --- how it reaches us --------------------------------------------------------------------------

# Each fact arrives again and again; refunds and disputes are re-read, so an event may carry any
# later state; our own answer and the readings of the background come in anywhere.
sub arriving {
    my ($facts) = @_;
    my @arriving;
    for my $i (0 .. $#$facts) {
        my ($kind, $s, $object) = @{ $facts->[$i] };
        for (1 .. 1 + int rand 3) {
            my @later = grep { $_->[0] eq $kind
                && ($kind ne 'dispute' || $_->[2]{n} == $object->{n}) } @$facts[$i .. $#$facts];
            push @arriving, $kind =~ /^(refunds|dispute)$/ ? $later[rand @later] : $facts->[$i];
        }
        push @arriving, $facts->[$i] if $kind eq 'intent';
    }
    my ($last) = grep { $_->[0] eq 'intent' } reverse @$facts;
    push @arriving, ['reading', $last->[1], $last->[2]] for 1 .. int rand 3;
    push @arriving, ['settle', 0, {}] for 1 .. 1 + int rand 2;
    return shuffle(@arriving);
}

sub apply {
    my ($dbh, $name, $payment, $fact) = @_;
    my ($kind, $s, $object) = @$fact;
    my $intent = "pi_$name";
    if ($kind eq 'settle') {
        return as_alice($dbh,
            q{select status from payments.checkout_settle(?, ?, 'secret', }
            . q{'requires_payment_method')}, $payment, $intent);
    } elsif ($kind eq 'intent' || $kind eq 'reading') {
        return value($dbh,
            q{select payments.payment_intent_event(?, ?, t.metadata(?), ?, 19900, 19900, 'usd', ?, }
            . q{?, null, 'secret')},
            $kind eq 'intent' ? "evt_${name}_$s" : undef, $intent, rand() < 0.7 ? $payment : undef,
            $object->{status}, $s, $object->{failure});
    } elsif ($kind eq 'refunds') {
        my @refunds = map { { id => "re_${name}_$_->{n}", amount => $_->{amount}, currency => 'usd',
            status => $_->{status} } } @$object;
        return value($dbh, q{select payments.refund_event(null, ?, ?)}, $intent,
            $json->encode(\@refunds));
    } elsif ($kind eq 'dispute') {
        return value($dbh,
            q{select payments.dispute_event(null, t.dispute(?, ?, ?, variadic ?::bigint[]))},
            "du_${name}_$object->{n}", $intent, $object->{status},
            '{' . join(',', @{ $object->{moves} }) . '}');
    }
    my $account = value($dbh, q{select t.account_of(?)}, $payment) or return 'parked';
    return as_alice($dbh, q{select payments.provision_settle(?, 1, ?, 'h')}, $account, "uuid-$name")
        if $kind eq 'provision';
    return 'parked' if !value($dbh,
        q{select subaccount_uuid from payments.prop_account where id = ?}, $account);
    return as_alice($dbh, q{select (payments.lifecycle_sync(?, 'funded')).status}, $account);
}

sub as_alice {
    my ($dbh, $sql, @bind) = @_;
    $dbh->begin_work;
    $dbh->do(q{select auth.assume('ten_a', 'usr_alice')});
    my $answer = value($dbh, $sql, @bind);
    $dbh->commit;
    return $answer;
}

# Applies all; what is parked comes again later, and so does what is of a PaymentIntent that is not
# known yet: purser-jobs would read that first.  Returns what was raised.
sub work {
    my ($dbh, @todo) = @_;
    my @raised;
    for my $pass (1 .. 200) {
        my @parked;
        for my $item (@todo) {
            my $outcome = attempt($dbh, sub { apply($dbh, @$item) });
            push @raised, $outcome if $outcome =~ /^[0-9A-Z]{5}$/;
            push @parked, $item if $outcome eq 'parked' || $outcome eq 'stranger';
        }
        return @raised if !@parked;
        select undef, undef, undef, 0.02 if @parked == @todo;
        @todo = @parked;
    }
    return @raised, 'parked for ever';
}

# --- what is left ---------------------------------------------------------------------------------

sub outcome {
    my ($name, $payment) = @_;
    my ($state) = rows($main, <<'SQL', $payment);
        select p.status, p.refunded_cents, p.client_secret,
            p.stripe_created_s * (p.status <> 'succeeded')::int as newest, p.failure_code,
            a.status as account, a.status_before, a.subaccount_uuid is not null as has_subaccount,
            (select count(*) from payments.prop_account x where x.payment_id = p.id) as accounts,
            (select string_agg(concat_ws(' ', right(r.id, 1), r.amount_cents, r.status), ', '
                order by r.id)
                from payments.refund r where r.payment_id = p.id) as refunds,
            (select string_agg(concat_ws(' ', right(d.id, 1), d.status, d.stripe_status,
                d.movements, (select coalesce(sum(l.amount), 0)
                    from payments.dispute_loss l
                    where l.dispute_id = d.id)), ', ' order by d.id)
                from payments.dispute d where d.payment_id = p.id) as disputes,
            (select string_agg(s.kind, ' ' order by s.kind, s.source)
                from payments.suspension s
                where s.account_id = a.id and s.lifted_at is null) as suspensions,
            (select count(*) from webhooks.outbox o
                where o.type = 'payment.succeeded' and o.object_id = p.id) as published
        from payments.payment p
        left join payments.prop_account a on a.payment_id = p.id
        where p.id = ?
SQL
    my ($books) = rows($main, <<'SQL', $payment, "%\\_${name}\\_%");
        select string_agg(code || ' ' || amount, ', ' order by code) as books from (
            select a.code, sum(e.amount) as amount
            from ledger.transfer t
            join ledger.entry e on e.transfer_id = t.id
            join ledger.account a on a.id = e.account_id
            where t.source = ? or t.source like ?
            group by a.code having sum(e.amount) <> 0) as x
SQL
    $state->{$_} = $books->{$_} for keys %$books;
    return $state;
}

for my $round (1 .. $rounds) {
    my @stories = map { [story()] } 1 .. $payments;
    my @ordered = map { value($main, q{select t.begin('usr_alice')}) } @stories;
    my @shuffled = map { value($main, q{select t.begin('usr_alice')}) } @stories;

    for my $n (0 .. $#stories) {
        my @raised = work($main, map { ["${round}o$n", $ordered[$n], $_] } ['settle', 0, {}],
            @{ $stories[$n] });
        is_deeply(\@raised, [], "round $round, story $n: in order nothing is raised");
    }

    my @todo = shuffle(map {
        my $n = $_;
        map { ["${round}s$n", $shuffled[$n], $_] } arriving($stories[$n]);
    } 0 .. $#stories);
    my @share;
    push @{ $share[$_ % $sessions] }, $todo[$_] for 0 .. $#todo;
    my @seeds = map { int rand 2**31 } 1 .. $sessions;
    my @raised = map { @$_ } parallel($sessions, sub {
        srand $seeds[$_[1] - 1];
        work($_[0], @{ $share[$_[1] - 1] });
    });
    is_deeply(\@raised, [], "round $round: " . @todo . ' shuffled facts, nothing is raised');

    for my $n (0 .. $#stories) {
        is_deeply(outcome("${round}s$n", $shuffled[$n]), outcome("${round}o$n", $ordered[$n]),
            "round $round, story $n: shuffled facts end as in order")
            or diag $json->encode($stories[$n]);
    }
}

is_deeply([rows($main, q{select * from admin.ledger_check})], [], 'the ledger check is empty');
is_deeply([rows($main, q{select * from admin.reconciliation() where difference <> 0})], [],
    'rows and ledger agree');
is(value($main, q{select count(*) from payments.prop_account}),
    value($main, q{select count(*) from payments.payment where status = 'succeeded'}),
    'interleaving: there are as many accounts as succeeded payments');
is(value($main, q{select sum(balance) from ledger.balance_v}), 0, 'the ledger sums to zero');
done_testing;
