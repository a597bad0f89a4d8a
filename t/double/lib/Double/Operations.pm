package Double::Operations;

# The table of Stripe's operations: path, parameters, code. ":id" is a path segment.

use Mojo::Base -base, -signatures;
use Double::Params ();
use Double::Render;
use Double::Accounts;
use Double::Balance;
use Double::Disputes;
use Double::Intents;
use Double::Links;
use Double::Misc;
use Double::Payouts;
use Double::Refunds;
use Double::Transfers;

my $PAGE = 'limit:int starting_after:str ending_before:str expand:expand';
my $ADDRESS = '{city:str country:str line1:str line2:str postal_code:str state:str}';
my $INTENT = "amount:int currency:currency application_fee_amount:int? customer:str
    description:str? metadata:meta payment_method:str receipt_email:str? expand:expand
    allowed_payment_method_types[]:str capture_method:<manual|automatic|automatic_async>
    payment_method_options:any payment_method_data:any setup_future_usage:<off_session|on_session>?
    shipping{address$ADDRESS! name:str! carrier:str phone:str tracking_number:str}?
    statement_descriptor:str(22)? statement_descriptor_suffix:str(22)? transfer_group:str";

my $BANK_OR_CARD = 'any';   # a token or one of three shapes: checked where it is used
my $SCHEDULE = 'schedule{interval:<daily|manual|monthly|weekly> delay_days:str monthly_anchor:int
    weekly_anchor:<monday|tuesday|wednesday|thursday|friday|saturday|sunday>
    monthly_payout_days[]:int weekly_payout_days[]:<monday|tuesday|wednesday|thursday|friday>}';
my $ACCOUNT = "business_profile{mcc:str(4) name:str product_description:str(40000)
        estimated_worker_count:int support_email:str support_phone:str support_url:str url:str
        support_address$ADDRESS}
    business_type:<company|government_entity|individual|non_profit> capabilities:any company:any
    individual:any default_currency:currency email:str expand:expand metadata:meta
    external_account:$BANK_OR_CARD
    settings{branding{icon:str logo:str primary_color:str secondary_color:str}
        card_payments{decline_on{avs_failure:bool cvc_failure:bool}
            statement_descriptor_prefix:str(10)}
        payments{statement_descriptor:str(22)}
        payouts{debit_negative_balances:bool statement_descriptor:str(22) $SCHEDULE}}
    tos_acceptance{date:int ip:str service_agreement:str user_agent:str}";
my $REASON = '<duplicate|fraudulent|requested_by_customer>';
my $EVIDENCE = join ' ', map { "$_:str(150000)" } @Double::Disputes::TEXTS,
    @Double::Disputes::FILES;

