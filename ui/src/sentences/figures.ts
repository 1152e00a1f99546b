// What the analytics service says to people: why a file, a schedule or a rule failed, and what a form lacks.
import { msg } from '@lingui/core/macro';

import type { Sentences, Shape } from './tables';

export const FIGURES: Sentences = {
  // Of a file
  'The export took longer than 15 minutes. Ask for a shorter range or fewer dimensions.': msg`El archivo tardó más de 15 minutos. Pida un periodo más corto o menos columnas.`,
  'The export has more than 1 000 000 rows. Ask for a shorter range, longer buckets, fewer dimensions, or filter.': msg`El archivo tendría más de 1 000 000 de filas. Pida un periodo más corto, intervalos más largos o menos columnas, o filtre.`,
  'The export is larger than 200 MB. Ask for a shorter range, longer buckets or fewer columns, or filter.': msg`El archivo pesaría más de 200 MB. Pida un periodo más corto, intervalos más largos o menos columnas, o filtre.`,
  'The account that asked for this export is no longer active.': msg`La cuenta que pidió este archivo ya no está activa.`,
  'The export has no file: it is not made yet, or it failed.': msg`No hay archivo: todavía no está hecho, o falló.`,
  'Your data segment has changed since this was made; ask for the export again.': msg`Su segmento de datos cambió desde que se hizo; pida el archivo otra vez.`,
  'You have as many exports as a person may have; delete some that you no longer need.': msg`Ya tiene todos los archivos que puede tener una persona; borre los que no necesite.`,
  'The report has more than 10 000 rows: have it made as an export (POST /analytics/exports), or choose less.': msg`El informe tiene más de 10 000 filas: pídalo como archivo, o elija menos.`,
  'The report has more than 2 000 rows, too many pages for anybody; ask for it as XLSX or CSV.': msg`El informe tiene más de 2 000 filas, demasiadas páginas; pídalo como XLSX o CSV.`,
  'only a report can be a PDF; ask for csv or xlsx': msg`Solo un informe puede ser PDF; pida CSV o XLSX.`,
  'You keep 50 exports; delete one that you no longer need.': msg`Ya guarda 50 archivos; borre uno que no necesite.`,
  // Of what was asked
  'Your data segment does not reach this data: queue calls carry no segment. Whoever administers people can change your segment.': msg`Su cuenta ve un solo segmento, y las llamadas de cola no llevan ninguno. Quien administra las personas puede cambiarlo.`,
  'Your data segment does not include the one you ask for; leave segment out to have your own. Whoever administers people can change it.': msg`Su segmento de datos no incluye el que se pide; quítelo para ver el suyo. Quien administra las personas puede cambiarlo.`,
  'This question would read more calls than can be read in time; ask for a shorter range.': msg`Habría que leer más llamadas de las que se pueden leer a tiempo; pida un periodo más corto.`,
  'This question has more rows than can be put in order in time.': msg`Tendría más filas de las que se pueden ordenar a tiempo.`,
  'The rollups of this source are still being built: shorten the range until they are there.': msg`Las sumas de esta fuente todavía se están haciendo: acorte el periodo hasta que estén.`,
  'Shorten the range, let it begin and end at midnight, or leave out what only single calls can tell.': msg`Acorte el periodo, hágalo empezar y terminar a medianoche, o deje fuera lo que solo dicen las llamadas una por una.`,
  'the end must lie after the beginning': msg`El final tiene que ser posterior al principio.`,
  'to must lie after from': msg`El final tiene que ser posterior al principio.`,
  'must lie after from': msg`El final tiene que ser posterior al principio.`,
  'must lie before `to`': msg`El principio tiene que ser anterior al final.`,
  'is not an IANA time zone': msg`Esa zona horaria no existe.`,
  'a name is asked for twice': msg`Se pide dos veces lo mismo.`,
  'a column is asked for twice': msg`Se pide dos veces la misma columna.`,
  'queue calls have no segment; leave it out': msg`Las llamadas de cola no tienen segmento; quítelo.`,
  'name a quarter (quarter=2025-Q3) or a range (from=2025-07-01&to=2025-10-01)': msg`Elija un trimestre o un periodo.`,
  'name a quarter (quarter=2025-Q3) or a range (from=2025-07-01&to=2025-10-01), not both': msg`Elija un trimestre o un periodo, no los dos.`,
  'this cursor belongs to another question; ask the first page again': msg`Esta página es de otra pregunta; vuelva a la primera.`,
  'not a cursor of this list': msg`Esta página no es de esta lista; vuelva a la primera.`,
  'does not come from this list': msg`Esta página no es de esta lista; vuelva a la primera.`,
  'this key was used for another request': msg`Esto ya se pidió con otros datos; pídalo otra vez.`,
  'this report has no clusters that could be verified': msg`Ese informe no tiene grupos que se hayan podido comprobar.`,
  // Of a schedule
  'The account that made the schedule is no longer active.': msg`La cuenta que lo programó ya no está activa.`,
  'A schedule needs the function RPT-009, which you do not hold.': msg`Para programar hace falta la función RPT-009, y no la tiene.`,
  'You have 10 schedules; delete one that you no longer need.': msg`Ya tiene 10 programados; borre uno que no necesite.`,
  'You have a schedule of this name already.': msg`Ya tiene un programado con ese nombre.`,
  // Of a rule
  'No such source has published data yet.': msg`Ninguna fuente así ha publicado datos todavía.`,
  'The metric has no value in this window.': msg`La métrica no tiene valor en esta ventana.`,
  'It takes longer than 10 s to evaluate; shorten its window or filter.': msg`Tarda más de 10 s en evaluarse; acorte su ventana o filtre.`,
  "It failed for a reason that is not yours; the service's log has it.": msg`Falló por algo que no es suyo; está en el registro del servicio.`,
  'The account that made the rule is no longer active.': msg`La cuenta que hizo la regla ya no está activa.`,
  "you are not in this group; rules are for the people of one's own groups": msg`No está en ese grupo; las reglas son para la gente de sus propios grupos.`,
  'You have 50 rules; delete one that you no longer need.': msg`Ya tiene 50 reglas; borre una que no necesite.`,
  'You have a rule of this name already.': msg`Ya tiene una regla con ese nombre.`,
  // Of a view
  'You keep 30 views; delete one that you no longer need.': msg`Ya guarda 30 vistas; borre una que no necesite.`,
  'You have a view of this name already; choose another name, or change that view.': msg`Ya tiene una vista con ese nombre; elija otro, o cambie esa vista.`,
  'The view is shared 50 times; share it with a group instead.': msg`Ya está compartida 50 veces; compártala con un grupo.`,
  'The view is shared with them already.': msg`Ya la ve.`,
  'the view is your own already': msg`Esa vista ya es suya.`,
  // Of a plan
  'no answered call of this range has ended, so the handle time is unknown': msg`Ninguna llamada atendida de este periodo terminó, y no se sabe cuánto dura atender.`,
  'give it, or learn_from to estimate it from calls': msg`Escríbalo, o deje que se calcule de las llamadas.`,
};

