"""Every report as a supervisor would check it by hand: SQL over the tables of the IVR and of the PBX.

Written from the definitions and from nothing of the product. Parameters are the local wall clock of the period, half
open: `%(since)s`, `%(until)s`.
"""

# One row per call, in plain words; the tables stand where `{tables}` is.
CALLS = """
CREATE OR REPLACE VIEW llamadas AS
SELECT LEAST(dHoraInicio, dHoraFin) AS inicio,
       ABS(TIMESTAMPDIFF(SECOND, dHoraInicio, dHoraFin)) AS segundos,
       dHoraInicio > dHoraFin AS invertida,
       CASE cDID_800Transfer WHEN '19028031' THEN 'nacional_A' WHEN '19020001' THEN 'nacional_B'
            WHEN '19020084' THEN 'puebla' ELSE 'desconocido' END AS segmento,
       CASE WHEN COALESCE(TRIM(cDID_Centro_Transferencia), '') = '' THEN 'CASO_NULL'
            WHEN cDID_Centro_Transferencia = 'cliente_colgo' THEN 'CLIENTE_COLGO'
            WHEN cDID_Centro_Transferencia REGEXP '^0+$' THEN 'CASO_ERROR_CEROS'
            WHEN cDID_Centro_Transferencia NOT REGEXP '^[0-9]' THEN 'ERROR_CARACTER_INICIAL'
            WHEN CHAR_LENGTH(cDID_Centro_Transferencia) > 10
                THEN LEFT(cDID_Centro_Transferencia, CHAR_LENGTH(cDID_Centro_Transferencia)
                          - 10 * CEIL((CHAR_LENGTH(cDID_Centro_Transferencia) - 10) / 10))
            ELSE cDID_Centro_Transferencia END COLLATE utf8mb4_bin AS centro,
       CASE WHEN COALESCE(TRIM(cMenu), '') IN ('', 'sin cMenu') THEN 'vacio'
            WHEN TRIM(cMenu) REGEXP '^[0-9]{{7,}}$' THEN 'telefono_en_menu' ELSE LOWER(TRIM(cMenu)) END AS menu,
       COALESCE(NULLIF(TRIM(cOpcion), ''), 'SIN_OPCION') COLLATE utf8mb4_bin AS opcion,
       CASE WHEN COALESCE(TRIM(cTelefono_Digitado), '') = '' THEN 'nada'
            WHEN cTelefono_Digitado = cTelefono_Origen THEN 'misma' ELSE 'otra' END AS linea,
       NULLIF(TRIM(cTelefono_Origen), '') AS cliente,
       LOWER(TRIM(COALESCE(cMenu, ''))) IN ('', 'sin cmenu', 'vacio', 'cliente_colgo', 'sinopcion_cabecera')
           AS abandonada
FROM ({tables}) AS filas
"""


TRANSFER_CENTRES = """
WITH mias AS (SELECT *, DATE_FORMAT(inicio, '%%Y-%%m') AS mes FROM llamadas
              WHERE inicio >= %(since)s AND inicio < %(until)s),
cuartiles AS (SELECT centro, NTILE(4) OVER (ORDER BY COUNT(*) DESC, centro) AS cuartil
              FROM mias WHERE centro REGEXP '^[0-9]' GROUP BY centro)
SELECT mes, segmento, m.centro, menu, opcion, COUNT(*),
       1e0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY mes),
       SUM(linea = 'misma'), SUM(linea = 'otra'), SUM(linea = 'nada'),
       SUM(WEEKDAY(inicio) < 5), SUM(WEEKDAY(inicio) >= 5), MAX(cuartil)
FROM mias m LEFT JOIN cuartiles q ON q.centro = m.centro
GROUP BY mes, segmento, m.centro, menu, opcion
"""

