// What is said of a field of a form, of the health of the services, of the audit trail and of runs that cannot begin.
import { msg } from '@lingui/core/macro';

import type { Sentences, Shape } from './tables';

export const MACHINE: Sentences = {
  // Of a field
  'is required': msg`Falta un dato obligatorio.`,
  'there is no such field': msg`Ese dato no existe.`,
  'there is no such parameter': msg`Ese dato no existe.`,
  'is not a whole number': msg`No es un número entero.`,
  'is not a number': msg`No es un número.`,
  'is neither true nor false': msg`No es ni sí ni no.`,
  'is not a text': msg`No es un texto.`,
  'is not a list': msg`No es una lista.`,
  'is not an object': msg`No tiene la forma que se pide.`,
  'needs a time zone, as in 2025-07-01T00:00:00-06:00': msg`Le falta la zona horaria.`,
  'is not a time such as 2025-07-01T00:00:00-06:00': msg`No es una hora como 2025-07-01T00:00:00-06:00.`,
  'is not a day such as 2025-07-01': msg`No es un día como 2025-07-01.`,
  'holds the character NUL (U+0000), which no text may; leave it out': msg`Lleva un carácter NUL (U+0000), que ningún texto puede llevar; quítelo.`,
  'the text holds a character that cannot be stored': msg`El texto lleva un carácter que no se puede guardar.`,
  'Input should be a finite number': msg`No es un número.`,
  // Of the audit trail
  'The event was sealed and is gone.': msg`El asiento se selló y ya no está.`,
  'The event or its seal was changed.': msg`Se cambió el asiento o su sello.`,
  'The database does not say any more which chain this is.': msg`La base de datos ya no dice qué cadena es esta.`,
  // Of what a person asks of a source
  'A run of this source is already working.': msg`Esta fuente ya se está leyendo.`,
  'The run has finished already; there is nothing to cancel.': msg`La lectura ya terminó; no hay nada que cancelar.`,
  'A reconciliation of this source is already working; wait for it.': msg`Esta fuente ya se está conciliando; espere a que termine.`,
  'No row of this source is rejected; there is nothing to read again.': msg`Esta fuente no tiene ninguna fila rechazada; no hay nada que leer otra vez.`,
  'This Idempotency-Key was used a moment ago; ask for its run.': msg`Esto ya se pidió hace un momento; mire las lecturas.`,
};

export const MACHINE_SHAPES: Shape[] = [
  // Of a field
  [
    /^does not have the form that is asked for \(\^\[a-zA-Z0-9\]\[a-zA-Z0-9\._@-\]\*\$\)$/,
    () => msg`Un usuario lleva letras sin acento, cifras o . _ @ -, y empieza por letra o cifra.`,
  ],
  [/^does not have the form that is asked for \(.+\)$/, () => msg`No tiene la forma que se pide.`],
  [
    /^needs at least (\S+) (?:entries|characters)$/,
    (count) => msg`Es demasiado corto: hacen falta al menos ${count}.`,
  ],
  [
    /^takes at most (\S+) (?:entries|characters)$/,
    (count) => msg`Es demasiado largo: caben como mucho ${count}.`,
  ],
  [/^is not one of (.+)$/, (known) => msg`No es ninguno de ${known}.`],
  [/^Input should be greater than or equal to (\S+)$/, (least) => msg`Tiene que ser al menos ${least}.`],
  [/^Input should be greater than (\S+)$/, (least) => msg`Tiene que ser más de ${least}.`],
  [/^Input should be less than or equal to (\S+)$/, (most) => msg`Tiene que ser como mucho ${most}.`],
  [/^Input should be less than (\S+)$/, (most) => msg`Tiene que ser menos de ${most}.`],
  // Of the health of the services
  [
    /^(\S+) did not answer within (\S+) s$/,
    (service, seconds) => msg`${service} no contestó en ${seconds} s`,
  ],
  [/^(\S+) does not answer$/, (service) => msg`${service} no contesta`],
  [/^(\S+) answered something unreadable$/, (service) => msg`${service} contestó algo que no se entiende`],
  [/^(\S+) lacks (.+)$/, (service, parts) => msg`A ${service} le falta ${parts}`],
  // Of the audit trail
  [
    /^The seals (\S+) to (\S+) are gone\.$/,
    (first, last) => msg`Ya no están los sellos del ${first} al ${last}.`,
  ],
  [/^The seal (\S+) is gone\.$/, (number) => msg`Ya no está el sello ${number}.`],
  [
    /^The anchor of (\S+) is of the chain (\S+); the database holds (\S+)\.$/,
    (time, one, other) => msg`El ancla del ${time} es de la cadena ${one}; la base de datos tiene ${other}.`,
  ],
  [
    /^The chain ends at (\S+); on (\S+) it reached (\S+)\.$/,
    (end, time, before) => msg`La cadena termina en ${end}; el ${time} llegaba a ${before}.`,
  ],
  [
    /^Between (\S+) and (\S+) the chain was recomputed after (\S+)\.$/,
    (first, last, time) => msg`La cadena se volvió a calcular del ${first} al ${last} después del ${time}.`,
  ],
  [/^No anchor is left in (.+)\.$/, (file) => msg`No queda ninguna ancla en ${file}.`],
  [
    /^An event of (\S+) was not recorded by a service\.$/,
    (time) => msg`Un asiento del ${time} no lo registró ningún servicio.`,
  ],
  [
    /^Line (\S+) of (.+) was changed, or one before it is gone\.$/,
    (line, file) => msg`Se cambió la línea ${line} de ${file}, o falta una anterior.`,
  ],
  // Of what a person asks of a source
  [
    /^A run of (\S+) is already working; wait for it or cancel it\.$/,
    (source) => msg`La fuente ${source} ya se está leyendo; espere a que termine o cancele la lectura.`,
  ],
];