export const FIGURES_SHAPES: Shape[] = [
  // Of a file
  [
    /^The export failed for a reason that is not yours; the service's log tells it under export (\S+)\.$/,
    (number) =>
      msg`El archivo falló por algo que no es suyo; está en el registro del servicio con el número ${number}.`,
  ],
  [
    /^The export was interrupted (\S+) times while it was made, and is not tried again\. Ask for a shorter range or fewer dimensions; the service's log has the reason\.$/,
    (times) =>
      msg`El archivo se interrumpió ${times} veces mientras se hacía y no se intenta más. Pida un periodo más corto o menos columnas; la causa está en el registro del servicio.`,
  ],
  [
    /^The rule needs the function (\S+), which its owner does not hold\.$/,
    (code) => msg`La regla necesita la función ${code}, y quien la hizo no la tiene.`,
  ],
  [
    /^.+ needs? the function (\S+), which you do not hold\.$/,
    (code) => msg`Hace falta la función ${code}, y no la tiene.`,
  ],
  // Of what was asked
  [
    /^Up to (\S+) buckets for each of more than (\S+) combinations of (.+) are more rows than can be put in order in time; the limit is (\S+)\. Ask for longer buckets, a shorter range or fewer dimensions, or filter\.$/,
    (buckets, combinations, names, limit) =>
      msg`Hasta ${buckets} intervalos para cada una de más de ${combinations} combinaciones de ${names} son más filas de las que se pueden ordenar a tiempo; el límite es ${limit}. Pida intervalos más largos, un periodo más corto o menos columnas, o filtre.`,
  ],
  [
    /^This question has to be counted call by call over about (\S+) calls; the limit is (\S+)\. (.+)$/,
    (calls, limit, way) =>
      msg`Habría que contar una por una unas ${calls} llamadas; el límite es ${limit}. ${way}`,
    [2],
  ],
  [
    /^This flow would follow about (\S+) calls or steps, with the period that it is compared with; the limit is (\S+)\. Ask for a shorter range: a month instead of a year shows the same ways\.$/,
    (calls, limit) =>
      msg`Habría que seguir unas ${calls} llamadas o pasos, con el periodo de comparación; el límite es ${limit}. Pida un periodo más corto: un mes muestra los mismos caminos que un año.`,
  ],
  [
    /^Shorten the range, or ask in the source's own zone \((.+)\)\.$/,
    (zones) => msg`Acorte el periodo, o pregunte en la zona de la fuente (${zones}).`,
  ],
  [
    /^Bands, and an order by a percentile, a service level or unique callers, need the distributions of more than (\S+) rows here\. Order by another column, ask for fewer dimensions, a shorter range or longer buckets, or filter\.$/,
    (rows) =>
      msg`Los rangos, y ordenar por un percentil, un nivel de servicio o llamantes únicos, necesitan aquí las distribuciones de más de ${rows} filas. Ordene por otra columna, pida menos columnas, un periodo más corto o intervalos más largos, o filtre.`,
  ],
  [
    /^The calls before (.+? UTC|x) were removed by retention on (\S+)\. Their counts by quarter of an hour, hour, day and month are kept; single calls, and what is counted call by call, are there from .+ on\. .+$/,
    (kept, day) =>
      msg`Las llamadas anteriores al ${kept} se retiraron por antigüedad el ${day}; sus recuentos se conservan. Pida un periodo que empiece entonces, o días enteros en la zona de la fuente sin lo que solo dicen las llamadas una por una.`,
  ],
  [/^calls are there from (.+) on$/, (kept) => msg`Hay llamadas desde el ${kept}.`],
  [
    /^the range has more than (\S+) buckets; shorten it or ask for longer buckets$/,
    (most) => msg`El periodo tiene más de ${most} intervalos; acórtelo o pida intervalos más largos.`,
  ],
  [
    /^the board looks at no more than (\S+) days; ask for a shorter range$/,
    (days) => msg`El tablero mira como mucho ${days} días; pida un periodo más corto.`,
  ],
  [/^this window has more than (\S+) buckets$/, (most) => msg`Estos días tienen más de ${most} intervalos.`],
  [
    /^the year must lie between (\S+) and (\S+)$/,
    (first, last) => msg`El año tiene que estar entre ${first} y ${last}.`,
  ],
  [
    /^must lie between (\S+) and (\S+)$/,
    (first, last) => msg`Tiene que estar entre el ${first} y el ${last}.`,
  ],
  [/^a report covers at most (\S+) years$/, (years) => msg`Un informe abarca como mucho ${years} años.`],
  [
    /^(.+) is no quarter; write it like 2025-Q3$/,
    (text) => msg`${text} no es un trimestre; escríbalo como 2025-Q3.`,
  ],
  [
    /^(.+) is no date; write it like 2025-07-01$/,
    (text) => msg`${text} no es una fecha; escríbala como 2025-07-01.`,
  ],
  [/^there is no IANA time zone (.+)$/, (zone) => msg`No hay ninguna zona horaria ${zone}.`],
  [/^there is no granularity (.+)$/, (name) => msg`No hay ningún intervalo ${name}.`],
  [/^there is no segment (.+)$/, (name) => msg`No hay ningún segmento ${name}.`],
  [/^there is no metric (.+)$/, (name) => msg`No hay ninguna métrica ${name}.`],
  [/^there is no dimension (.+)$/, (name) => msg`No se puede partir ni filtrar por ${name}: no existe.`],
  [/^\w+ calls have no metric (.+)$/, (name) => msg`Las llamadas de esta fuente no tienen ${name}.`],
  [/^\w+ calls have no (.+)$/, (name) => msg`Las llamadas de esta fuente no tienen ${name}.`],
  [/^(\S+) takes values of type (\S+)$/, (name, kind) => msg`${name} lleva valores de tipo ${kind}.`],
  [/^(\S+) has the bands (.+)$/, (name, bands) => msg`${name} tiene los rangos ${bands}.`],
  [/^(\S+) takes at least one value$/, () => msg`Falta al menos un valor.`],
  [/^the answer has no column (.+)$/, (name) => msg`No hay ninguna columna ${name}.`],
  [
    /^(\S+) is no count of \S+ calls; leave it out to see all calls of the cell$/,
    (name) => msg`${name} no cuenta llamadas; quítelo para verlas todas.`,
  ],
  [
    /^more than (\S+) (?:deployments|incidents) are known here$/,
    (most) => msg`Aquí se conocen más de ${most}; elija un solo servicio.`,
  ],
  // Of a rule
  [/^Fewer than (\S+) calls in the window\.$/, (calls) => msg`Hay menos de ${calls} llamadas en la ventana.`],
  // Of a view
  [/^there is no active person (.+)$/, (name) => msg`No hay ninguna persona activa con el usuario ${name}.`],
  [/^there is no active group (.+)$/, (code) => msg`No hay ningún grupo activo ${code}.`],
  // Of a plan
  [
    /^at most (\S+) days are foretold; narrow the range$/,
    (days) => msg`Se pronostican como mucho ${days} días; acorte el periodo.`,
  ],
  [
    /^at most (\S+) intervals are foretold; take a longer interval$/,
    (most) => msg`Se pronostican como mucho ${most} intervalos; elija uno más largo.`,
  ],
  [
    /^fewer than (\S+) calls were abandoned: give patience_s, or a longer range$/,
    (calls) =>
      msg`Se abandonaron menos de ${calls} llamadas: escriba la paciencia, o elija un periodo más largo.`,
  ],
  [
    /^An interval of (\S+) calls cannot be planned: more than (\S+) agents would be needed\.$/,
    (calls, agents) =>
      msg`Un intervalo de ${calls} llamadas no se puede planear: harían falta más de ${agents} agentes.`,
  ],
  // Of anything: which field it is about, and what is wrong with it.
  [
    /^((?:time|query|calls|report|filters|metrics|dimensions|compare|from|to|quarter|segment|zone|order_by)(?:\.\w+)*): (.+)$/,
    (field, what) => msg`${field}: ${what}`,
    [1],
  ],
];
