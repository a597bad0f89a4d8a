-- The firm of that name in a book that the caller has locked; made when it is new.
--
-- Tables written: journal.firm, journal.node
create or replace function journal.firm_of(p_book journal.book, p_name text) returns uuid
    language plpgsql
as $$
declare
    v_folded text := journal.name_fold(p_name);
    v_id uuid;
begin
    select f.id into v_id
    from journal.firm f
    where f.book_id = p_book.id and f.name_folded = v_folded;
    if not found then
        insert into journal.firm (tenant_id, book_id, name, name_folded)
        values (p_book.tenant_id, p_book.id, p_name, v_folded)
        returning id into v_id;
        perform journal.history_create(v_id, p_book.tenant_id);
    end if;
    return v_id;
end
$$;
