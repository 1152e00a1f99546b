-- Exports make texts harmless for spreadsheets. Whether those of a call need it is told by its dimensions, of which there
-- are thousands, instead of by looking at every text of millions of calls: that took a third of an export's time.
SET LOCAL lock_timeout = '5s';

-- Whether a text is the same in every file: empty, or printable Latin from a letter or figure on to no blank, without
-- what CSV, XML or spreadsheets take for more than a letter. What it does not call plain is looked at call by call.
CREATE FUNCTION ivr.is_plain(told text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT told COLLATE "C" ~ '^(?:[0-9A-Za-z\u00c0-\u024f](?:[ !#-%''-:=?-\u005b\u005d-{}~\u00c0-\u024f]*[!#-%''-:=?-\u005b\u005d-{}~\u00c0-\u024f])?)?$'
    AND strpos(told, '_x') = 0 AND length(told) <= 2000
$$;

-- As before, with whether all texts are plain. The planner looks at them where it reads each dimension, and nowhere for
-- questions that do not ask.
CREATE OR REPLACE VIEW ivr.legacy_calls_v1 AS
SELECT c.call_id, s.source, c.caller_id, c.started_at, c.duration_s, d.did, d.segment,
       m.menu, m.menu_kind, m.menu_abandoned, m.menu_goal, o.option, e.centre, e.centre_kind,
       CASE c.line_kind WHEN 0 THEN 'no_digito' WHEN 1 THEN 'misma_linea' ELSE 'linea_diferente' END AS line_kind,
       l.labels, c.swapped, u.source_table, nullif(u.unit_date, date '1900-01-01') AS unit_date, c.occurrence,
       coalesce(s.plain AND d.plain AND m.plain AND o.plain AND e.plain AND l.plain AND u.plain, false) AS plain_texts
FROM ivr.legacy_calls c
LEFT JOIN (SELECT source_id, source, ivr.is_plain(source) AS plain FROM ivr.sources) s ON s.source_id = c.source_id
LEFT JOIN (SELECT did_id, did, segment, ivr.is_plain(did) AND ivr.is_plain(segment) AS plain FROM ivr.dids) d
    ON d.did_id = c.did_id
LEFT JOIN (SELECT menu_id, menu, menu_kind, menu_abandoned, menu_goal, ivr.is_plain(menu) AS plain FROM ivr.menus) m
    ON m.menu_id = c.menu_id
LEFT JOIN (SELECT option_id, option, ivr.is_plain(option) AS plain FROM ivr.options) o ON o.option_id = c.option_id
LEFT JOIN (SELECT centre_id, centre, centre_kind, ivr.is_plain(centre) AS plain FROM ivr.centres) e
    ON e.centre_id = c.centre_id
LEFT JOIN (SELECT label_set_id, labels, ivr.is_plain(array_to_string(labels, ', ')) AS plain FROM ivr.label_sets) l
    ON l.label_set_id = c.label_set_id
LEFT JOIN (SELECT unit_id, source_table, unit_date, ivr.is_plain(source_table) AS plain FROM ivr.units) u
    ON u.unit_id = c.unit_id;
