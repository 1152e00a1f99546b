-- Months whose calls were dropped by `iact retention drop`, and what may not be dropped. Rollups stay, and so do the units:
-- what was counted is known for good, row by row it is not.
SET LOCAL lock_timeout = '5s';

-- One row per table and month that was dropped. All tables of calls are dropped to the same month, so the newest row says
-- from when on there are calls: a month that lies before it has none, or only what came too late.
CREATE TABLE ivr.removed_months (
    parent text NOT NULL,
    month date NOT NULL CHECK (month = date_trunc('month', month)::date),
    rows bigint NOT NULL,
    bytes bigint NOT NULL,
    removed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (month, parent)
);

-- Calls from the month `since` on stay while a hold is there: a claim, an audit, an investigation. `released_at` ends it.
CREATE TABLE ivr.retention_holds (
    hold_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    since date NOT NULL CHECK (since = date_trunc('month', since)::date),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    placed_at timestamptz NOT NULL DEFAULT now(),
    released_at timestamptz
);

-- The moment from which on all calls are there; null while none were dropped.
CREATE FUNCTION ivr.calls_kept_since() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT (max(month) + interval '1 month') AT TIME ZONE 'UTC' FROM ivr.removed_months $$;
REVOKE ALL ON FUNCTION ivr.calls_kept_since() FROM PUBLIC;

-- The border: no row while nothing was dropped. `calls`: legacy calls and queue calls together.
CREATE VIEW ivr.removed_calls_v1 AS
SELECT (max(month) + interval '1 month') AT TIME ZONE 'UTC' AS kept_since, max(removed_at) AS removed_at,
       coalesce(sum(rows) FILTER (WHERE parent IN ('legacy_calls', 'queue_calls')), 0)::bigint AS calls
FROM ivr.removed_months HAVING count(*) > 0;

GRANT SELECT ON ivr.removed_months TO iact_ivr;
GRANT EXECUTE ON FUNCTION ivr.calls_kept_since() TO iact_ivr;
GRANT SELECT ON ivr.removed_calls_v1 TO iact_analytics, iact_ivr;
