-- Locks the principal's book and returns it.  Every change of a journal calls this first, so the
-- changes of one user run one after the other.
--
-- Raises: PU404 the principal has none
-- Locks: the book's row (after the idempotency row, before everything else of the journal)
create or replace function journal.book_lock() returns journal.book
    language plpgsql volatile
as $$
declare
    v_book journal.book;
begin
    select * into v_book
    from journal.book b
    where b.tenant_id = current_setting('purser.tenant', true)
        and b.user_id = current_setting('purser.principal', true)
    for no key update;
    if not found then
        raise exception using errcode = 'PU404', message = 'not found';
    end if;
    return v_book;
end
$$;
