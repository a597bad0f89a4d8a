package Double::Pages;

# The pages that people see: onboarding, the merchant's dashboard, and a pay page.

use Mojo::Base -base, -signatures;
use Mojo::JSON qw(encode_json);
use Mojo::Util qw(xml_escape);
use Double::Accounts;
use Double::Intents;
use Double::Links;
use Double::Util qw(form_decode zero_decimal);

has 'double';

my %THREE_DECIMAL = map { $_ => 1 } qw(bhd jod kwd omr tnd);

sub owns ($path) { return $path =~ m{^/(?:connect/|pay/|$)} }

sub answer ($self, $request) {
    my ($method, $path) = @$request{qw(method path)};
    return $self->onboard_open($1) if "$method $path" =~ m{^GET /connect/onboard/(\w+)$};
    return $self->onboard_act($1, $request->{params})
        if "$method $path" =~ m{^POST /connect/onboard/(\w+)$};
    return $self->dashboard($1) if "$method $path" =~ m{^GET /connect/dashboard/(\w+)$};
    return $self->pay($1, form_decode($request->{query}))
        if "$method $path" =~ m{^GET /pay/(pi_\w+)$};
    return $self->pay_complete($1, $request->{params})
        if "$method $path" =~ m{^POST /pay/(pi_\w+)/complete$};
    return $self->front if "$method $path" eq 'GET /';
    return page(404, 'Not found', '<p>There is nothing here.</p>');
}

# ---- the look --------------------------------------------------------------------------------