ABANDONMENT = """
WITH mias AS (SELECT * FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s),
todas AS (SELECT COUNT(*) AS n FROM mias),
de_segmento AS (SELECT segmento, COUNT(*) AS n FROM mias GROUP BY segmento),
filas AS (
    SELECT 'detail' AS fila, m.segmento, menu, COUNT(*) AS perdidas, NULL AS recibidas, MAX(d.n) AS n
    FROM mias m JOIN de_segmento d USING (segmento) WHERE abandonada GROUP BY m.segmento, menu
    UNION ALL SELECT 'subtotal', segmento, NULL, SUM(abandonada), COUNT(*), COUNT(*) FROM mias GROUP BY segmento
    UNION ALL SELECT 'total', NULL, NULL, SUM(abandonada), COUNT(*), NULL FROM mias)
SELECT fila, segmento, menu, perdidas, recibidas, 1e0 * perdidas / (SELECT n FROM todas), 1e0 * perdidas / n,
       CASE WHEN fila = 'detail' THEN NULL WHEN perdidas < 0.2 * recibidas THEN 'optimal'
            WHEN perdidas > 0.3 * recibidas THEN 'critical' ELSE 'acceptable' END
FROM filas
"""

ABANDONMENT_SUMMARY = """
WITH mias AS (SELECT segmento, menu FROM llamadas WHERE abandonada AND inicio >= %(since)s AND inicio < %(until)s),
filas AS (
    SELECT 'detail' AS fila, segmento, menu, COUNT(*) AS n FROM mias GROUP BY segmento, menu
    UNION ALL SELECT 'subtotal', segmento, NULL, COUNT(*) FROM mias GROUP BY segmento
    UNION ALL SELECT 'total', NULL, NULL, COUNT(*) FROM mias)
SELECT fila, f.segmento, menu, n,
       1e0 * n / (SELECT COUNT(*) FROM mias m WHERE m.segmento = f.segmento HAVING COUNT(*) > 0),
       1e0 * n / (SELECT COUNT(*) FROM mias)
FROM filas f
"""

MENU_REDIRECTS = """
SELECT menu, centro, COUNT(*), 1e0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY menu),
       1e0 * COUNT(*) / SUM(COUNT(*)) OVER ()
FROM llamadas WHERE centro REGEXP '^[0-9]' AND inicio >= %(since)s AND inicio < %(until)s
GROUP BY menu, centro
"""

CENTRE_MENUS = """
SELECT centro, menu, opcion, COUNT(*), 1e0 * COUNT(*) / SUM(COUNT(*)) OVER (PARTITION BY centro),
       1e0 * COUNT(*) / SUM(COUNT(*)) OVER ()
FROM llamadas WHERE centro REGEXP '^[0-9]' AND inicio >= %(since)s AND inicio < %(until)s
GROUP BY centro, menu, opcion
"""

MENU_ERRORS = """
WITH mias AS (SELECT *, menu = 'telefono_en_menu' AS mala FROM llamadas
              WHERE inicio >= %(since)s AND inicio < %(until)s)
SELECT 'detail', segmento, centro, SUM(mala), COUNT(*), 1e0 * SUM(mala) / COUNT(*),
       1e0 * SUM(mala) / (SELECT SUM(mala) FROM mias)
FROM mias GROUP BY segmento, centro HAVING SUM(mala) > 0
UNION ALL SELECT 'total', NULL, NULL, SUM(mala), COUNT(*), 1e0 * SUM(mala) / COUNT(*), 1e0 FROM mias
"""

# The months are its last columns; {months} is one COUNT(DISTINCT ...) for each.
UNIQUE_CUSTOMERS = """
WITH mias AS (SELECT *, DATE_FORMAT(inicio, '%%Y-%%m') AS mes FROM llamadas
              WHERE inicio >= %(since)s AND inicio < %(until)s)
SELECT 'detail', segmento, COUNT(DISTINCT cliente),
       1e0 * COUNT(DISTINCT cliente) / (SELECT COUNT(DISTINCT cliente) FROM mias),
       COUNT(DISTINCT CASE WHEN mes = '2025-07' THEN cliente END),
       COUNT(DISTINCT CASE WHEN mes = '2025-08' THEN cliente END),
       COUNT(DISTINCT CASE WHEN mes = '2025-09' THEN cliente END)
FROM mias GROUP BY segmento
UNION ALL
SELECT 'total', NULL, COUNT(DISTINCT cliente), 1e0,
       COUNT(DISTINCT CASE WHEN mes = '2025-07' THEN cliente END),
       COUNT(DISTINCT CASE WHEN mes = '2025-08' THEN cliente END),
       COUNT(DISTINCT CASE WHEN mes = '2025-09' THEN cliente END)
FROM mias
"""

