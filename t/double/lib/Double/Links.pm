package Double::Links;

# Account links and login links: single use, short-lived, on the double's own pages.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Double::Accounts;
use Double::Util qw(random_text refuse fail);

use constant LIFETIME_S => 300;

sub create ($double, $call) {
    my $p = $call->{p};
    my $account = $double->store->find('account', $p->{account}, 'platform')
        or fail(400, code => 'resource_missing', param => 'account',
            message => "No such account: '$p->{account}'");
    for my $name (qw(refresh_url return_url)) {
        refuse(400, code => 'parameter_missing', param => $name,
            message => "Missing required param: $name.") if ($p->{$name} // '') eq '';
        refuse(400, code => 'url_invalid', param => $name, message => 'Not a valid URL')
            if $p->{$name} !~ m{^https?://[^\s/]+}i;
    }
    refuse(400, param => 'type', message => 'You cannot create account_update type Account Links '
        . 'for this account. It is only available for accounts where the platform collects '
        . 'requirements.') if $p->{type} eq 'account_update'
        && $account->{controller}{requirement_collection} ne 'application';
    my $token = random_text(32);
    my $link = { account => $account->{id}, kind => 'onboard', created => $double->now,
        expires_at => $double->now + LIFETIME_S, return_url => $p->{return_url},
        refresh_url => $p->{refresh_url} };
    $double->store->data->{links}{$token} = $link;
    return { object => 'account_link', created => $link->{created},
        expires_at => $link->{expires_at},
        url => $double->base_url($call) . "/connect/onboard/$token" };
}

sub login ($double, $call, $id) {
    my $account = Double::Accounts::need($double, $call, $id);
    my $dashboard = $account->{controller}{stripe_dashboard}{type};
    fail(400, message => "Cannot create a login link for an account without access to the "
        . "Express Dashboard (this account's is: $dashboard).") if $dashboard ne 'express';
    fail(400, message => 'Cannot create a login link for an account that has not completed '
        . 'onboarding.') if !$account->{details_submitted};
    my $token = random_text(32);
    my $link = { account => $id, kind => 'dashboard', created => $double->now,
        expires_at => $double->now + LIFETIME_S };
    $double->store->data->{links}{$token} = $link;
    return { object => 'login_link', created => $link->{created},
        url => $double->base_url($call) . "/connect/dashboard/$token" };
}

# The link, once: undef when it is unknown, used or too old. A used link opens a session, whose
# token the page carries; the link itself never works again.
sub open_link ($double, $token, $kind) {
    my $link = $double->store->data->{links}{$token} or return;
    return if $link->{kind} ne $kind;
    return ($link, undef) if $link->{session} || $link->{expires_at} <= $double->now;
    $link->{session} = random_text(24);
    $double->store->changed;
    return ($link, $link->{session});
}

1;
