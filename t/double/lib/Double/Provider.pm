package Double::Provider;

# The account provider (creates subaccounts) and the validator (says their state and earnings).

use Mojo::Base -base, -signatures;
use Time::HiRes ();
use Double::HighWater;
use Double::Util qw(json_text decimal is_exact);

use constant WEEK_MS => 7 * 86400 * 1000;

has 'double';
has routes => sub ($self) {
    [
        ['POST', qr{^/api/create-subaccount$}, \&create],
        ['GET', qr{^/entity/subaccount/([^/]+)$}, \&dashboard],
        ['POST', qr{^/entity/subaccount/payout$}, \&payout],
        ['GET', qr{^/entity/([^/]+)$}, \&entity],
    ];
};

sub prepare ($self, $request) {
    for my $route (@{ $self->routes }) {
        next if $route->[0] ne $request->{method};
        my @ids = $request->{path} =~ $route->[1] or next;
        my $code = $route->[2];
        return { run => sub {
            my $answer = $self->$code($request, $ids[0]);
            $self->double->store->changed;
            return $answer;
        } };
    }
    return { answer => answer(404, { status => 'error', error => 'not found',
        message => 'not found' }) };
}

sub answer ($status, $data) { return { status => $status, body => json_text($data) } }

sub error ($status, $message) {
    return answer($status, { status => 'error', message => $message, error => $message });
}

sub broken ($self, $request) { return error(400, "invalid request: $request->{broken}") }

my %FAULT = (402 => 'payment required', 403 => 'forbidden', 409 => 'conflict',
    429 => 'too many requests', 500 => 'internal server error');

sub fault_answer ($self, $request, $status, $rule) { return error($status, $FAULT{$status}) }

# ---- the provider ----------------------------------------------------------------------------

sub entities ($self) { return $self->double->store->data->{provider}{entities} }

sub entity_of ($self, $hotkey) {
    return undef if !grep { $_ eq $hotkey } @{ $self->double->entity_hotkeys };
    return $self->entities->{$hotkey} //= { hotkey => $hotkey, next_id => 0, subaccounts => [],
        created_at_ms => $self->now_ms };
}

# The real time: a caller asks for weeks up to its own clock, which POST /_double/clock cannot move.
# If the weeks followed that clock, the last one could end after the time that callers ask for.
sub now_ms ($self) { return int(Time::HiRes::time()) * 1000 }