# Days without calls are no row here.
CALLS_BY_DAY = """
WITH filas AS (
    SELECT 'detail' AS fila, DATE(inicio) AS dia, COUNT(*) AS n, SUM(abandonada) AS perdidas,
           COUNT(DISTINCT cliente) AS clientes
    FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s GROUP BY DATE(inicio)
    UNION ALL SELECT 'total', NULL, COUNT(*), SUM(abandonada), COUNT(DISTINCT cliente)
    FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s)
SELECT fila, dia, n, perdidas, 1e0 * perdidas / n, clientes,
       CASE WHEN perdidas < 0.2 * n THEN 'optimal' WHEN perdidas > 0.3 * n THEN 'critical' ELSE 'acceptable' END
FROM filas
"""

CALLS_BY_HOUR = """
SELECT WEEKDAY(inicio) + 1, HOUR(inicio), COUNT(*), SUM(abandonada), 1e0 * SUM(abandonada) / COUNT(*),
       COUNT(DISTINCT cliente),
       CASE WHEN SUM(abandonada) < 0.2 * COUNT(*) THEN 'optimal'
            WHEN SUM(abandonada) > 0.3 * COUNT(*) THEN 'critical' ELSE 'acceptable' END
FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s
GROUP BY 1, 2
"""

# Days and shares; the calendar dates of follow-up are checked against Python's own calendar.
CENTRES_BY_SEGMENT = """
WITH RECURSIVE dias AS (
    SELECT DATE(%(since)s) AS dia UNION ALL SELECT dia + INTERVAL 1 DAY FROM dias
    WHERE dia + INTERVAL 1 DAY <= DATE(%(until)s - INTERVAL 1 SECOND)),
centros AS (
    SELECT segmento, centro, COUNT(*) AS n, SUM(WEEKDAY(inicio) < 5) AS entre_semana,
           MIN(DATE(inicio)) AS primero, MAX(DATE(inicio)) AS ultimo
    FROM llamadas WHERE centro REGEXP '^[0-9]' AND inicio >= %(since)s AND inicio < %(until)s
    GROUP BY segmento, centro),
con_ocio AS (
    SELECT c.*, (SELECT COUNT(*) FROM dias WHERE WEEKDAY(dia) < 5) AS habiles,
           (SELECT COUNT(*) FROM dias WHERE WEEKDAY(dia) < 5 AND dia > c.ultimo) AS ocio,
           ROW_NUMBER() OVER (PARTITION BY segmento ORDER BY n DESC, centro) AS lugar,
           COUNT(*) OVER (PARTITION BY segmento) AS cuantos,
           SUM(n) OVER (PARTITION BY segmento) AS de_segmento, MAX(n) OVER (PARTITION BY segmento) AS mayor
    FROM centros c)
SELECT segmento, centro, n, 1e0 * entre_semana / n, primero, ultimo, habiles, ocio,
       CASE WHEN n < 100 THEN 'BAJO_VOLUMEN' WHEN n < 1000 THEN 'VOLUMEN_MEDIO' WHEN ocio = 0 THEN 'ACTIVO_HOY'
            WHEN ocio <= 3 THEN 'DENTRO_SLA' WHEN ocio <= 5 THEN 'RIESGO_SLA' ELSE 'FUERA_SLA' END,
       1e0 * n / de_segmento, lugar, 1e0 * (cuantos - lugar + 1) / cuantos, 1e0 * n / mayor
FROM con_ocio
"""

SUMMARY = """
SELECT COUNT(*) AS calls, COUNT(DISTINCT cliente) AS unique_callers, SUM(WEEKDAY(inicio) < 5) AS weekday_calls,
       SUM(WEEKDAY(inicio) >= 5) AS weekend_calls, SUM(centro REGEXP '^[0-9]') AS transferred,
       SUM(centro IN ('CASO_NULL', 'CLIENTE_COLGO')) AS ended_in_ivr, 1e0 * SUM(segundos) / COUNT(*) AS duration_s_mean,
       SUM(abandonada) AS abandoned, 1e0 * SUM(abandonada) / COUNT(*) AS abandoned_rate,
       SUM(menu = 'telefono_en_menu') AS menu_errors, SUM(invertida) AS swapped_times
FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s
"""

SUMMARY_SEGMENTS = """
SELECT segmento, COUNT(*), COUNT(DISTINCT cliente), 1e0 * SUM(abandonada) / COUNT(*)
FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s GROUP BY segmento
"""

