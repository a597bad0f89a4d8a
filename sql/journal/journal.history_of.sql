-- The shortest history of the principal that holds what an account and a firm
-- filter let through: the account's, the firm's, or the whole book.
--
-- Parameters: p_account, p_firm null = not filtered; the firm's name in any case
-- Returns: null when nothing can be in it
create or replace function journal.history_of(p_account uuid, p_firm text) returns uuid
    language plpgsql stable
as $$
declare
    v_firm text := journal.name_fold(p_firm);
    v_book uuid;
begin
    select b.id into v_book
    from journal.book b
    where b.tenant_id = (select current_setting('purser.tenant', true))
        and b.user_id = (select current_setting('purser.principal', true));
    if p_account is not null then
        return (
            select a.id
            from journal.account a
            join journal.firm f on f.id = a.firm_id
            where a.id = p_account and a.book_id = v_book
                and (v_firm is null or f.name_folded = v_firm));
    elsif p_firm is not null then
        return (
            select f.id from journal.firm f where f.book_id = v_book and f.name_folded = v_firm);
    end if;
    return v_book;
end
$$;
