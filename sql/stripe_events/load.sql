-- Module stripe_events: Stripe's events, and the reading of its list.
-- Views and functions, each after what it needs.  Rights on tables and leases come last.

set local role purser_owner;
\ir stripe_events.event_wake.sql

set local role purser_background;
\ir stripe_events.event_receive.sql
\ir stripe_events.event_claim.sql
\ir stripe_events.event_retry.sql
\ir stripe_events.event_release.sql
\ir stripe_events.passed_count.sql
\ir stripe_events.message_pass.sql
\ir stripe_events.event_finish.sql
\ir stripe_events.event_forget.sql
\ir stripe_events.event_mark.sql
\ir stripe_events.bookmark_claim.sql
\ir stripe_events.bookmark_advance.sql
\ir stripe_events.bookmark_finish.sql
\ir stripe_events.bookmark_restart.sql
\ir stripe_events.bookmark_fail.sql
\ir stripe_events.bookmark_clock.sql
\ir stripe_events.element_report.sql
\ir stripe_events.backfill_claim.sql
\ir stripe_events.event_concerns.sql
\ir stripe_events.lists_unread.sql
\ir stripe_events.unread_reason.sql

set local role purser_owner;
\ir tables.sql
