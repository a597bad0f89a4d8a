package Double::Misc;

# The list of events, files and webhook endpoints.

use strict;
use warnings;
use feature 'signatures';
no warnings 'experimental::signatures';

use Mojo::JSON qw(true false);
use Double::Render;
use Double::Transfers;
use Double::Util qw(new_id random_text refuse);

sub list_events ($double, $call) {
    my ($p, $account) = @$call{qw(p account)};
    refuse(400, code => 'parameters_exclusive', param => 'types',
        message => 'You may only specify one of these parameters: type, types.')
        if defined $p->{type} && $p->{types};
    my @patterns = $p->{types} ? @{ $p->{types} } : defined $p->{type} ? ($p->{type}) : ();
    my $types = join '|', map { (quotemeta) =~ s/\\\*/.*/gr } @patterns;
    my $oldest = $double->now - $double->EVENT_DAYS * 86400;
    return Double::Render::page($double, $double->store->all('event'), 'event', $p, '/v1/events',
        sub ($event) {
            return 0 if $event->{_account} ne $account || $event->{created} < $oldest;
            return 0 if $types ne '' && $event->{type} !~ /^(?:$types)$/;
            return 0 if defined $p->{delivery_success}
                && !!$p->{delivery_success} != !$event->{pending_webhooks};
            return Double::Render::in_range($event->{created}, $p->{created});
        });
}

# ---- files -----------------------------------------------------------------------------------

use constant MAX_FILE => 16 << 20;

sub file_create ($double, $call) {
    my $p = $call->{p};
    my $upload = $p->{file};
    refuse(400, code => 'parameter_missing', param => 'file',
        message => 'Missing required param: file. The request must be multipart/form-data.')
        if ref $upload ne 'HASH';
    refuse(400, param => 'file', message => 'The file is empty.') if !$upload->{size};
    refuse(400, param => 'file', message => 'The file is too large.') if $upload->{size} > MAX_FILE;
    my $id = new_id('file');
    my ($type) = $upload->{filename} =~ /\.(\w{1,5})$/;
    return $double->store->put({ id => $id, object => 'file', created => $double->now,
        expires_at => undef, filename => $upload->{filename},
        links => { object => 'list', data => [], has_more => false,
            url => "/v1/file_links?file=$id" },
        purpose => $p->{purpose}, size => $upload->{size}, title => undef,
        type => $type ? lc $type : undef,
        url => $double->base_url($call) . "/v1/files/$id/contents" }, $call->{account});
}

# ---- webhook endpoints -----------------------------------------------------------------------

sub endpoint_url ($p) {
    refuse(400, code => 'url_invalid', param => 'url', message => 'Invalid URL: An explicit '
        . 'scheme (such as https) must be provided.') if $p->{url} !~ m{^https?://[^\s/]+}i;
}

sub endpoint_create ($double, $call) {
    my $p = $call->{p};
    endpoint_url($p);
    my $endpoint = { id => new_id('we'), object => 'webhook_endpoint',
        api_version => $p->{api_version}, application => undef, created => $double->now,
        description => $p->{description}, enabled_events => $p->{enabled_events},
        livemode => false, metadata => {}, status => 'enabled', url => $p->{url},
        _connect => $p->{connect} ? 1 : 0, _secret => 'whsec_' . random_text(32) };
    Double::Transfers::set_metadata($endpoint, $p->{metadata});
    $double->store->put($endpoint, $call->{account});
    # The secret is shown in this answer and never again.
    return { %{ Double::Render::plain($double, $endpoint) }, secret => $endpoint->{_secret} };
}

sub endpoint_update ($double, $call, $id) {
    my $endpoint = $double->store->need('webhook_endpoint', $id, $call->{account});
    my $p = $call->{p};
    endpoint_url($p) if defined $p->{url};
    $endpoint->{$_} = $p->{$_} for grep { exists $p->{$_} } qw(description enabled_events url);
    $endpoint->{status} = $p->{disabled} ? 'disabled' : 'enabled' if defined $p->{disabled};
    Double::Transfers::set_metadata($endpoint, $p->{metadata});
    return $endpoint;
}

sub endpoint_delete ($double, $call, $id) {
    my $endpoint = $double->store->need('webhook_endpoint', $id, $call->{account});
    $endpoint->{_deleted} = 1;
    return { id => $id, object => 'webhook_endpoint', deleted => true };
}

1;