my $STYLE = <<'CSS';
:root{color-scheme:light dark;--line:#8884;--accent:#3a5bd0}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;margin:0;display:flex;justify-content:center;
padding:5vh 16px}
main{width:100%;max-width:27rem;border:1px solid var(--line);border-radius:14px;padding:24px}
h1{font-size:1.25rem;margin:0 0 .5rem}.big{font-size:2.2rem;font-weight:650;margin:.2rem 0 1rem}
button{font:inherit;width:100%;padding:12px;margin:6px 0;border-radius:9px;cursor:pointer;
border:1px solid var(--line);background:none;color:inherit}
button.main{background:var(--accent);border-color:var(--accent);color:#fff;font-weight:600}
button:disabled{opacity:.5}label{display:block;padding:10px;border:1px solid var(--line);
border-radius:9px;margin:6px 0;cursor:pointer}
dl{display:grid;grid-template-columns:auto 1fr;gap:4px 16px}dt{opacity:.7}dd{margin:0;
text-align:right;overflow-wrap:anywhere}
.note{font-size:.85rem;opacity:.7}.ok{color:#1a8a4a}.bad{color:#c8372d}
CSS

sub page ($status, $title, $content) {
    my $html = "<!doctype html><html lang=en><meta charset=utf-8>"
        . '<meta name=viewport content="width=device-width,initial-scale=1">'
        . "<title>$title</title><style>$STYLE</style><main><h1>$title</h1>$content"
        . '<p class=note>Sandbox: this page stands in for Stripe. No real money moves.</p></main>';
    utf8::encode($html);
    return { status => $status, type => 'text/html', body => $html,
        headers => { 'Cache-Control' => 'no-store', 'Referrer-Policy' => 'no-referrer' } };
}

sub redirect ($url) {
    return { status => 303, type => 'text/html', body => '', headers => { Location => $url,
        'Cache-Control' => 'no-store' } };
}

sub money ($amount, $currency) {
    my $places = zero_decimal($currency) ? 0 : $THREE_DECIMAL{$currency} ? 3 : 2;
    my $sign = $amount < 0 ? '-' : '';
    my $digits = sprintf '%0*d', $places + 1, abs $amount;
    $digits =~ s/(\d{$places})$/.$1/ if $places;
    return "$sign$digits " . uc $currency;
}

sub rows (@pairs) {
    my $html = '';
    while (my ($name, $value) = splice @pairs, 0, 2) {
        $html .= '<dt>' . xml_escape($name) . '<dd>' . xml_escape($value // '–');
    }
    return "<dl>$html</dl>";
}

sub front ($self) {
    my $counts = $self->double->counts;
    return page(200, 'Purser sandbox doubles', '<p>Stripe, the account provider, the validator '
        . 'and the payout rail, for tests and for trying things out.</p>'
        . rows('Payments' => $counts->{payment_intents}, 'Accounts' => $counts->{accounts},
            'Subaccounts' => $counts->{subaccounts}, 'Requests' => $counts->{requests}));
}

# ---- onboarding ------------------------------------------------------------------------------

# A used or old link sends the browser to refresh_url, as Stripe does.
sub onboard_open ($self, $token) {
    my ($link, $session) = Double::Links::open_link($self->double, $token, 'onboard');
    return page(404, 'Unknown link', '<p>This onboarding link does not exist.</p>') if !$link;
    return redirect($link->{refresh_url}) if !$session;
    my $account = $self->double->store->any($link->{account});
    my $name = $account->{business_profile}{name} // $account->{email} // $account->{id};
    my $button = sub ($action, $text, $class = '') {
        qq{<button class="$class" name=action value="$action">$text</button>};
    };
    return page(200, 'Set up payouts', '<p>' . xml_escape($name) . ' · '
        . xml_escape($account->{country}) . '</p>' . rows(Account => $account->{id},
            Bank => 'STRIPE TEST BANK ····6789')
        . qq{<form method=post action="/connect/onboard/$token">}
        . qq{<input type=hidden name=session value="$session">}
        . $button->('active', 'Finish: everything is in order', 'main')
        . $button->('restricted', 'Finish, but the document is unreadable')
        . $button->('disabled', 'Finish, and the account is rejected')
        . $button->('leave', 'Leave without finishing')
        . $button->('expire', 'Let this link expire') . '</form>');
}

sub onboard_act ($self, $token, $params) {
    my $link = $self->double->store->data->{links}{$token};
    my $session = $link && $link->{session};
    return page(404, 'Unknown link', '<p>This onboarding link does not exist.</p>') if !$link;
    return redirect($link->{refresh_url})
        if !$session || $link->{done} || ($params->{session} // '') ne $session;
    my $action = $params->{action} // 'leave';
    $link->{done} = 1;
    return redirect($link->{refresh_url}) if $action eq 'expire';
    if ($action =~ /^(?:active|restricted|disabled)$/) {
        my $account = $self->double->store->any($link->{account});
        Double::Accounts::onboard($self->double, $account, $action);
        $self->double->store->changed;
        $self->double->webhooks->release;
    }
    return redirect($link->{return_url});
}

# ---- the merchant's dashboard ----------------------------------------------------------------

sub dashboard ($self, $token) {
    my ($link, $session) = Double::Links::open_link($self->double, $token, 'dashboard');
    return page(404, 'Unknown link', '<p>This link does not exist.</p>') if !$link;
    return page(410, 'Link expired', '<p>This link was used or is too old. Ask for a new one.</p>')
        if !$session;
    my $double = $self->double;
    my $account = $double->store->any($link->{account});
    my @balances = map { my $is = $double->store->balance($account->{id}, $_);
        ("Available" => money($is->{available}, $_), 'On its way' => money($is->{pending}, $_)) }
        $double->store->currencies($account->{id});
    my @payouts = grep { $_->{_account} eq $account->{id} } @{ $double->store->all('payout') };
    @payouts = @payouts[-10 .. -1] if @payouts > 10;
    return page(200, 'Your account', rows(Account => $account->{id}, Country =>
            $account->{country}, Payouts => $account->{payouts_enabled} ? 'on' : 'off', @balances)
        . '<h1>Payouts</h1>' . rows(map { money($_->{amount}, $_->{currency}) => $_->{status} }
            reverse @payouts));
}

# ---- paying ----------------------------------------------------------------------------------

my @CHOICES = (['pm_card_visa', 'Visa ····4242: works'],
    ['pm_card_chargeDeclined', 'Visa ····0002: is declined'],
    ['pm_card_createDispute', 'Visa ····0259: works, disputed afterwards'],
    ['pm_card_authenticationRequired', 'Visa ····3184: asks the bank first']);

sub pay ($self, $id, $query) {
    my $intent = $self->double->store->any($id);
    return page(404, 'Unknown payment', '<p>This payment does not exist.</p>')
        if !$intent || $intent->{object} ne 'payment_intent'
        || ($query->{client_secret} // '') ne $intent->{client_secret};
    my $n = 0;
    my $choices = join '', map { my $checked = $n++ ? '' : ' checked';
        qq{<label><input type=radio name=card value="$_->[0]"$checked> $_->[1]</label>} }
        @CHOICES;
    my $settings = encode_json({ id => $id, client_secret => $intent->{client_secret},
        key => $self->double->publishable_key, status => $intent->{status} });
    utf8::decode($settings);
    $settings =~ s/</\\u003c/g;
    return page(200, 'Pay', '<p class=big>' . money($intent->{amount}, $intent->{currency})
        . "</p><form id=form>$choices<button class=main>Pay</button></form>"
        . '<p id=result role=status></p>'
        . "<script>const payment=$settings;\n" . pay_script() . '</script>');
}

# The request of Stripe.js: confirm with the publishable key and the client secret.
sub pay_script () {
    return <<'JS';
const form = document.getElementById('form'), result = document.getElementById('result');
const button = form.querySelector('button');
const text = {succeeded: ['Paid. Thank you.', 'ok'], processing: ['The bank is working on it.', ''],
  requires_capture: ['Authorised; the seller takes the money later.', 'ok'],
  canceled: ['This payment was canceled.', 'bad']};
function show(message, look) { result.textContent = message; result.className = look; }
function settle(status) {
  if (!text[status]) return false;
  show(...text[status]); form.hidden = true; return true;
}
async function bank(outcome) {
  const answer = await fetch('/pay/' + payment.id + '/complete', {method: 'POST',
    body: new URLSearchParams({client_secret: payment.client_secret, outcome})});
  const body = await answer.json();
  if (settle(body.status)) return;
  show('Your bank said no. Try another card.', 'bad'); button.disabled = false;
}
function ask() {
  show('Your bank asks: is it you? ', '');
  for (const [outcome, label] of [['succeeded', 'Yes, pay'], ['failed', 'No']]) {
    const choice = document.createElement('button');
    choice.textContent = label; choice.onclick = () => bank(outcome); result.append(choice);
  }
}
form.addEventListener('submit', async event => {
  event.preventDefault(); button.disabled = true; show('…', '');
  try {
    const answer = await fetch('/v1/payment_intents/' + payment.id + '/confirm', {method: 'POST',
      headers: {Authorization: 'Bearer ' + payment.key},
      body: new URLSearchParams({client_secret: payment.client_secret,
        payment_method: form.elements.card.value})});
    const body = await answer.json();
    if (body.error) { show(body.error.message, 'bad'); button.disabled = false; }
    else if (body.status === 'requires_action') ask();
    else settle(body.status);
  } catch (error) { show('No connection: ' + error.message, 'bad'); button.disabled = false; }
});
settle(payment.status);
JS
}

sub pay_complete ($self, $id, $params) {
    my $intent = $self->double->store->any($id);
    return { status => 404, body => '{}' }
        if !$intent || ($params->{client_secret} // '') ne $intent->{client_secret};
    if ($intent->{status} eq 'requires_action') {
        Double::Intents::complete($self->double, $intent,
            ($params->{outcome} // '') eq 'succeeded' ? 'succeeded' : 'failed');
        $self->double->store->changed;
        $self->double->webhooks->release;
    }
    return { status => 200, body => encode_json({ status => $intent->{status} }) };
}

1;
