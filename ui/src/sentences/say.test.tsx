import { i18n } from '@lingui/core';
import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { Problem } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { show } from '~/testing/page';

import { Said } from './Said';
import { known, say } from './say';

describe('what the server says to a person', () => {
  it.each([
    [
      'Use at least 12 characters; a few words in a row are easy to remember.',
      'Use al menos 12 caracteres; unas palabras seguidas se recuerdan bien.',
    ],
    ['This user name is taken.', 'Ese nombre de usuario ya existe.'],
    [
      'The account is blocked; this needs one that is active.',
      'La cuenta está en otro estado; mírela de nuevo.',
    ],
    [
      'ana holds USR-001 and AUD-001: who administers people does not read the audit trail',
      'ana tendría USR-001 y AUD-001, que una regla separa: quien administra personas no lee la auditoría. No se cambió nada.',
    ],
    [
      'PERM-003 and AUD-001: our own rule',
      'Juntaría PERM-003 y AUD-001, que una regla separa: our own rule. No se cambió nada.',
    ],
    [
      "The export failed for a reason that is not yours; the service's log tells it under export 41.",
      'El archivo falló por algo que no es suyo; está en el registro del servicio con el número 41.',
    ],
    [
      'An export as PDF needs the function RPT-006, which you do not hold.', // as it was kept with older files
      'Hace falta la función RPT-006, y no la tiene.',
    ],
    [
      'An export as PDF needs the function RPT-006, which you do not hold; whoever administers permissions can give it to you.',
      'Hace falta la función RPT-006. Quien administra los permisos puede dársela.',
    ],
    [
      'This needs the function USR-004 or USR-005, which you do not hold; whoever administers permissions can give it to you.',
      'Hace falta la función USR-004 o USR-005. Quien administra los permisos puede dársela.',
    ],
    [
      'This needs the function RPT-001, which this token does not carry; who holds it can make one that does.',
      'A este token le falta la función RPT-001; quien la tiene puede hacer otro que la lleve.',
    ],
    [
      "This question has to be counted call by call over about 30,000,000 calls; the limit is 25,000,000. Shorten the range, or ask in the source's own zone (America/Mexico_City).",
      'Habría que contar una por una unas 30,000,000 llamadas; el límite es 25,000,000. Acorte el periodo, o pregunte en la zona de la fuente (America/Mexico_City).',
    ],
    [
      'time.to: the end must lie after the beginning',
      'time.to: El final tiene que ser posterior al principio.',
    ],
    ["metrics.0: there is no metric 'x'", "metrics.0: No hay ninguna métrica 'x'."],
    ['Fewer than 50 calls in the window.', 'Hay menos de 50 llamadas en la ventana.'],
    ['ivr lacks postgres', 'A ivr le falta postgres'],
    ['The seals 4 to 7 are gone.', 'Ya no están los sellos del 4 al 7.'],
    [
      'does not have the form that is asked for (^[a-zA-Z0-9][a-zA-Z0-9._@-]*$)',
      'Un usuario lleva letras sin acento, cifras o . _ @ -, y empieza por letra o cifra.',
    ],
    ['does not have the form that is asked for (^[a-z]$)', 'No tiene la forma que se pide.'],
    ['Input should be greater than or equal to 1', 'Tiene que ser al menos 1.'],
    ['legacy calls have no menu', 'Las llamadas de esta fuente no tienen menu.'],
  ])('%s', (sentence, words) => {
    expect(say(i18n, sentence)).toBe(words);
  });

  it('stays as it is where it is not known, and is said to be English', () => {
    for (const strange of ['The moon is full.', 'constructor', '']) {
      expect(known(i18n, strange)).toBeNull();
      expect(say(i18n, strange)).toBe(strange);
    }
    show(<Said sentence="The moon is full." />);
    expect(screen.getByText('The moon is full.').lang).toBe('en');
  });
});

describe('a refusal', () => {
  const problem = (status: number, detail: string, type: string | null = null): Problem => ({
    kind: 'http',
    status,
    type,
    title: null,
    detail,
    requestId: 'r-7',
    fields: [],
    retryAfterS: null,
  });

  it('is said in the language of the page', async () => {
    show(<ProblemText problem={problem(409, 'Another group has this name.')} />);
    expect(await screen.findByText('Otro grupo tiene ese nombre.')).toBeTruthy();
  });

  it('of what somebody may not do names the function and whom to ask', async () => {
    const words =
      'This needs the function AUD-002, which you do not hold; whoever administers permissions can give it to you.';
    show(<ProblemText problem={problem(403, words, 'urn:iact:problem:function-needed')} />);
    expect(
      await screen.findByText('Hace falta la función AUD-002. Quien administra los permisos puede dársela.'),
    ).toBeTruthy();
  });

  it('without a word of the server is said all the same', () => {
    show(<ProblemText problem={{ ...problem(403, ''), detail: null }} />);
    expect(screen.getByText('Su cuenta no tiene permiso para ver esto.')).toBeTruthy();
  });

  it('is said as the server says it where the page has no words for it', async () => {
    show(<ProblemText problem={problem(422, 'The moon is full.')} />);
    expect(await screen.findByText('The moon is full.')).toBeTruthy();
  });

  it('of a kind that the page knows is said at once', () => {
    show(<ProblemText problem={problem(409, 'No.', 'urn:iact:problem:view-name-taken')} />);
    expect(screen.getByText('Ya tiene una vista con ese nombre.')).toBeTruthy();
  });
});
