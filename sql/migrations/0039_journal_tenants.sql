-- What belongs together in a journal is of one tenant.
--
-- Locks the tables of the journal against writes while it reads each of them once: 4 s for 10^6
-- payouts.  Reads go on.  The unique indexes are those of 0040, which makes them primary keys.
--
-- `validate constraint` by itself would check nothing, since row-level security shows the owner of
-- the tables no row: so the rows are compared here, by the role that sees every tenant.
alter table journal.firm
    add foreign key (tenant_id, book_id) references journal.book (tenant_id, id) not valid;
alter table journal.account
    add foreign key (tenant_id, book_id) references journal.book (tenant_id, id) not valid,
    add foreign key (tenant_id, firm_id) references journal.firm (tenant_id, id) not valid;
alter table journal.payout
    add foreign key (tenant_id, book_id) references journal.book (tenant_id, id) not valid,
    add foreign key (tenant_id, firm_id) references journal.firm (tenant_id, id) not valid,
    add foreign key (tenant_id, account_id) references journal.account (tenant_id, id) not valid;

grant select on journal.book, journal.firm, journal.account, journal.payout to purser_background;
set local role purser_background;
do $$
declare
    v_firms bigint;
    v_accounts bigint;
    v_payouts bigint;
begin
    select count(*) into v_firms
    from journal.firm f
    left join journal.book b on b.tenant_id = f.tenant_id and b.id = f.book_id
    where b.id is null;
    select count(*) into v_accounts
    from journal.account a
    left join journal.book b on b.tenant_id = a.tenant_id and b.id = a.book_id
    left join journal.firm f on f.tenant_id = a.tenant_id and f.id = a.firm_id
    where b.id is null or f.id is null;
    select count(*) into v_payouts
    from journal.payout p
    left join journal.book b on b.tenant_id = p.tenant_id and b.id = p.book_id
    left join journal.firm f on f.tenant_id = p.tenant_id and f.id = p.firm_id
    left join journal.account a on a.tenant_id = p.tenant_id and a.id = p.account_id
    where b.id is null or f.id is null or a.id is null;
    if v_firms + v_accounts + v_payouts > 0 then
        raise exception 'verify: % firms, % accounts, % payouts are not of their book''s tenant',
            v_firms, v_accounts, v_payouts;
    end if;
end
$$;

set local role purser_owner;
set local enable_seqscan = off;
set local enable_bitmapscan = off;
set local jit = off;
alter table journal.firm validate constraint firm_tenant_id_book_id_fkey;
alter table journal.account validate constraint account_tenant_id_book_id_fkey;
alter table journal.account validate constraint account_tenant_id_firm_id_fkey;
alter table journal.payout validate constraint payout_tenant_id_book_id_fkey;
alter table journal.payout validate constraint payout_tenant_id_firm_id_fkey;
alter table journal.payout validate constraint payout_tenant_id_account_id_fkey;
