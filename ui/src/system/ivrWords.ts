// What the ivr service says in sentences of its runs, of its sources, of comparisons and of rejected rows, and what the
// page says instead. Several of them may stand in one text, one after another.
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

import type { Said } from './serverWords';

export const IVR: Record<string, MessageDescriptor> = {
  // Of a run
  'Nothing of it was read; run it with force once the change is understood.': msg`No se leyó nada de ella; léala con force cuando entienda el cambio.`,
  'The process that worked on this run ended before the run did; nothing half-done was published.': msg`El proceso que hacía esta lectura terminó antes que ella; no se publicó nada a medias.`,
  'The next run takes it up.': msg`La lectura siguiente la retoma.`,
  'Give its files to `iact ingest` again.': msg`Vuelva a dar sus archivos a «iact ingest».`,
  'Cancelled; what was not yet published is discarded.': msg`Cancelada; lo que no se había publicado se descarta.`,
  'Another process has taken this source over; nothing of this run is published.': msg`Otro proceso se hizo cargo de esta fuente; no se publica nada de esta lectura.`,
  'A run of this source is already working.': msg`Esta fuente ya se está leyendo.`,
  'All connections that this source may have are in use.': msg`Están en uso todas las conexiones que puede tener esta fuente.`,
  'Unique callers and repeats over a range of both keys are not counted.': msg`En un periodo con las dos claves no se cuentan los llamantes únicos ni las llamadas repetidas.`,
  'The caller key is being renewed; `iact rekey` goes on with it when it was interrupted.': msg`La clave de llamantes se está renovando; si se interrumpió, «iact rekey» la continúa.`,
  // Of a look at a source
  'The legacy tables carry no epoch and no index: zone and lag cannot be checked from them.': msg`Las tablas históricas no llevan instante ni índice: con ellas no se pueden comprobar la zona ni el retraso.`,
  'How far the source is ahead is known after the next run only.': msg`Cuánto va por delante la fuente solo se sabe después de la próxima lectura.`,
  'There is no row to check the zone with.': msg`No hay ninguna fila con la que comprobar la zona.`,
  'The rows carry epochs or too few of them: there is nothing to check the zone against.': msg`Las filas llevan instantes, o muy pocos: no hay contra qué comprobar la zona.`,
  'The IVR schema has no table named like tbl_historico_t3_2025.': msg`El esquema del IVR no tiene ninguna tabla con un nombre como tbl_historico_t3_2025.`,
  // Of a reconciliation
  'The process that worked on this reconciliation ended before it did; ask for it again.': msg`El proceso que hacía esta conciliación terminó antes que ella; pídala otra vez.`,
  'PostgreSQL went away in the middle of the comparison; ask for it again.': msg`PostgreSQL dejó de contestar a mitad de la comparación; pídala otra vez.`,
  'Runs published while the source was compared; reconcile when none works.': msg`Hubo lecturas que publicaron mientras se comparaba la fuente; concilie cuando no haya ninguna.`,
  'Some days are gone at the source; --from leaves out what is purged there.': msg`Algunos días ya no están en la fuente; elija desde qué día y deje fuera lo que allí se borró.`,
  // Of a rejected row
  'the row contains a NUL byte': msg`la fila contiene un byte NUL`,
  'the row has other fields than its file': msg`la fila tiene otros campos que su archivo`,
  'the row has another number of columns than the header': msg`la fila tiene otro número de columnas que el encabezado`,
  'the row has no verb': msg`la fila no tiene verbo`,
  'the time of the row cannot be read': msg`la hora de la fila no se puede leer`,
  'the record has no uniqueid': msg`el registro no tiene uniqueid`,
  'the start of the record cannot be read': msg`el principio del registro no se puede leer`,
  'the event names no channel': msg`el evento no nombra ningún canal`,
  'the time of the event cannot be read': msg`la hora del evento no se puede leer`,
  'the type of the event is missing, or a number where the PBX should write a name': msg`falta el tipo del evento, o es un número donde el PBX debería escribir un nombre`,
  'neither dHoraInicio nor dHoraFin is a time between 1990 and 2099': msg`ni dHoraInicio ni dHoraFin es una hora entre 1990 y 2099`,
  'dHoraInicio and dHoraFin are more than 68 years apart': msg`dHoraInicio y dHoraFin distan más de 68 años`,
};