# The n-th token belongs to the n-th entity; tokens beyond the last entity use the first.
sub hotkey_of_token ($self, $request) {
    my ($token) = ($request->{headers}{authorization} // '') =~ /^Bearer (\S+)$/i or return undef;
    my $tokens = $self->double->provider_tokens;
    my ($place) = grep { $tokens->[$_] eq $token } 0 .. $#$tokens;
    return undef if !defined $place;
    my $hotkeys = $self->double->entity_hotkeys;
    return $hotkeys->[$place] // $hotkeys->[0];
}

my %ASSET_CLASS = map { $_ => 1 } qw(crypto forex equities indices commodities);

sub create ($self, $request, $) {
    my $hotkey = $self->hotkey_of_token($request)
        // return error(401, 'invalid or missing API key');
    my $params = $request->{params};
    return error(400, 'body must be a JSON object') if ref $params ne 'HASH';
    my ($class, $size) = @$params{qw(asset_class account_size)};
    return error(400, 'invalid asset_class') if ref $class || !$ASSET_CLASS{ $class // '' };
    return error(400, 'account_size must be a positive number')
        if ref $size || ($size // '') !~ /^\d{1,12}(?:\.\d{1,3})?$/ || $size <= 0
        || !is_exact($size);
    my $made = $self->add($hotkey, $class, $size);
    return answer(200, { status => 'success', message => "Subaccount $made->{id} created",
        subaccount => { %{ $self->short($hotkey, $made) } } });
}

sub add ($self, $hotkey, $class, $size) {
    my $entity = $self->entity_of($hotkey);
    my $id = $entity->{next_id}++;
    my $made = { id => $id, uuid => uuid(), asset_class => $class, size => $size + 0,
        created_at_ms => $self->now_ms, bucket => 'challenge', since_ms => $self->now_ms,
        weeks => [] };
    push @{ $entity->{subaccounts} }, $made;
    return $made;
}

sub uuid () {
    my @bytes = map { Double::Util::random_byte() } 1 .. 16;
    $bytes[6] = ($bytes[6] & 0x0f) | 0x40;
    $bytes[8] = ($bytes[8] & 0x3f) | 0x80;
    return sprintf '%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x', @bytes;
}

sub state_of ($subaccount) { return $subaccount->{eliminated_at_ms} ? 'eliminated' : 'active' }

sub short ($self, $hotkey, $made) {
    return { subaccount_id => $made->{id}, subaccount_uuid => $made->{uuid},
        synthetic_hotkey => "${hotkey}_$made->{id}", asset_class => $made->{asset_class},
        account_size => $made->{size}, status => state_of($made),
        created_at_ms => $made->{created_at_ms} };
}

# ---- the validator ---------------------------------------------------------------------------

sub entity ($self, $request, $hotkey) {
    my $entity = $self->entity_of($hotkey) or return error(404, "Entity $hotkey not found");
    my %subaccounts = map { $_->{id} => { %{ $self->short($hotkey, $_) },
        eliminated_at_ms => $_->{eliminated_at_ms} } } @{ $entity->{subaccounts} };
    return answer(200, { status => 'success', entity => { entity_hotkey => $hotkey,
        subaccounts => \%subaccounts, next_subaccount_id => $entity->{next_id},
        created_at_ms => $entity->{created_at_ms} } });
}

sub by_synthetic ($self, $synthetic) {
    my ($hotkey, $id) = $synthetic =~ /^(.+)_(\d+)$/ or return;
    my $entity = $self->entities->{$hotkey} or return;
    return ($hotkey, $entity->{subaccounts}[$id]) if $entity->{subaccounts}[$id];
    return;
}

sub by_uuid ($self, $uuid) {
    for my $entity (values %{ $self->entities }) {
        for my $subaccount (@{ $entity->{subaccounts} }) {
            return $subaccount if $subaccount->{uuid} eq $uuid;
        }
    }
    return undef;
}

my %BUCKET = (challenge => 'SUBACCOUNT_CHALLENGE', funded => 'SUBACCOUNT_FUNDED');

sub dashboard ($self, $request, $synthetic) {
    my ($hotkey, $subaccount) = $self->by_synthetic($synthetic);
    return error(404, "Subaccount $synthetic not found") if !$subaccount;
    my $ended = $subaccount->{eliminated_at_ms};
    return answer(200, { status => 'success', timestamp => $self->now_ms, dashboard => {
        subaccount_info => { %{ $self->short($hotkey, $subaccount) }, entity_hotkey => $hotkey,
            eliminated_at_ms => $ended },
        challenge_period => { bucket => $BUCKET{ $subaccount->{bucket} },
            start_time_ms => $subaccount->{since_ms} },
        elimination => $ended ? { hotkey => $synthetic, reason => 'MAX_TOTAL_DRAWDOWN',
            dd => 0.9, elimination_initiated_time_ms => $ended } : undef } });
}

# The high-water mark over all weeks; evaluation accounts earn nothing.
sub payout ($self, $request, $) {
    my $params = $request->{params};
    return error(400, 'body must be a JSON object') if ref $params ne 'HASH';
    my ($uuid, $start, $end) = @$params{qw(subaccount_uuid start_time_ms end_time_ms)};
    my $wrong = times_wrong($start, $end);
    return error(400, $wrong) if $wrong;
    my $subaccount = ref $uuid || !defined $uuid ? undef : $self->by_uuid($uuid);
    return error(404, 'Subaccount not found') if !$subaccount;
    my $weeks = $subaccount->{bucket} eq 'challenge' ? [] : $subaccount->{weeks};
    my ($rows, $total) = Double::HighWater::settle($weeks, $start, $end);
    my $name = ($subaccount->{shape} // 'new') eq 'old' ? 'payout_data' : 'data';
    return answer(200, { status => 'success', $name => { subaccount_uuid => $uuid,
        weekly_settlements => $rows, payout => decimal($total) }, timestamp => $self->now_ms });
}

sub times_wrong ($start, $end) {
    for ($start, $end) {
        return 'start_time_ms and end_time_ms must be integers' if ref || ($_ // '') !~ /^\d+$/;
    }
    return 'start_time_ms must be 0 or a Monday 00:00 UTC'
        if $start && ($start - Double::HighWater::FIRST_MONDAY_MS) % WEEK_MS;
    return 'end_time_ms must be a multiple of 12 hours' if $end % (12 * 3600 * 1000);
    return 'end_time_ms must be after start_time_ms' if $end <= $start;
    return undef;
}

# ---- what the control side scripts -----------------------------------------------------------

sub script ($self, $uuid, $change) {
    my $subaccount = $self->by_uuid($uuid) or return undef;
    if (my $bucket = $change->{bucket}) {
        if ($bucket eq 'eliminated') { $subaccount->{eliminated_at_ms} //= $self->now_ms }
        elsif ($bucket ne $subaccount->{bucket} || $subaccount->{eliminated_at_ms}) {
            @$subaccount{qw(bucket since_ms eliminated_at_ms)} = ($bucket, $self->now_ms, undef);
        }
    }
    $subaccount->{shape} = $change->{shape} if $change->{shape};
    $subaccount->{weeks} = Double::HighWater::dated($change->{weeks}, $self->now_ms)
        if $change->{weeks};
    $self->double->store->changed;
    return $subaccount;
}

1;
