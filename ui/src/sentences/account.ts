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
  'Nobody changes their own permissions; ask another administrator.': msg`Nadie cambia sus propios permisos; pídalo a otra persona que administre.`,
  'Nobody does this to themselves; ask another administrator.': msg`Nadie se hace esto a sí mismo; pídalo a otra persona que administre.`,
  'Whoever issues a code could use it, so nobody issues one for somebody who administers more than they do.': msg`Quien emite un código podría usarlo: nadie lo emite para quien administra más que uno mismo.`,
  'Your data segment does not reach this data: it counts the rows of all segments together. Whoever administers people can change your segment.': msg`Su cuenta ve un solo segmento, y esto cuenta todos juntos. Quien administra las personas puede cambiarlo.`,
  'Another group has this name.': msg`Otro grupo tiene ese nombre.`,
  'needs a time zone, such as 2026-01-31T18:00:00Z': msg`Le falta la zona horaria.`,
  'is too soon': msg`Termina demasiado pronto.`,
  'lies in the past': msg`Ya pasó.`,
  'not an IANA time zone, such as America/Mexico_City': msg`No es una zona horaria como America/Mexico_City.`,
  'This needs your password afresh: POST /api/v1/sessions/current/reauthentication, then try again.': msg`Hace falta su contraseña otra vez; escríbala y vuelva a intentarlo.`,
  'Change your password first (PUT /api/v1/users/me/password).': msg`Cambie antes su contraseña.`,
  'The current password is not right.': msg`La contraseña actual no es correcta.`,
  'A change needs the header X-CSRF-Token with the csrf_token of this session (GET /api/v1/sessions/current).': msg`Su sesión cambió, quizá en otra pestaña; vuelva a cargar la página.`,
  'This request was made by a page of another origin.': msg`Esta página se abrió por una dirección que el servidor no espera, y no admite cambios desde ella; ábrala por la dirección que le dio quien administra el servidor.`,
  'This address can be reached by others and has no TLS: use the loopback address, put TLS in front, or set IACT_PUBLIC_BIND=true.': msg`Esta dirección está al alcance de otros y no va cifrada; quien administra el servidor puede ponerle TLS.`,
  // Of a token
  'A display token only reads.': msg`El token de una pantalla solo lee.`,
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
  [
    /^Whoever issues a code could use it, so nobody issues one for somebody who administers more than they do\. This person holds (.+)\. At the machine: iact user$/,
    (functions) =>
      msg`Quien emite un código podría usarlo: nadie lo emite para quien administra más que uno mismo. Esta persona tiene ${functions}. En el servidor puede hacerse con iact user.`,
  ],
  // Of a function that is missing
  [
    /^You do not hold (.+), and a token cannot carry more than its owner; whoever administers permissions can give it to you\.$/,
    (functions) =>
      msg`No tiene ${functions}, y un token no puede llevar más que su dueño. Quien administra los permisos puede dar lo que falta.`,
  ],
  [
    /^A display token only reads; leave out (.+)\.$/,
    (functions) => msg`El token de una pantalla solo lee; quite ${functions}.`,
  ],
  [
    /^.+ needs the function (\S+) or (\S+), which you do not hold; whoever administers permissions can give it to you\.$/,
    (one, other) =>
      msg`Hace falta la función ${one} o ${other}. Quien administra los permisos puede dársela.`,
  ],
  [
    /^.+ needs the function (\S+), which you do not hold; whoever administers permissions can give it to you\.$/,
    (code) => msg`Hace falta la función ${code}. Quien administra los permisos puede dársela.`,
  ],
  [
    /^.+ needs the function (.+), which this token does not carry; who holds it can make one that does\.$/,
    (functions) =>
      msg`A este token le falta la función ${functions}; quien la tiene puede hacer otro que la lleve.`,
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
