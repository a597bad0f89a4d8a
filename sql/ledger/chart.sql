-- The chart of accounts and the assets.  Every load brings both tables to this state; a row that is
-- gone from here stays, since accounts may have it.
insert into ledger.code (code, normal_side, owner_kind, meaning)
values
    ('stripe:balance', null, 'stripe_account',
        'our money at Stripe: the sum of its balance transactions'),
    ('stripe:clearing', null, 'stripe_account',
        'what payments, refunds and payouts moved, until Stripe''s balance transaction is read'),
    ('stripe:disputed', 'debit', 'stripe_account', 'withdrawn by disputes that are not decided'),
    ('stripe:reserved', 'debit', 'stripe_account', 'held back by Stripe'),
    ('stripe:external', null, 'stripe_account',
        'movements of other applications at the same Stripe account'),
    ('bank:stripe', null, 'stripe_account', 'paid out by Stripe to our bank, less top-ups'),
    ('fees:stripe', 'debit', 'tenant', 'Stripe''s fees, those of disputes too'),
    ('fees:disputes', 'debit', 'tenant', 'fees of disputes that were booked before migration 0030'),
    ('fx:stripe', null, 'tenant', 'exchanged by Stripe, open in both currencies'),
    ('revenue:challenges', 'credit', 'tenant', 'sold challenges'),
    ('refunds:challenges', 'debit', 'tenant', 'refunds of challenges'),
    ('losses:disputes', 'debit', 'tenant', 'lost disputes'),
    ('costs:traders', 'debit', 'tenant', 'what traders have earned'),
    ('payables:traders', 'credit', 'tenant', 'owed to traders and not sent'),
    ('recoveries:traders', 'credit', 'tenant', 'came back by reversals of transfers'),
    ('suspense:payments', null, 'tenant', 'arrived and fits no payment: see admin.exceptions'),
    ('suspense:payouts', null, 'tenant', 'left and fits no payout: see admin.exceptions'),
    ('suspense:stripe', null, 'tenant',
        'moved at Stripe for a reason that we do not know: see admin.exceptions'),
    ('adjustments:operator', null, 'tenant', 'the other side of what operators post')
on conflict (code) do update
set normal_side = excluded.normal_side, owner_kind = excluded.owner_kind,
    meaning = excluded.meaning;

-- ISO 4217, with the decimals that Stripe counts.
insert into ledger.asset (code, exponent, kind)
select c, 0, 'currency' from regexp_split_to_table($$
    bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf
    $$, '\s+') as c where c <> ''
union all
select c, 3, 'currency' from regexp_split_to_table($$
    bhd jod kwd omr tnd
    $$, '\s+') as c where c <> ''
union all
select c, 2, 'currency' from regexp_split_to_table($$
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn
    bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd
    gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl
    mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk
    php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top
    try ttd twd tzs uah ugx usd uyu uzs wst xcd xcg yer zar zmw
    $$, '\s+') as c where c <> ''
on conflict (code) do update
set exponent = excluded.exponent, kind = excluded.kind;
