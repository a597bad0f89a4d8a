-- A payout is decided by the validator's word about its account and by Stripe's about its payee:
-- the reason that one of them was asked for in vain has one name.
grant select, update on payouts.payout to purser_background;
set local role purser_background;
update payouts.payout p
set hold_code = 'unconfirmed'
where p.hold_code = 'validator_unavailable';
do $$
begin
    if exists (select from payouts.payout p where p.hold_code = 'validator_unavailable') then
        raise exception 'verify: a payout is held by a reason that is not known any more';
    end if;
end
$$;
set local role purser_owner;
