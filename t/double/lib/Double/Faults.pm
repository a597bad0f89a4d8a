package Double::Faults;

# The fault schedule: rules in order, each for a method and path, each a limited number of times.

use Mojo::Base -base, -signatures;
use Double::Util qw(refuse);

has rules => sub { [] };
has state => 1;

my %DO = map { $_ => 1 } qw(429 500 409 403 402 rights delay hang cut_after lost_answer html
    truncated huge body);
my %KNOWN = map { $_ => 1 } qw(match do times delay_ms probability executed status body code skip
    headers);

sub bad ($message) { refuse(400, message => $message) }

sub add ($self, $schedule) {
    my $rules = $schedule->{rules};
    bad('rules must be a list') if ref $rules ne 'ARRAY';
    my @new = map { parse_rule($_) } @$rules;
    $self->state($schedule->{seed} // 1);
    push @{ $self->rules }, @new;
    return $self->list;
}

sub parse_rule ($rule) {
    bad('a rule is an object') if ref $rule ne 'HASH';
    my ($unknown) = grep { !$KNOWN{$_} } sort keys %$rule;
    bad("unknown member of a rule: $unknown") if $unknown;
    my ($method, $path) = ($rule->{match} // '') =~ m{^([A-Z]+|\*) (/\S*)$}
        or bad('match must be "METHOD /path"');
    bad('do must be one of ' . join ' ', sort keys %DO) if !$DO{ $rule->{do} // '' };
    my $segments = join '/', map { $_ eq '*' ? '[^/]+' : quotemeta } split m{/}, $path, -1;
    my $verb = $method eq '*' ? '[A-Z]+' : $method;
    my $do = $rule->{do} eq 'rights' ? 403 : $rule->{do};
    return { %$rule, do => $do, times => $rule->{times} // 1, seen => 0,
        _regex => qr{^$verb $segments$} };
}

sub clear ($self) { $self->rules([]) }

sub list ($self) {
    return [map { shown($_) } @{ $self->rules }];
}

sub shown ($rule) {
    my %shown = map { $_ => $rule->{$_} } grep { !/^_|^times$/ } keys %$rule;
    return { %shown, remaining => $rule->{times} };
}

# The rule that hits this request, or undef; counts it. times < 0 means without end.
sub pick ($self, $method, $path) {
    for my $rule (@{ $self->rules }) {
        next if !$rule->{times} || "$method $path" !~ $rule->{_regex};
        next if $rule->{seen}++ < ($rule->{skip} // 0);
        next if defined $rule->{probability} && $self->random >= $rule->{probability};
        $rule->{times}-- if $rule->{times} > 0;
        return $rule;
    }
    return undef;
}

# A small generator of its own (Park and Miller): the same seed, the same schedule everywhere.
sub random ($self) {
    my $state = ($self->state * 48271) % 2147483647;
    $self->state($state || 1);
    return $state / 2147483647;
}

1;