# [operation, code, parameters, type shown, publishable key allowed]
my @TABLE = (
    ['POST /v1/payment_intents', \&Double::Intents::create, "$INTENT amount:int!
        currency:currency! automatic_payment_methods{enabled:bool! allow_redirects:<always|never>}
        confirm:bool confirmation_method:<automatic|manual> off_session:bool on_behalf_of:str
        error_on_requires_action:bool return_url:str use_stripe_sdk:bool
        transfer_data{destination:str! amount:int description:str metadata:meta}
        excluded_payment_method_types[]:str", 'payment_intent'],
    ['GET /v1/payment_intents', pages('payment_intent', 'customer'),
        "$PAGE created:range customer:str", 'payment_intent'],
    ['GET /v1/payment_intents/:id', \&Double::Intents::retrieve, 'client_secret:str expand:expand',
        'payment_intent', 1],
    ['POST /v1/payment_intents/:id', \&Double::Intents::update,
        "$INTENT transfer_data{amount:int description:str metadata:meta}", 'payment_intent'],
    ['POST /v1/payment_intents/:id/confirm', \&Double::Intents::confirm, 'client_secret:str
        payment_method:str payment_method_data:any payment_method_options:any return_url:str
        use_stripe_sdk:bool off_session:bool error_on_requires_action:bool receipt_email:str?
        allowed_payment_method_types[]:str capture_method:<manual|automatic|automatic_async>
        expand:expand', 'payment_intent', 1],
    ['POST /v1/payment_intents/:id/capture', \&Double::Intents::capture, 'amount_to_capture:int
        application_fee_amount:int final_capture:bool metadata:meta transfer_data{amount:int}
        statement_descriptor:str(22) statement_descriptor_suffix:str(22) expand:expand',
        'payment_intent'],
    ['POST /v1/payment_intents/:id/cancel', \&Double::Intents::cancel, 'cancellation_reason:
        <abandoned|duplicate|fraudulent|requested_by_customer> expand:expand' =~ s/:\s+</:</r,
        'payment_intent'],

    ['GET /v1/charges', pages('charge', qw(customer payment_intent transfer_group)),
        "$PAGE created:range customer:str payment_intent:str transfer_group:str", 'charge'],
    ['GET /v1/charges/:id', object('charge'), 'expand:expand', 'charge'],

    ['POST /v1/refunds', \&Double::Refunds::create, "amount:int charge:str payment_intent:str
        reason:$REASON metadata:meta refund_application_fee:bool reverse_transfer:bool
        instructions_email:str expand:expand", 'refund'],
    ['GET /v1/refunds', pages('refund', qw(charge payment_intent)),
        "$PAGE created:range charge:str payment_intent:str", 'refund'],
    ['GET /v1/refunds/:id', object('refund'), 'expand:expand', 'refund'],

    ['GET /v1/disputes', pages('dispute', qw(charge payment_intent)),
        "$PAGE created:range charge:str payment_intent:str", 'dispute'],
    ['GET /v1/disputes/:id', object('dispute'), 'expand:expand', 'dispute'],
    ['POST /v1/disputes/:id', \&Double::Disputes::update,
        "evidence{$EVIDENCE} submit:bool metadata:meta expand:expand", 'dispute'],
    ['POST /v1/disputes/:id/close', \&Double::Disputes::close, 'expand:expand', 'dispute'],

    ['POST /v1/accounts', \&Double::Accounts::create, "$ACCOUNT country:str
        type:<custom|express|standard> controller{fees{payer:<account|application>}
        losses{payments:<application|stripe>} requirement_collection:<application|stripe>
        stripe_dashboard{type:<express|full|none>}}", 'account'],
    ['GET /v1/account', \&Double::Accounts::own, 'expand:expand', 'account'],
    ['GET /v1/accounts', pages('account'), "$PAGE created:range", 'account'],
    ['GET /v1/accounts/:id', \&Double::Accounts::retrieve, 'expand:expand', 'account'],
    ['POST /v1/accounts/:id', \&Double::Accounts::update, $ACCOUNT, 'account'],
    ['DELETE /v1/accounts/:id', \&Double::Accounts::remove, '', 'account'],
    ['GET /v1/accounts/:id/external_accounts', \&Double::Accounts::external_list,
        "$PAGE object:<bank_account|card>", 'bank_account'],
    ['POST /v1/accounts/:id/external_accounts', \&Double::Accounts::external_create,
        "external_account:$BANK_OR_CARD! default_for_currency:bool metadata:meta expand:expand",
        'bank_account'],
    ['POST /v1/accounts/:id/login_links', \&Double::Links::login, 'expand:expand',
        'login_link'],
    ['POST /v1/account_links', \&Double::Links::create, 'account:str! expand:expand
        type:<account_onboarding|account_update>! collect:<currently_due|eventually_due>
        collection_options{fields:<currently_due|eventually_due>
            future_requirements:<include|omit>}
        refresh_url:str return_url:str', 'account_link'],

    ['POST /v1/transfers', \&Double::Transfers::create, 'amount:int currency:currency!
        destination:str! description:str metadata:meta source_transaction:str
        source_type:<bank_account|card|fpx> transfer_group:str expand:expand', 'transfer'],
    ['GET /v1/transfers', pages('transfer', qw(destination transfer_group)),
        "$PAGE created:range destination:str transfer_group:str", 'transfer'],
    ['GET /v1/transfers/:id', object('transfer'), 'expand:expand', 'transfer'],
    ['POST /v1/transfers/:id/reversals', \&Double::Transfers::reversal_create, 'amount:int
        description:str metadata:meta refund_application_fee:bool expand:expand',
        'transfer_reversal'],
    ['GET /v1/transfers/:id/reversals', \&Double::Transfers::reversal_list, $PAGE,
        'transfer_reversal'],
    ['GET /v1/transfers/:transfer/reversals/:id', \&Double::Transfers::reversal_get,
        'expand:expand', 'transfer_reversal'],

    ['POST /v1/payouts', \&Double::Payouts::create, 'amount:int! currency:currency!
        description:str destination:str metadata:meta method:<standard|instant>
        source_type:<bank_account|card|fpx> statement_descriptor:str(22) expand:expand',
        'payout'],
    ['GET /v1/payouts', pages('payout', qw(destination status)),
        "$PAGE created:range arrival_date:range destination:str status:str", 'payout'],
    ['GET /v1/payouts/:id', object('payout'), 'expand:expand', 'payout'],
    ['POST /v1/payouts/:id/cancel', \&Double::Payouts::cancel, 'expand:expand', 'payout'],
    ['POST /v1/payouts/:id/reverse', \&Double::Payouts::reverse_payout,
        'metadata:meta expand:expand', 'payout'],

    ['GET /v1/balance', \&Double::Balance::show, 'expand:expand', 'balance'],
    ['GET /v1/balance_settings', \&Double::Payouts::settings, 'expand:expand',
        'balance_settings'],
    ['POST /v1/balance_settings', \&Double::Payouts::settings_update,
        'payments{debit_negative_balances:bool payouts{statement_descriptor:str
            minimum_balance_by_currency:any
            schedule{interval:<daily|manual|monthly|weekly> monthly_payout_days[]:int
                weekly_payout_days[]:<monday|tuesday|wednesday|thursday|friday>}}
        settlement_timing{delay_days_override:int?}} expand:expand', 'balance_settings'],
    ['GET /v1/balance_transactions', \&Double::Balance::transactions, "$PAGE created:range
        currency:currency payout:str source:str type:str", 'balance_transaction'],
    ['GET /v1/balance_transactions/:id', object('balance_transaction'), 'expand:expand',
        'balance_transaction'],

    ['GET /v1/application_fees', pages('application_fee', 'charge'),
        "$PAGE created:range charge:str", 'application_fee'],
    ['GET /v1/application_fees/:id', object('application_fee'), 'expand:expand',
        'application_fee'],
    ['POST /v1/application_fees/:id/refunds', \&Double::Refunds::fee_refund_create,
        'amount:int metadata:meta expand:expand', 'fee_refund'],
    ['GET /v1/application_fees/:id/refunds', \&Double::Refunds::fee_refund_list, $PAGE,
        'fee_refund'],

    ['POST /v1/files', \&Double::Misc::file_create, 'file:any! expand:expand
        purpose:<account_requirement|additional_verification|business_icon|business_logo|'
        . 'customer_signature|dispute_evidence|identity_document>!', 'file'],
    ['GET /v1/files/:id', object('file'), 'expand:expand', 'file'],

    ['POST /v1/webhook_endpoints', \&Double::Misc::endpoint_create, 'url:str!
        enabled_events[]:str! api_version:str connect:bool description:str? metadata:meta
        expand:expand', 'webhook_endpoint'],
    ['GET /v1/webhook_endpoints', pages('webhook_endpoint'), $PAGE, 'webhook_endpoint'],
    ['GET /v1/webhook_endpoints/:id', object('webhook_endpoint'), 'expand:expand',
        'webhook_endpoint'],
    ['POST /v1/webhook_endpoints/:id', \&Double::Misc::endpoint_update, 'url:str
        enabled_events[]:str disabled:bool description:str? metadata:meta expand:expand',
        'webhook_endpoint'],
    ['DELETE /v1/webhook_endpoints/:id', \&Double::Misc::endpoint_delete, '',
        'webhook_endpoint'],

    ['GET /v1/events', \&Double::Misc::list_events,
        "$PAGE created:range type:str types[]:str delivery_success:bool", 'event'],
    ['GET /v1/events/:id', object('event'), 'expand:expand', 'event'],
);

has rows => sub { [map { row(@$_) } @TABLE] };

sub row ($operation, $code, $parameters, $shows, $publishable = 0) {
    my ($method, $path) = split / /, $operation;
    my @names = $path =~ /:(\w+)/g;
    my $regex = join '/', map { /^:/ ? '([^/]+)' : quotemeta } split m{/}, $path, -1;
    return { method => $method, path => $path, regex => qr{^$regex$}, code => $code,
        fields => Double::Params::compile($parameters), shows => $shows,
        publishable => $publishable };
}

# The operation of a request, with its path segments bound; undef when there is none.
sub find ($self, $method, $path) {
    for my $row (@{ $self->rows }) {
        next if $row->{method} ne $method;
        my @ids = $path =~ $row->{regex} or next;
        my $code = $row->{code};
        @ids = () if $row->{path} !~ /:/;
        return { %$row, code => sub ($double, $call) { $code->($double, $call, @ids) } };
    }
    return undef;
}

# Ready-made code for "retrieve one" and "list, filtered by equal members".
sub object ($type) {
    return sub ($double, $call, $id) { $double->store->need($type, $id, $call->{account}) };
}

sub pages ($type, @filters) {
    return sub ($double, $call) {
        my ($p, $account) = ($call->{p}, $call->{account});
        my @asked = grep { defined $p->{$_} } @filters;
        my @ranges = grep { $p->{$_} } qw(created arrival_date);
        return Double::Render::page($double, $double->store->all($type), $type, $p,
            "/v1/${type}s", sub ($object) {
                return 0 if $object->{_account} ne $account;
                for (@asked) { return 0 if ($object->{$_} // '') ne $p->{$_} }
                for (@ranges) {
                    return 0 if !Double::Render::in_range($object->{$_}, $p->{$_});
                }
                return 1;
            });
    };
}

1;
