// What the sessions service says to people: of passwords, accounts, permissions and tokens.
import { msg } from '@lingui/core/macro';

import type { Sentences, Shape } from './tables';

export const ACCOUNT: Sentences = {
  // Of a password
  'This password repeats too few characters.': msg`Esta contraseña repite muy pocos caracteres.`,
  'This password is among the first that an attacker tries.': msg`Esta contraseña es de las primeras que se prueban para entrar sin permiso.`,
  'This password is a run of neighbouring keys or characters.': msg`Esta contraseña es una fila de teclas o de caracteres seguidos.`,
  'This password is little more than the user name.': msg`Esta contraseña es poco más que el nombre de usuario.`,
  'This password is little more than the name of this product or its trade.': msg`Esta contraseña es poco más que el nombre de este producto o de su oficio.`,
  'This is the password that you have.': msg`Esta es la contraseña que ya tiene.`,
  // Of an account
  'This user name is taken.': msg`Ese nombre de usuario ya existe.`,
  'The account is in another state than this needs.': msg`La cuenta está en otro estado; mírela de nuevo.`,
  'is not the id of a person': msg`No es el número de una persona.`,
  // Of permissions
  'Together with what the person holds this breaks a separation rule; nothing was changed.': msg`Junto con lo que la persona ya tiene rompe una regla de separación; no se cambió nada.`,
  'You have issued a sign-in code of this account and could use it: another administrator must give the audit.': msg`Usted emitió un código de acceso de esta cuenta y podría usarlo: la auditoría la tiene que dar otra persona que administre.`,
  'Nobody would be left who can give rights; nothing was changed.': msg`No quedaría nadie que pueda dar permisos; no se cambió nada.`,
  'Another group has this name.': msg`Otro grupo tiene ese nombre.`,
  'needs a time zone, such as 2026-01-31T18:00:00Z': msg`Le falta la zona horaria.`,
  'is too soon': msg`Termina demasiado pronto.`,
  'lies in the past': msg`Ya pasó.`,
  'not an IANA time zone, such as America/Mexico_City': msg`No es una zona horaria como America/Mexico_City.`,
  // Of a token
  'You have as many tokens as a person may have; revoke one first.': msg`Ya tiene todos los tokens que puede tener una persona; retire uno antes.`,
  // The rules that every installation begins with
  'who runs the pipeline does not read the audit trail': msg`quien maneja las lecturas no lee la auditoría`,
  'who administers people does not read the audit trail': msg`quien administra personas no lee la auditoría`,
  'who gives permissions does not read the audit trail': msg`quien da permisos no lee la auditoría`,
};

export const ACCOUNT_SHAPES: Shape[] = [
  [
    /^Use at least (\d+|x) characters; a few words in a row are easy to remember\.$/,
    (count) => msg`Use al menos ${count} caracteres; unas palabras seguidas se recuerdan bien.`,
  ],
  [/^Use at most (\d+|x) characters\.$/, (count) => msg`Use como mucho ${count} caracteres.`],
  [
    /^The account is (\w+); (?:this needs one that is .+|a code would not open it)\.$/,
    () => msg`La cuenta está en otro estado; mírela de nuevo.`,
  ],
  [
    /^Nobody would be left who can give rights; nothing was changed\. Only through this group does anybody hold (.+): give another group that has it to an active account first\.$/,
    (functions) =>
      msg`No quedaría nadie que pueda dar permisos; no se cambió nada. Solo por este grupo tiene alguien ${functions}: dé antes a una cuenta activa otro grupo que lo tenga.`,
  ],
  [/^is more than (\S+) days away$/, (days) => msg`Es dentro de más de ${days} días.`],
  [/^there is no function (.+)$/, (code) => msg`No hay ninguna función ${code}.`],
  [/^there is no group (.+)$/, (code) => msg`No hay ningún grupo ${code}.`],
  // Who would break which rule; in this order, the longer one first.
  [
    /^(\S+) holds ([^:]+) and ([^:]+): (.+)$/,
    (person, one, other, rule) =>
      msg`${person} tendría ${one} y ${other}, que una regla separa: ${rule}. No se cambió nada.`,
    [3],
  ],
  [
    /^([A-Z]{3,4}-\d{3}) and ([A-Z]{3,4}-\d{3}): (.+)$/,
    (one, other, rule) => msg`Juntaría ${one} y ${other}, que una regla separa: ${rule}. No se cambió nada.`,
    [2],
  ],
];
