package Double::Api;

# Stripe's API: credentials, versions, idempotency keys, parameters, the call, the answer.

use Mojo::Base -base, -signatures;
use Mojo::Util qw(b64_decode);
use Double::Operations;
use Double::Params qw(check);
use Double::Render;
use Double::Util qw(compare_text json_text error_body refuse random_text);

use constant KEY_LIFETIME_S => 86400;

has 'double';
has operations => sub { Double::Operations->new };

# First half of a call: everything that is refused without executing. Returns
# { answer => {...} } or { run => sub, settle => sub ($answer) }: run executes, settle stores the
# answer for the idempotency key (the key counts as in use until then).
sub prepare ($self, $request) {
    $request->{id} = 'req_' . random_text(14);
    my $prepared = eval { $self->prepare_call($request) };
    return $prepared if $prepared;
    return { answer => $self->refused($request, $@) };
}

# A body that cannot be decoded.
sub broken ($self, $request) {
    $request->{id} = 'req_' . random_text(14);
    return $self->refused($request, { status => 400, stored => 0,
        error => { type => 'invalid_request_error', message => $request->{broken} } });
}

sub prepare_call ($self, $request) {
    my $call = $self->credential($request);
    $self->version($request);
    my $operation = $self->operations->find($request->{method}, $request->{path})
        or refuse(404, message => "Unrecognized request URL ($request->{method}: "
            . "$request->{path}). Please see https://stripe.com/docs or we can help at "
            . 'https://support.stripe.com/.');
    $self->may($request, $call, $operation);
    $call->{account} = $self->account_of($request, $call);
    my $tree = $request->{params};
    my $key = $self->key_of($request);
    my $kept = defined $key ? $self->kept($request, "$call->{account} $key", $tree) : undef;
    return { answer => $kept } if $kept;
    $call->{p} = check($operation->{fields}, $tree);
    Double::Render::check_expand($operation->{shows}, $call->{p}{expand});
    return $self->pending($request, $call, $operation, $key, $tree);
}

sub pending ($self, $request, $call, $operation, $key, $tree) {
    my $slot = defined $key ? "$call->{account} $key" : undef;
    my $keys = $self->double->store->data->{keys};
    $keys->{$slot} = { what => "$request->{method} $request->{path}", text => compare_text($tree),
        at => $self->double->now, request => $request->{id} } if defined $slot;
    return {
        run => sub { $self->run($request, $call, $operation) },
        settle => sub ($answer) {
            return if !defined $slot || !$keys->{$slot};
            delete $keys->{$slot}, return if $answer->{unstored};
            $keys->{$slot}{answer} = { map { $_ => $answer->{$_} } qw(status body) };
            $self->double->store->changed;
        },
    };
}

sub run ($self, $request, $call, $operation) {
    my $double = $self->double;
    $double->request({ id => $request->{id},
        idempotency_key => $request->{headers}{'idempotency-key'} });
    my $object = eval { $operation->{code}->($double, $call) };
    my $error = $@;
    $double->request(undef);
    $double->store->changed if $request->{method} ne 'GET';
    return $self->refused($request, $error) if !$object;
    my $view = eval {
        exists $object->{_place}
            ? Double::Render::expanded($double, $object, $call->{p}{expand}) : $object;
    };
    return $self->refused($request, $@) if !$view;
    $view = publishable_view($view) if $call->{publishable};
    return $self->answer($request, 200, json_text($view));
}

# ---- credentials -------------------------------------------------------------------------------

sub key_given ($request) {
    my $header = $request->{headers}{authorization} // '';
    return $header =~ /^Bearer (\S+)$/i ? $1
        : $header =~ /^Basic (\S+)$/i ? (split /:/, b64_decode($1) . ':')[0] : '';
}

sub credential ($self, $request) {
    my $key = key_given($request);
    return { host => $request->{host} } if $self->double->has_key($key);
    return { host => $request->{host}, publishable => 1 }
        if $key eq $self->double->publishable_key;
    my $shown = $key eq '' ? undef : substr($key, 0, 8) . '****' . substr($key, -4);
    refuse(401, message => $shown ? "Invalid API Key provided: $shown"
        : 'You did not provide an API key. You need to provide your API key in the Authorization '
        . "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').");
}

sub version ($self, $request) {
    my $version = $request->{headers}{'stripe-version'} // return;
    return if $version eq $self->double->api_version;
    refuse(400, message => "Invalid Stripe API version: $version. This double speaks "
        . $self->double->api_version . ' only.');
}

# A publishable key may retrieve and confirm a PaymentIntent whose client_secret it knows.
sub may ($self, $request, $call, $operation) {
    return if !$call->{publishable};
    refuse(403, code => 'secret_key_required', message => 'This API call cannot be made with a '
        . 'publishable API key. Please use a secret API key.') if !$operation->{publishable};
}

