-- A comparison names legs and steps as it names calls: each row that differs says which of them it is.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ivr.reconciliation_rows ADD COLUMN part text NOT NULL DEFAULT 'call' CHECK (part IN ('call', 'leg', 'step'));

-- With a description for whoever looks at a row, and where a leg was read: of two records with one key the later one
-- counts. A function's columns cannot be added to, so both are made anew.
DROP FUNCTION ivr.call_leg_hashes(smallint), ivr.call_step_hashes(smallint);

-- Everything a leg says, as 64 bits; services/ivr/cdr.py writes the same bytes for the source's side. The byte ff stands
-- for null, as in queue_call_hashes.
CREATE FUNCTION ivr.call_leg_hashes(source smallint)
RETURNS TABLE (leg_id bigint, caller_id bigint, started_at timestamptz, ended_at timestamptz, hash bigint,
               source_table text, "position" bigint, description text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT l.leg_id, l.caller_id, l.started_at, l.ended_at,
       ('x' || left(md5(
           int8send(l.leg_id) || int8send(l.caller_id) || timestamptz_send(l.started_at)
           || coalesce(timestamptz_send(l.answered_at), '\xff') || coalesce(timestamptz_send(l.ended_at), '\xff')
           || coalesce(int4send(l.duration_s), '\xff') || coalesce(int4send(l.billsec), '\xff')
           || coalesce(int8send(l.sequence), '\xff')
           || convert_to(concat_ws(chr(31), l.linked_id, l.unique_id, l.disposition, coalesce(l.context, chr(30)),
                                   coalesce(l.channel, chr(30)), coalesce(l.dst_channel, chr(30)),
                                   coalesce(l.dst, chr(30)), coalesce(l.last_app, chr(30)),
                                   coalesce(l.queue, chr(30)), coalesce(l.agent, chr(30))), 'UTF8')
       ), 16))::bit(64)::bigint,
       l.source_table, l.position, concat_ws(' ', l.linked_id, l.unique_id, l.disposition)
FROM ivr.call_legs l
WHERE l.source_id = source
$$;

-- The same of a step: services/ivr/call_steps.py.
CREATE FUNCTION ivr.call_step_hashes(source smallint)
RETURNS TABLE (step_id bigint, at timestamptz, hash bigint, description text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT t.step_id, t.at,
       ('x' || left(md5(
           int8send(t.step_id) || int8send(t.caller_id) || int4send(t.number) || timestamptz_send(t.at)
           || coalesce(timestamptz_send(t.left_at), '\xff')
           || convert_to(concat_ws(chr(31), t.linked_id, t.unique_id, coalesce(t.context, chr(30)),
                                   coalesce(t.exten, chr(30)), t.menu, t.app, coalesce(t.digit, chr(30)), t.ended),
                         'UTF8')
       ), 16))::bit(64)::bigint,
       concat_ws(' ', t.linked_id, t.menu, t.ended)
FROM ivr.call_steps t
WHERE t.source_id = source
$$;

REVOKE ALL ON FUNCTION ivr.call_leg_hashes(smallint), ivr.call_step_hashes(smallint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ivr.call_leg_hashes(smallint), ivr.call_step_hashes(smallint) TO iact_ivr;
