import { i18n } from '@lingui/core';
import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import { ANA, serve, show, storeOf } from '~/testing/page';

import './catalogue';
import { GroupsPart } from './GroupsPart';
import { RunDrawer } from './RunDrawer';
import { ReconcilePart } from './ReconcilePart';
import { RejectsPart } from './RejectsPart';
import { sentencesOf, serverWords } from './serverWords';
import { ServerSentence, ServerText } from './ServerSentence';

beforeEach(forgetAnswers);

const RUN = {
  id: '7',
  source: 'legacy',
  state: 'succeeded',
  phase: 'finished',
  requested_by: 'schedule',
  queued_at: '2026-03-01T09:00:00Z',
  started_at: '2026-03-01T09:00:00Z',
  elapsed_s: 4,
  rows_per_s: 10,
  read: 4,
  published: 4,
  unchanged: 0,
  held: 0,
  rejected: 0,
  duplicate: 0,
  error: null,
  proof: [],
  by_table: [],
};
const said = (sentence: string) => {
  const words = serverWords(sentence);
  return words && i18n._(words);
};

describe('what the server says in sentences', () => {
  it.each([
    [
      'No deployment of any service to production was ever reported.',
      'Nadie ha avisado nunca de un despliegue de ningún servicio en el entorno «production».',
    ],
    [
      'No deployment of the service ivr to stage was ever reported.',
      'Nadie ha avisado nunca de un despliegue del servicio ivr en el entorno «stage».',
    ],
    [
      'coverage.xml is missing: ./scripts/run_all_tests.sh writes it',
      'Falta coverage.xml: lo escribe ./scripts/run_all_tests.sh.',
    ],
    [
      'incident_logs.json is missing: nobody told of incidents',
      'Falta incident_logs.json: nadie avisó de incidencias.',
    ],
    ['loading calls_2026_q1', 'leyendo calls_2026_q1'],
    ['paused until 14:30', 'en pausa hasta las 14:30'],
    [
      '0a1b2c3d4e5f merged the branch hotfix/x, which fits the rule hotfix/*',
      '0a1b2c3d4e5f fusionó la rama hotfix/x, que encaja en la regla hotfix/*',
    ],
    ['v1.2-hotfix fits the rule *-hotfix', 'v1.2-hotfix encaja en la regla *-hotfix'],
    ['incident 7 began within 3600 s', 'la incidencia 7 empezó antes de 3600 s'],
    [
      'Table calls_q1 has a column cNota that it did not have.',
      'La tabla calls_q1 tiene columnas que no tenía: cNota.',
    ],
    ['Column cMenu of calls_q1 was int and is blob.', 'La columna cMenu de calls_q1 era int y es blob.'],
    [
      "The IVR database at db:3306 refuses the login 'iact': wrong password, or not allowed from here.",
      "La base de datos del IVR en db:3306 rechaza al usuario 'iact': contraseña equivocada, o no se le deja entrar desde aquí.",
    ],
    [
      'The IVR database at db:3306 does not answer (Connection refused).',
      'La base de datos del IVR en db:3306 no contesta (Connection refused).',
    ],
    [
      "PostgreSQL's disk is full; free space and run it again.",
      'El disco de PostgreSQL está lleno; libere espacio y léala otra vez.',
    ],
    [
      'cdr: 98% of 512 local times read as Europe/Madrid lie 1 h before the epochs beside them; correct the zone of this source.',
      'cdr: 98% de 512 horas locales leídas como Europe/Madrid quedan 1 h antes de los instantes que las acompañan; corrija la zona de esta fuente.',
    ],
    ['cMenu is longer than 255 characters', 'cMenu tiene más de 255 caracteres'],
  ])('%s', (sentence, words) => {
    expect(said(sentence)).toBe(words);
  });

  it('stays as it is where it is not known, and is said to be English', () => {
    for (const strange of ['The moon is full.', 'constructor', '']) expect(serverWords(strange)).toBeNull();
    show(<ServerSentence sentence="The moon is full." />);
    expect(screen.getByText('The moon is full.').lang).toBe('en');
  });
});

describe('a text of several sentences', () => {
  const LOST = 'Table a.b has lost columns c, d.';
  const LEFT = 'Nothing of it was read; run it with force once the change is understood.';
  const STRANGE = ['The moon is full.', 'So is v1.5 of it.', 'and no stop'];
  const parts = (text: string) => sentencesOf(text).map(({ said, words }) => [said, words !== null]);

  it('is said sentence by sentence', () => {
    expect(parts(`${LOST} ${LEFT}`)).toEqual([
      [LOST, true],
      [LEFT, true],
    ]);
    expect(parts(`${LOST} The moon is full. So is the sun. ${LEFT}`)).toEqual([
      [LOST, true],
      ['The moon is full. So is the sun.', false],
      [LEFT, true],
    ]);
    expect(parts('')).toEqual([]);
  });

  it('loses nothing of what was said, in whatever order it comes', () => {
    const all = [LOST, LEFT, 'The next run takes it up.', ...STRANGE];
    for (const first of all)
      for (const second of all)
        for (const third of all) {
          const text = [first, second, third].join(' ');
          const told = sentencesOf(text);
          expect(told.map(({ said }) => said).join(' ')).toBe(text);
          const known = [first, second, third].filter((each) => !STRANGE.includes(each));
          // What follows a text without its stop is one with it.
          if (!text.includes('no stop ')) {
            expect(told.filter(({ words }) => words !== null).map(({ said }) => said)).toEqual(known);
          }
        }
  });

  it('keeps its English parts marked as such', () => {
    show(<ServerText text={`${LOST} The moon is full.`} />);
    expect(screen.getByText('The moon is full.').lang).toBe('en');
    expect(document.body.textContent).toContain('La tabla a.b perdió columnas: c, d. The moon is full.');
  });
});