sub account_of ($self, $request, $call) {
    my $id = $request->{headers}{'stripe-account'} // return 'platform';
    return $id if $self->double->store->find('account', $id, 'platform');
    refuse(403, code => 'account_invalid', message => "The provided key does not have access to "
        . "account '$id' (or that account does not exist). Application access may have been "
        . 'revoked.');
}

sub publishable_view ($view) {
    return $view if $view->{object} ne 'payment_intent';
    return { %$view, metadata => {}, application_fee_amount => undef, transfer_data => undef,
        transfer_group => undef, on_behalf_of => undef };
}

# ---- idempotency -----------------------------------------------------------------------------

sub key_of ($self, $request) {
    my $key = $request->{headers}{'idempotency-key'};
    return undef if !defined $key || $request->{method} ne 'POST';
    refuse(400, message => 'Idempotency-Key must be 1 to 255 characters long.')
        if $key eq '' || length $key > 255;
    return $key;
}

# The answer for a key that was seen before; undef when the call is to be executed.
sub kept ($self, $request, $slot, $tree) {
    my $keys = $self->double->store->data->{keys};
    my $record = $keys->{$slot} // return undef;
    if ($record->{at} + KEY_LIFETIME_S <= $self->double->now) {
        delete $keys->{$slot};
        return undef;
    }
    if ($record->{what} ne "$request->{method} $request->{path}"
        || $record->{text} ne compare_text($tree)) {
        die { status => 400, error => { type => 'idempotency_error', message => 'Keys for '
            . 'idempotent requests can only be used with the same parameters they were first '
            . 'used with. Try using a key other than the one you used before.' } };
    }
    refuse(409, code => 'idempotency_key_in_use', message => 'There is currently another '
        . 'in-progress request using this Idempotent Key (that probably means you submitted '
        . 'twice, and the other request is still going through).') if !$record->{answer};
    return $self->answer($request, $record->{answer}{status}, $record->{answer}{body},
        'Idempotent-Replayed' => 'true', 'Original-Request' => $record->{request});
}

# ---- answers ---------------------------------------------------------------------------------

sub answer ($self, $request, $status, $body, %headers) {
    my $key = $request->{headers}{'idempotency-key'};
    $headers{'Idempotency-Key'} = $key if defined $key;
    $headers{'WWW-Authenticate'} = 'Bearer realm="Stripe"' if $status == 401;
    return { status => $status, body => $body, type => 'application/json', headers => {
        'Request-Id' => $request->{id}, 'Stripe-Version' => $self->double->api_version,
        'Cache-Control' => 'no-cache, no-store', %headers } };
}

sub refused ($self, $request, $error) {
    if (ref $error ne 'HASH') {
        warn "internal error at $request->{method} $request->{path}: $error";
        $error = { status => 500, stored => 1, error => { type => 'api_error',
            message => "The double failed: $error" } };
    }
    my $answer = $self->answer($request, $error->{status}, json_text(error_body($error->{error})));
    $answer->{unstored} = 1 if !$error->{stored};
    return $answer;
}

# What a restricted key gets for a resource that it may not read or write.
sub no_rights ($request) {
    my ($noun) = $request->{path} =~ m{^/v1/([a-z_]+)};
    my $right = join '_', 'rak', ($noun // 'resource') =~ s/s$//r,
        $request->{method} eq 'GET' ? 'read' : 'write';
    return (type => 'invalid_request_error', message => "The provided key 'rk_test_********' does "
        . "not have the required permissions for this endpoint on account 'acct_1platformDouble'. "
        . "Having the '$right' permission would allow this request to continue.");
}

# Stripe's answer without an execution: the faults 429, 500, 409, 403 and 402.
my %FAULT = (
    429 => { type => 'invalid_request_error', code => 'rate_limit',
        message => 'Request rate limit exceeded.' },
    500 => { type => 'api_error', message => 'An unknown error occurred' },
    409 => { type => 'invalid_request_error', code => 'lock_timeout', message => 'This object '
        . 'cannot be accessed right now because another API request or Stripe process is '
        . 'currently accessing it.' },
    402 => { type => 'card_error', code => 'card_declined', decline_code => 'generic_decline',
        message => 'Your card was declined.' },
);

sub fault_answer ($self, $request, $status, $rule) {
    $request->{id} //= 'req_' . random_text(14);
    my %error = $status eq '403' ? no_rights($request) : %{ $FAULT{$status} };
    $error{code} = $rule->{code} if $rule->{code};
    return $self->answer($request, $status, json_text(error_body(\%error)));
}

1;
