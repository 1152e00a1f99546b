import { i18n } from '@lingui/core';
import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, it } from 'vitest';

import { forgetAnswers } from '~/api/etags';
import { ANA, serve, show, storeOf } from '~/testing/page';

import './catalogue';
import { GroupsPart } from './GroupsPart';
import { RunDrawer } from './RunDrawer';
import { serverWords } from './serverWords';
import { ServerSentence } from './ServerSentence';

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
      'Nadie ha avisado nunca de un despliegue de ningún servicio en production.',
    ],
    [
      'No deployment of the service ivr to stage was ever reported.',
      'Nadie ha avisado nunca de un despliegue del servicio ivr en stage.',
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
  ])('%s', (sentence, words) => {
    expect(said(sentence)).toBe(words);
  });

  it('stays as it is where it is not known, and is said to be English', () => {
    for (const strange of ['The moon is full.', 'constructor', '']) expect(serverWords(strange)).toBeNull();
    show(<ServerSentence sentence="The moon is full." />);
    expect(screen.getByText('The moon is full.').lang).toBe('en');
  });
});

describe('a Spanish screen', () => {
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