describe('a Spanish screen', () => {
  it('says in Spanish why a run failed, what changed in its tables, and who asked for it', async () => {
    const error = 'Cancelled; what was not yet published is discarded.';
    const drift = ['Table calls_q1 has lost columns cNota.'];
    const notes = ['calls_v is a view: whether it can be read as of one moment depends on its tables.'];
    serve(() => ({ status: 200, body: { ...RUN, state: 'failed', error, drift, notes } }));
    show(<RunDrawer id="7" onClose={() => undefined} />);
    await waitFor(() => screen.getByText('Cancelada; lo que no se había publicado se descarta.'));
    expect(screen.getByText('a su hora')).toBeTruthy();
    const told = screen.getByText('Notas').nextElementSibling?.textContent;
    expect(told).toBe(
      'calls_v es una vista: que se pueda leer como estaba en un momento depende de sus tablas. La tabla calls_q1 perdió columnas: cNota.',
    );
  });

  it('says in Spanish why a row was rejected', async () => {
    const reject = { id: '1', run_id: '7', source: 'legacy', source_table: 'calls_q1', unit_date: null };
    const reason = 'the row contains a NUL byte';
    serve(({ path }) => ({
      status: 200,
      body: {
        items: path.includes('rejects')
          ? [{ ...reject, position: 1, row_masked: 'x', rejected_at: '2026-03-01T09:00:00Z', reason }]
          : [],
        next_cursor: null,
      },
    }));
    show(<RejectsPart />, { store: storeOf({ ...ANA, functions: ['PIP-006'] }) });
    await waitFor(() => screen.getByText('la fila contiene un byte NUL'));
  });

  it('says in Spanish what was compared with a source, and what was found', async () => {
    const cell = { source_table: 'calls_q1', day: '2026-03-01', rows_source: 4, rows_warehouse: 4 };
    const notes = ['Some days are gone at the source; --from leaves out what is purged there.'];
    serve(({ path }) => ({
      status: 200,
      body: path.includes('reconciliations')
        ? {
            ...{ id: '3', state: 'equal', error: null, notes, rows: [] },
            ...{ rows_source: 4, rows_warehouse: 4, cells_different: 0, cells_compared: 2 },
            cells: [
              { ...cell, part: 'unit', name: '', verdict: 'equal' },
              { ...cell, part: 'segment', name: 'nacional_A', verdict: 'equal' },
            ],
          }
        : { items: [] },
    }));
    show(<ReconcilePart />, { path: '/?reconciliation=3' });
    await waitFor(() => screen.getByText('Segmento · Nacional A'));
    expect(screen.getByText('Día de la tabla')).toBeTruthy();
    expect(screen.getByText(/elija desde qué día y deje fuera/)).toBeTruthy();
  });

  it('calls groups and functions by what they are for, and a group of the house as it was named', async () => {
    const group = { active: true, functions: ['PIP-005', 'XYZ-001'] };
    serve(() => ({
      status: 200,
      body: {
        items: [
          { ...group, code: 'AGR-009', name: 'pipeline_admin' },
          { ...group, code: 'AGR-011', name: 'Turno de noche' },
        ],
      },
    }));
    show(<GroupsPart />);
    await waitFor(() => screen.getByText('Administración de lecturas'));
    expect(screen.getByText('Turno de noche')).toBeTruthy();
    expect(screen.getAllByText('Leer fuentes')[0]?.title).toBe('PIP-005');
    expect(screen.getAllByText('XYZ-001')).toHaveLength(2); // one that this page does not know
  });

  it('says in Spanish where a run is', async () => {
    serve(() => ({ status: 200, body: RUN }));
    show(<RunDrawer id="7" onClose={() => undefined} />);
    await waitFor(() => screen.getByText('terminada'));
    expect(screen.queryByText('finished')).toBeNull();
  });

  it('says the rules of every installation in Spanish, and a renamed one as it was named', async () => {
    const rule = { active: true, side_a: [], side_b: [] };
    serve(({ path }) => ({
      status: 200,
      body: path.includes('separation')
        ? {
            items: [
              { ...rule, code: 'SOD-001', name: 'who runs the pipeline does not read the audit trail' },
              { ...rule, code: 'SOD-002', name: 'Regla de la casa' },
            ],
          }
        : { items: [] },
    }));
    show(<GroupsPart />, { store: storeOf({ ...ANA, functions: ['ACC-005'] }) });
    await waitFor(() => screen.getByText('quien maneja las lecturas no lee la auditoría'));
    expect(screen.getByText('Regla de la casa').lang).toBe('');
  });
});