/** The first that fits is the one: what says more stands before what says less. */
export const IVR_SHAPES: [RegExp, Said][] = [
  // Of the columns of a table
  [
    /^Table (\S+) has (?:a column|columns) (.+) that it did not have\.$/,
    (table, names) => msg`La tabla ${table} tiene columnas que no tenía: ${names}.`,
  ],
  [
    /^Table (\S+) has lost (?:a column|columns) (.+)\.$/,
    (table, names) => msg`La tabla ${table} perdió columnas: ${names}.`,
  ],
  [
    /^Column (.+) of (\S+) was (\S+) and is (\S+)\.$/,
    (name, table, before, now) => msg`La columna ${name} de ${table} era ${before} y es ${now}.`,
  ],
  [
    /^Column (.+) of (\S+) is (\S+), which cannot be read\.$/,
    (name, table, now) => msg`La columna ${name} de ${table} es ${now}, que no se puede leer.`,
  ],
  [
    /^Table (\S+) has no columns? (.+); nothing of it was published\.$/,
    (table, names) => msg`A la tabla ${table} le faltan columnas (${names}); no se publicó nada de ella.`,
  ],
  [
    /^Table (\S+) has no column (\S+): without it rows cannot be told apart\.$/,
    (table, name) => msg`La tabla ${table} no tiene la columna ${name}: sin ella no se distinguen las filas.`,
  ],
  [
    /^Table (\S+) has no id with an index: without it rows cannot be told apart\.$/,
    (table) => msg`La tabla ${table} no tiene un id con índice: sin él no se distinguen las filas.`,
  ],
  [/^The source has no table (\S+)\.$/, (table) => msg`La fuente no tiene la tabla ${table}.`],
  [
    /^Table (\S+) ends at id (\S+), but was read up to (\S+): it was emptied or restored, and its rows cannot be told from those read before; declare it as a source of another id\.$/,
    (table, last, before) =>
      msg`La tabla ${table} termina en el id ${last}, pero se leyó hasta ${before}: se vació o se restauró, y sus filas no se distinguen de las ya leídas; declárela como una fuente con otro id.`,
  ],
  [
    /^(\S+) is a view: whether it can be read as of one moment depends on its tables\.$/,
    (table) => msg`${table} es una vista: que se pueda leer como estaba en un momento depende de sus tablas.`,
  ],
  [
    /^(\S+) is stored in (\S+), which has no snapshot: a row written while it is being read may be seen by the next run only; the overlap and the nightly comparison find it, `iact reconcile` proves it\.$/,
    (table, engine) =>
      msg`${table} se guarda en ${engine}, que no tiene instantáneas: una fila escrita durante la lectura quizá solo la vea la siguiente; el solape y la comparación de cada noche la encuentran, y la conciliación lo demuestra.`,
  ],
  [
    /^(\S+) changed while it was being read; nothing of it was published, run it again\.$/,
    (table) => msg`${table} cambió mientras se leía; no se publicó nada de ella, léala otra vez.`,
  ],
  // Of a file
  [/^No file matches (.+)\.$/, (paths) => msg`Ningún archivo coincide con ${paths}.`],
  [
    /^(\S+) and (\S+) stand for the same table (\S+); keep one of them\.$/,
    (one, other, table) => msg`${one} y ${other} son la misma tabla ${table}; deje uno de los dos.`,
  ],
  [
    /^(\S+) is not in the dialect (.+)\.$/,
    (file, dialect) => msg`${file} no está en el dialecto ${dialect}.`,
  ],
  [/^Cannot read (.+): (.+)\.$/, (path, why) => msg`No se puede leer ${path}: ${why}.`],
  [/^(\S+) is empty: not even a header\.$/, (file) => msg`${file} está vacío: ni siquiera tiene encabezado.`],
  [
    /^(\S+) holds binary content, not CSV; nothing of it was published\.$/,
    (file) => msg`${file} tiene contenido binario, no CSV; no se publicó nada de él.`,
  ],
  [
    /^(\S+) is not CSV: its first line cannot be read \((.+)\); nothing of it was published\.$/,
    (file, why) =>
      msg`${file} no es CSV: su primera línea no se puede leer (${why}); no se publicó nada de él.`,
  ],
  [
    /^(\S+) has no columns? (.+); its header is: (.+)\.$/,
    (file, names, header) => msg`A ${file} le faltan columnas (${names}); su encabezado es: ${header}.`,
  ],
  [
    /^(\S+) has no columns? (.+); nothing of it was published\.$/,
    (file, names) => msg`A ${file} le faltan columnas (${names}); no se publicó nada de él.`,
  ],
  [
    /^(\S+) is cut off: its gzip stream ends early; nothing of it was published\.$/,
    (file) => msg`${file} está cortado: su gzip termina antes de tiempo; no se publicó nada de él.`,
  ],
  [
    /^(\S+) is damaged near line (\S+): (.+); nothing of it was published\.$/,
    (file, line, why) =>
      msg`${file} está dañado cerca de la línea ${line}: ${why}; no se publicó nada de él.`,
  ],
  [
    /^(\S+) is damaged: (.+); nothing of it was published\.$/,
    (file, why) => msg`${file} está dañado: ${why}; no se publicó nada de él.`,
  ],
  [
    /^(\S+) has a line of more than (\S+) MiB: it is not a CSV or text file; nothing of it was published\.$/,
    (file, size) =>
      msg`${file} tiene una línea de más de ${size} MiB: no es un archivo CSV ni de texto; no se publicó nada de él.`,
  ],
  [
    /^(\S+) ends in the middle of its last row \(line (\S+), (\S+) of (\S+) columns\); nothing of it was published\.$/,
    (file, line, found, wanted) =>
      msg`${file} termina a mitad de su última fila (línea ${line}, ${found} de ${wanted} columnas); no se publicó nada de él.`,
  ],
  [
    /^(\S+) ends in the middle of its last row; nothing of it was published\.$/,
    (file) => msg`${file} termina a mitad de su última fila; no se publicó nada de él.`,
  ],
  // Of a server
  [
    /^The IVR login (.+) may do more than SELECT \((.+)\); give it SELECT only, or set allow_privileged = true for this source\.$/,
    (login, rights) =>
      msg`El usuario ${login} del IVR puede más que SELECT (${rights}); dele solo SELECT, o ponga allow_privileged = true en esta fuente.`,
  ],
  [
    /^The login may do more than SELECT \((.+)\); allow_privileged lets it\.$/,
    (rights) => msg`El usuario puede más que SELECT (${rights}); allow_privileged lo permite.`,
  ],
  [
    /^The IVR database at (\S+) refuses the login: wrong password, or not allowed from here\.$/,
    (where) =>
      msg`La base de datos del IVR en ${where} no deja entrar: contraseña equivocada, o no se permite desde aquí.`,
  ],
  [
    /^The IVR database at (\S+) refuses the login (.+): wrong password, or not allowed from here\.$/,
    (where, login) =>
      msg`La base de datos del IVR en ${where} rechaza al usuario ${login}: contraseña equivocada, o no se le deja entrar desde aquí.`,
  ],
  [
    /^The IVR server at (\S+) has no database (\S+), or the login (.+) may not read it: (.+) to this login\.$/,
    (where, name, login, grant) =>
      msg`El servidor del IVR en ${where} no tiene la base de datos ${name}, o el usuario ${login} no puede leerla: ${grant} a ese usuario.`,
  ],
  [
    /^The IVR server at (\S+) has no database (\S+)\.$/,
    (where, name) => msg`El servidor del IVR en ${where} no tiene la base de datos ${name}.`,
  ],
  [
    /^The IVR database at (\S+) closed the connection in the middle of a table\.$/,
    (where) => msg`La base de datos del IVR en ${where} cerró la conexión a mitad de una tabla.`,
  ],
  [
    /^The IVR database at (\S+) stopped the statement after (\S+) s\.$/,
    (where, seconds) => msg`La base de datos del IVR en ${where} cortó la consulta a los ${seconds} s.`,
  ],
  [
    /^The IVR database at (\S+) refuses a statement: (.+)\.$/,
    (where, why) => msg`La base de datos del IVR en ${where} rechaza una consulta: ${why}.`,
  ],
  [
    /^The IVR database at (\S+) does not answer \(it does not speak as MariaDB does\)\.$/,
    (where) => msg`Lo que contesta en ${where} no habla como MariaDB; revise el servidor y el puerto.`,
  ],
  [
    /^The IVR database at (\S+) does not answer \((.+)\)\.$/,
    (where, why) => msg`La base de datos del IVR en ${where} no contesta (${why}).`,
  ],
  [/^The IVR database at (\S+): (.+)\.$/, (where, why) => msg`La base de datos del IVR en ${where}: ${why}.`],
  [
    /^The source (\S+) is left alone until (\S+) \(pause in the sources file\); ask again then\.$/,
    (source, time) =>
      msg`A la fuente ${source} no se le pide nada hasta las ${time} (pausa del archivo de fuentes); pídalo entonces.`,
  ],
  [
    /^All (\S+) connections that the source (\S+) may have are in use \(a run, a reconciliation or a check\); ask again when one has ended\.$/,
    (count, source) =>
      msg`Están en uso las ${count} conexiones que puede tener la fuente ${source} (una lectura, una conciliación o una comprobación); pídalo cuando una termine.`,
  ],
  [
    /^(\S+): (\S+) of (\S+) local times read as (\S+) lie (\S+) h after the epochs beside them; correct the zone of this source\.$/,
    (table, share, rows, zone, hours) =>
      msg`${table}: ${share} de ${rows} horas locales leídas como ${zone} quedan ${hours} h después de los instantes que las acompañan; corrija la zona de esta fuente.`,
  ],
  [
    /^(\S+): (\S+) of (\S+) local times read as (\S+) lie (\S+) h before the epochs beside them; correct the zone of this source\.$/,
    (table, share, rows, zone, hours) =>
      msg`${table}: ${share} de ${rows} horas locales leídas como ${zone} quedan ${hours} h antes de los instantes que las acompañan; corrija la zona de esta fuente.`,
  ],
  // Of a run
  [
    /^A run of (\S+) is already working; wait for it or cancel it\.$/,
    (source) => msg`La fuente ${source} ya se está leyendo; espere a que termine o cancele la lectura.`,
  ],
  [/^It was tried (\S+) times\.$/, (times) => msg`Se intentó ${times} veces.`],
  [
    /^PostgreSQL's disk is full; free space and run it again\.$/,
    () => msg`El disco de PostgreSQL está lleno; libere espacio y léala otra vez.`,
  ],
  [
    /^Its connection to PostgreSQL broke off (\d+) times although PostgreSQL answers; the log has run_id (\S+)\.$/,
    (times, number) =>
      msg`Su conexión con PostgreSQL se cortó ${times} veces aunque PostgreSQL contesta; está en el registro con el número ${number}.`,
  ],
  [
    /^Something broke on our side; the log has (?:run_id|reconciliation_id|change_id) (\S+)\.$/,
    (number) => msg`Algo falló de nuestro lado; está en el registro con el número ${number}.`,
  ],
  [
    /^The caller key in the secrets folder is not the one that the published caller ids were made with; put the right (\S+) back \(it belongs to the backups\), or renew it with `iact rekey`\.$/,
    (file) =>
      msg`La clave de llamantes de la carpeta de secretos no es la de los identificadores publicados; ponga otra vez la ${file} correcta (está en las copias de seguridad), o renuévela con «iact rekey».`,
  ],
  [
    /^(\S+) units with (\S+) rows keep the ids of an earlier key: the source no longer has them, or fewer of their rows\.$/,
    (units, rows) =>
      msg`${units} días de tabla, con ${rows} filas, conservan los identificadores de una clave anterior: la fuente ya no los tiene, o tiene menos filas de ellos.`,
  ],
  [
    /^Calls from (\S+) to (\S+) that the source no longer has keep the ids of the earlier key\.$/,
    (first, last) =>
      msg`Las llamadas del ${first} al ${last} que la fuente ya no tiene conservan los identificadores de la clave anterior.`,
  ],
  // Of a reconciliation
  [
    /^(\S+) units are held: the source has fewer rows of them than are published\.$/,
    (units) =>
      msg`${units} días de tabla están retenidos: la fuente tiene menos filas de ellos que las publicadas.`,
  ],
  [
    /^(\S+) events of the last (\S+) s wait for the next run\.$/,
    (events, seconds) => msg`${events} eventos de los últimos ${seconds} s esperan a la próxima lectura.`,
  ],
  [
    /^The first (\S+) of (\S+) differing rows are named\.$/,
    (shown, all) => msg`Se nombran las primeras ${shown} de ${all} filas que difieren.`,
  ],
  [
    /^Rows of the first (\S+) of (\S+) differing units are compared\.$/,
    (shown, all) =>
      msg`Se comparan fila por fila los primeros ${shown} de ${all} días de tabla que difieren.`,
  ],
  [
    /^Days before (\S+) were not compared: retention has removed their calls\.$/,
    (day) => msg`Los días anteriores al ${day} no se compararon: sus llamadas se retiraron por antigüedad.`,
  ],
  [
    /^Of the calls the first (\S+) of (\S+) differing days are compared\.$/,
    (shown, all) => msg`De las llamadas se comparan los primeros ${shown} de ${all} días que difieren.`,
  ],
  [
    /^Of the legs the first (\S+) of (\S+) differing days are compared\.$/,
    (shown, all) => msg`De los tramos se comparan los primeros ${shown} de ${all} días que difieren.`,
  ],
  [
    /^Of the steps the first (\S+) of (\S+) differing days are compared\.$/,
    (shown, all) => msg`De los pasos se comparan los primeros ${shown} de ${all} días que difieren.`,
  ],
  // Of a rejected row
  [
    /^(\S+) is longer than (\S+) characters$/,
    (column, count) => msg`${column} tiene más de ${count} caracteres`,
  ],
  [/^a name is longer than (\S+) characters$/, (count) => msg`un nombre tiene más de ${count} caracteres`],
  [
    /^the line has (\S+) fields, at least (\S+) are needed$/,
    (found, wanted) => msg`la línea tiene ${found} campos y hacen falta al menos ${wanted}`,
  ],
];
