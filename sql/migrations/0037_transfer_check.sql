-- A transfer without entries moves nothing, admin.ledger_check names it, and ledger.post raises
-- when it shall be posted again: the trigger that refused it at commit was a tenth of what a
-- posting costs.
drop trigger zero_sum on ledger.transfer;
set local role purser_background;
drop function ledger.transfer_check();
set local role purser_owner;
do $$
begin
    if not exists (
        select
        from pg_trigger
        where tgrelid = 'ledger.entry'::regclass and tgname = 'zero_sum' and tgenabled = 'O')
    then
        raise exception 'verify: the trigger that sums the entries is missing';
    end if;
end
$$;