SUMMARY_MENUS = """
SELECT menu, COUNT(*) FROM llamadas WHERE inicio >= %(since)s AND inicio < %(until)s GROUP BY menu
"""

SUMMARY_CENTRES = """
SELECT centro, COUNT(*) FROM llamadas WHERE centro REGEXP '^[0-9]' AND inicio >= %(since)s AND inicio < %(until)s
GROUP BY centro
"""

# One row per entry into a queue: the end that was logged for it, and how long it took.
ENTRIES = """
CREATE OR REPLACE VIEW entradas AS
SELECT e.callid, e.queuename AS cola, e.time AS entro, e.data2 AS cliente, s.event AS salida, s.agent AS agente,
       TIMESTAMPDIFF(SECOND, e.time, s.time) AS espera,
       (SELECT SUM(CASE t.event WHEN 'COMPLETECALLER' THEN t.data2 WHEN 'COMPLETEAGENT' THEN t.data2
                                ELSE t.data4 END)
        FROM queue_log t WHERE t.callid = e.callid
          AND t.event IN ('COMPLETECALLER', 'COMPLETEAGENT', 'BLINDTRANSFER', 'ATTENDEDTRANSFER')) AS habla,
       (SELECT COUNT(*) FROM queue_log t WHERE t.callid = e.callid AND t.event IN ('BLINDTRANSFER', 'ATTENDEDTRANSFER'))
           AS transferencias,
       (SELECT COUNT(*) FROM queue_log t WHERE t.callid = e.callid AND t.event = 'RINGNOANSWER') AS timbres
FROM queue_log e
LEFT JOIN queue_log s ON s.callid = e.callid
     AND s.event IN ('CONNECT', 'ABANDON', 'EXITWITHTIMEOUT', 'EXITWITHKEY', 'EXITEMPTY', 'WITHDRAW')
WHERE e.event = 'ENTERQUEUE'
"""

QUEUE_PERFORMANCE = """
SELECT cola, COUNT(*) AS ofrecidas, SUM(salida <=> 'CONNECT'), SUM(salida <=> 'ABANDON'),
       SUM(salida <=> 'EXITWITHTIMEOUT'), SUM(salida <=> 'EXITWITHKEY'), SUM(salida <=> 'EXITEMPTY'),
       SUM(salida <=> 'WITHDRAW'), 0, SUM(salida IS NULL), 1e0 * SUM(salida <=> 'CONNECT') / COUNT(*),
       1e0 * SUM(salida <=> 'ABANDON') / COUNT(*),
       1e0 * SUM(salida <=> 'CONNECT' AND espera <= 20) / SUM(COALESCE(salida IN ('CONNECT', 'ABANDON'), 0)),
       1e0 * AVG(CASE WHEN salida = 'CONNECT' THEN 1e0 * espera END),
       AVG(CASE WHEN salida = 'CONNECT' THEN 1e0 * habla END), AVG(CASE WHEN salida = 'CONNECT' THEN 1e0 * habla END),
       MAX(espera), SUM(transferencias), SUM(timbres)
FROM entradas WHERE entro >= %(since)s AND entro < %(until)s GROUP BY cola WITH ROLLUP
"""

WAITS = """
SELECT cola, espera FROM entradas WHERE entro >= %(since)s AND entro < %(until)s AND espera IS NOT NULL
ORDER BY cola, espera
"""

AGENT_PERFORMANCE = """
SELECT agente, COUNT(*), AVG(1e0 * habla), AVG(1e0 * habla), AVG(1e0 * espera), SUM(transferencias)
FROM entradas WHERE salida = 'CONNECT' AND entro >= %(since)s AND entro < %(until)s GROUP BY agente
"""

RECALL_LIST = """
SELECT cola, callid, espera, intentos FROM (
    SELECT p.*, COUNT(*) OVER (PARTITION BY cliente) AS intentos,
           ROW_NUMBER() OVER (PARTITION BY cliente ORDER BY entro DESC) AS lugar
    FROM entradas p WHERE salida = 'ABANDON' AND cliente <> '' AND entro >= %(since)s AND entro < %(until)s) perdidas
WHERE lugar = 1 AND NOT EXISTS (
    SELECT 1 FROM entradas d WHERE d.cliente = perdidas.cliente AND d.salida = 'CONNECT' AND d.entro > perdidas.entro)
"""
