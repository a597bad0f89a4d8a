package Double::Store;

# The state of the double: objects in order of creation, balances, the clock's offset.
# An object is its own JSON; members that begin with "_" are not shown.

use Mojo::Base -base, -signatures;
use Mojo::JSON qw(encode_json decode_json);
use Mojo::File ();
use Mojo::IOLoop;
use Time::HiRes ();
use Double::Util qw(fail);

has 'file';
has data => sub { empty() };
has by_id => sub { {} };
has 'save_timer';

sub empty () {
    return { objects => {}, balances => {}, pending => [], offset => 0, keys => {}, links => {},
        provider => { entities => {}, next_token => 0 }, rail => { payouts => [] },
        platform => {}, settlement => {} };
}

sub now ($self) { return int(Time::HiRes::time() + $self->data->{offset}) }

sub put ($self, $object, $account) {
    my $list = $self->data->{objects}{ $object->{object} } //= [];
    $object->{_account} = $account;
    $object->{_place} = scalar @$list;
    push @$list, $object;
    $self->by_id->{ $object->{id} } = $object;
    return $object;
}

sub all ($self, $type) { return $self->data->{objects}{$type} //= [] }

# The object if it exists, is of that type and belongs to that account.
sub find ($self, $type, $id, $account) {
    my $object = $self->by_id->{$id} or return undef;
    return undef if $object->{object} ne $type || $object->{_deleted};
    return $object->{_account} eq $account ? $object : undef;
}

sub any ($self, $id) { return $self->by_id->{$id} }

my %NOUN = (payment_intent => 'payment_intent', account => 'account', charge => 'charge',
    transfer => 'transfer', refund => 'refund', payout => 'payout', dispute => 'dispute',
    application_fee => 'application fee', file => 'file upload', event => 'event');

sub need ($self, $type, $id, $account, $param = undef) {
    my $object = $self->find($type, $id, $account);
    return $object if $object;
    my $noun = $NOUN{$type} // $type =~ s/_/ /gr;
    # A parameter that names nothing is a 400, a path that names nothing is a 404.
    fail($param ? 400 : 404, code => 'resource_missing', param => $param // 'id',
        message => "No such $noun: '$id'");
}

# ---- balances: available and pending, per account and currency -------------------------------

sub balance ($self, $account, $currency) {
    $self->mature;
    return $self->data->{balances}{$account}{$currency} //= { available => 0, pending => 0 };
}

sub currencies ($self, $account) {
    $self->mature;
    return sort keys %{ $self->data->{balances}{$account} // {} };
}

sub move ($self, $account, $currency, $amount, $available_on) {
    my $balance = $self->balance($account, $currency);
    if ($available_on <= $self->now) {
        $balance->{available} += $amount;
        return;
    }
    $balance->{pending} += $amount;
    push @{ $self->data->{pending} }, [$available_on, $account, $currency, $amount];
}

# Pending money becomes available when its time comes (the waiting time is the same for all).
sub mature ($self) {
    my ($queue, $now) = ($self->data->{pending}, $self->now);
    while (@$queue && $queue->[0][0] <= $now) {
        my (undef, $account, $currency, $amount) = @{ shift @$queue };
        my $balance = $self->data->{balances}{$account}{$currency};
        $balance->{pending} -= $amount;
        $balance->{available} += $amount;
    }
}

# ---- keeping it over a restart ---------------------------------------------------------------

sub load ($self) {
    my $file = $self->file or return $self;
    return $self if !-s $file;
    $self->data({ %{ empty() }, %{ decode_json(Mojo::File->new($file)->slurp) } });
    for my $list (values %{ $self->data->{objects} }) {
        $self->by_id->{ $_->{id} } = $_ for @$list;
    }
    return $self;
}

# Written at most once a second, whole, by rename: a reader never sees half a state.
sub changed ($self) {
    return if !$self->file || $self->save_timer;
    $self->save_timer(Mojo::IOLoop->timer(1 => sub { $self->save }));
}

sub save ($self) {
    $self->save_timer(undef);
    my $file = $self->file or return;
    Mojo::File->new("$file.new")->spurt(encode_json($self->data));
    rename "$file.new", $file or warn "cannot write $file: $!\n";
}

sub reset ($self) {
    $self->data(empty());
    $self->by_id({});
    $self->changed;
}

1;
