-- Deletes a user's journal and its keys.
--
-- Returns: how many payouts it had
-- Locks: the book
-- Tables written: journal.*
create or replace function admin.erase_journal(p_tenant text, p_user text) returns bigint
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    v_book uuid;
    v_history uuid[];
    v_payouts bigint := 0;
begin
    select b.id into v_book
    from journal.book b
    where b.tenant_id = p_tenant and b.user_id = p_user
    for no key update;
    if not found then
        return v_payouts;
    end if;
    v_history := array(
        select v_book
        union all
        select f.id from journal.firm f where f.tenant_id = p_tenant and f.book_id = v_book
        union all
        select a.id from journal.account a where a.tenant_id = p_tenant and a.book_id = v_book);
    delete from journal.import_row r
    where r.tenant_id = p_tenant and r.import_id in (
        select i.id from journal.import i where i.tenant_id = p_tenant and i.book_id = v_book);
    delete from journal.import i where i.tenant_id = p_tenant and i.book_id = v_book;
    delete from journal.node n where n.tenant_id = p_tenant and n.history_id = any (v_history);
    delete from journal.payout p where p.tenant_id = p_tenant and p.book_id = v_book;
    get diagnostics v_payouts = row_count;
    delete from journal.account a where a.tenant_id = p_tenant and a.book_id = v_book;
    delete from journal.firm f where f.tenant_id = p_tenant and f.book_id = v_book;
    delete from journal.api_key k where k.tenant_id = p_tenant and k.user_id = p_user;
    delete from journal.book b where b.tenant_id = p_tenant and b.id = v_book;
    return v_payouts;
end
$$;
