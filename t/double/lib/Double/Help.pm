package Double::Help;

# The text of --help: how to start it, and the interface of the control side.

use strict;
use warnings;

sub text {
    return <<'END';
t/double/stripe: the sandbox doubles in one process, on one origin.

  /v1/...                       Stripe's API (54 operations, stateful)
  /api/create-subaccount        the account provider
  /entity/...                   the validator
  /rail/...                     the payout rail
  /connect/... /pay/{pi}        pages for people
  /_double/...                  the control side (never hit by faults, not in the log)

Options:
  --listen http://127.0.0.1:PORT   required; port 0 takes a free one
  --port-file FILE                 gets the port once it listens
  --webhook-url URL                where events go; needs --webhook-secret
  --webhook-secret whsec_...       signs platform events
  --connect-webhook-secret whsec_  signs Connect events (with "account"); default: the same secret
  --secret-key sk_test_...         default sk_test_double
  --publishable-key pk_test_...    default pk_test_double
  --stripe NAME:KEY:SECRET:URL     repeatable: a Stripe account, told from the others by its secret
                                   key; its publishable key is pk_ for sk_, and KEY_2 is another
                                   key of the account acct_1Name. The account default
                                   has --secret-key, --webhook-secret and --webhook-url else
  --provider-token TOKEN           repeatable; the n-th token belongs to the n-th entity
  --entity-hotkey HOTKEY           repeatable; entities that the validator knows
  --public-url URL                 origin of links in answers; default: the request's Host
  --api-version VERSION            default 2026-10-28.endive; any other Stripe-Version is a 400
  --log FILE                       the request log as JSON lines too
  --state FILE                     keeps everything over a restart
  --contract DIR                   judge each call by DIR/spec3.subset.json (or $STRIPE_CONTRACT)

Control side (JSON in and out; ?stripe=NAME acts on another account than default; log and faults
are those of all, and a reset without it is one of all):
  POST /_double/objects/{id}/metadata         {"key":"value"}: becomes all of its metadata
  POST /_double/accounts/{acct}/onboard       {"outcome":"active"|"restricted"|"disabled"}
  POST /_double/accounts/{acct}/bank          {"last4":"4321"}: payouts go to another bank account
  POST /_double/accounts/{acct}/deauthorize   its owner disconnects it from the platform
  POST /_double/payment_intents/{pi}/confirm  {"payment_method":"pm_card_visa"}; a decline is a
                                              200 with the PaymentIntent and last_payment_error
  POST /_double/payment_intents/{pi}/complete {"outcome":"succeeded"|"failed"}: requires_action,
                                              processing
  POST /_double/disputes                      {"payment_intent","reason","amount"?,"inquiry"?,
                                              "currency"?,"rate"?}
                                              GET lists all, the newest first
  POST /_double/disputes/{id}/close           {"outcome":"won"|"lost","currency"?,"rate"?}
  POST /_double/disputes/{id}/reopen          {"currency"?,"rate"?}: a won or lost one is taken up
                                              again; the money of a won one is withdrawn again.
                                              currency and rate: the balance transaction is in
                                              another currency than the dispute
  POST /_double/disputes/{id}/escalate        an inquiry becomes a chargeback
  POST /_double/refunds                       {"payment_intent","amount"?,"reason"?,
                                              "refund_application_fee"?,"reverse_transfer"?}
  POST /_double/refunds/{id}/fail, /succeed   later life of a refund
  POST /_double/payouts                       {"account","amount"?,"currency","automatic"?};
                                              without amount all that is available; also of
                                              "platform" to its bank
  POST /_double/payouts/{id}/advance          {"status":"in_transit"|"paid"|"failed"|"canceled",
                                              "failure_code"?}
  POST /_double/balance                       {"account":"platform"|acct,"currency","available"}:
                                              the difference is a balance transaction, "topup" or
                                              "adjustment"; a balance is always their sum
  POST /_double/balance_transactions          {"account","type","currency","amount","fee"?,
                                              "source"?,"pending"?,"description"?}: one of any
                                              type, also of one that Stripe does not have
  POST /_double/settlement                    {"account","currency","rates":{"eur":"1.1"}}: from
                                              now on its money in the listed currencies becomes
                                              money in this one; {} = nothing does, as at first
  POST /_double/webhooks                      {"mode":"deliver"|"withhold"|"duplicate"|"shuffle",
                                              "seed"?,"early"?}; GET shows counts. What withhold
                                              holds goes out by flush only; shuffle gathers 0.3 s;
                                              early: events go out before the answer does
  POST /_double/webhooks/flush                answers when each held event has been tried
  POST /_double/faults                        {"seed"?,"rules":[{"match","do","times"?,...}]}
  GET, DELETE /_double/faults                 rules with what remains; forget all
  POST /_double/clock                         {"advance_s"}: balances mature, payouts arrive,
                                              authorisations and links expire; GET shows it.
                                              It is the clock of Stripe and of the rail. Webhook
                                              signatures, account provider and validator keep the
                                              real time, which those who ask them have too: weeks
                                              end with the last one complete in real time
  GET  /_double/log?since=N&limit=M           [{n,at,method,path,headers,params,status,response,
                                              executed,fault?,result?,contract?}]; status and
                                              response are null when nothing was answered, result
                                              is what was executed
  GET  /_double/state                         counts of everything, balances
  GET  /_double/contract                      what was judged and what was wrong (--contract)
  GET  /_double/cards                         payment methods that work here
  POST /_double/reset                         forget everything but the options
  PUT  /_double/validator/{uuid}              {"bucket":"challenge"|"funded"|"eliminated",
                                              "weeks":[{"balance","unrealized","weekly_penalty"?,
                                              "scale"?}],"shape":"new"|"old"}; GET shows it
  POST /_double/validator/{uuid}/random       {"seed","weeks":52,"bucket"?}: a year of trading
  PUT  /_double/rail                          {"mode":"instant"|"manual"|"fail"|"lost_answer",
                                              "fee_usd"}
  POST /_double/rail/{payout}/advance         {"status"?:"broadcast"|"delivered"|"failed",
                                              "reason"?}; payout: its id or its reference

Fault rules: match is "METHOD /path", "*" is any method or one path segment; times defaults to 1,
negative means without end; skip lets the first n pass; probability (0..1) draws from the seed.
  429 500 409 402   Stripe's (or the provider's) error, NOT executed; code sets another error code;
                    "executed":true executes first (Stripe then replays this error for the key)
  403 or rights     Stripe's answer to a restricted key that may not do this, NOT executed
  html huge body    200 (or "status") with HTML, 10 MB of JSON, or the text in "body"; NOT executed
                    unless "executed":true
  delay             waits delay_ms (1000), then executes and answers; the key is in use meanwhile
  hang              NOT executed, no answer, connection stays open
  cut_after         executed, then the connection is closed without an answer
  lost_answer       executed, then silence; the connection stays open
  truncated         executed, half of the answer, then closed
"headers" of a rule adds headers to the answer.

Rail (a made-up interface, the same kind as real ones):
  GET  /rail/fees?asset=&network=   {asset, network, fee_usd, estimated_seconds}
  POST /rail/payouts                {reference, asset, network, amount, destination} -> the payout
                                    {id, ..., status, fee_usd, tx_hash, failure_reason, timeline};
                                    the same reference again gives the first payout, 409 when
                                    other values come with it
  GET  /rail/payouts/{id|reference} the payout, 404 when it was never taken
END
}

1;
