-- What reading Stripe's lists shows of clocks.
alter table stripe_events.bookmark
    add column clock_noted_at timestamptz,
    -- ahead of Stripe's clock, as its last answer showed it
    add column database_ahead_ms bigint,
    add column program_ahead_ms bigint;

-- Messages of Stripe that were verified and are not ours, by day: an event of another application's
-- object, of a type that we do not use, or no event at all.
create table stripe_events.passed (
    stripe_account text collate "C" not null,
    day date not null, -- UTC
    reason text collate "C" not null check (reason in ('stranger', 'unused', 'malformed')),
    type text collate "C" not null, -- of the event, '' = none
    count bigint not null,
    primary key (stripe_account, day, reason, type)
);

do $$
begin
    if exists (select from stripe_events.passed) then
        raise exception 'verify: nothing is counted yet';
    end if;
end
$$;
