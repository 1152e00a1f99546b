import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';

import { ANA, LATE, type Reply, serve, show, storeOf } from '~/testing/page';

import { restoreAnswers } from '~/kept/answers';

import { beginSession } from './start';
import { useSessionStart } from './useSession';

vi.mock('~/kept/answers', { spy: true });

const ready = () => Promise.resolve();
const SESSION = '/api/v1/sessions/current';
const DOWN: Reply = { status: 503, body: { status: 503, title: 'Service Unavailable' } };

function Start() {
  const { problem, retry } = useSessionStart(ready);
  return problem ? <button onClick={retry}>{problem.status}</button> : <p>calm</p>;
}

it('is begun before anything is drawn, and not asked for again', async () => {
  const sent = serve(() => ({ status: 200, body: ANA }));
  const store = storeOf(null);
  expect(await beginSession(store.dispatch, ready)).toBeNull();
  expect(store.getState().session).toMatchObject({ status: 'in', csrfToken: ANA.csrf_token });
  show(<Start />, { store });
  await new Promise((done) => setTimeout(done, 50));
  expect(sent.map(({ path }) => path)).toEqual([SESSION]);
});

it('lets a person in whatever is wrong with what their last visit left', async () => {
  serve(() => ({ status: 200, body: ANA }));
  vi.mocked(restoreAnswers).mockRejectedValueOnce(new Error('torn'));
  const store = storeOf(null);
  expect(await beginSession(store.dispatch, ready)).toBeNull();
  expect(store.getState().session.status).toBe('in');
});

it('lets nobody in before the screen is ready', async () => {
  serve(() => ({ status: 200, body: ANA }));
  const store = storeOf(null);
  let open: () => void = () => undefined;
  const begun = beginSession(store.dispatch, () => new Promise((done) => (open = done)));
  await vi.waitFor(() => {
    expect(Object.values(store.getState().api.queries)[0]?.status).toBe('fulfilled');
  }, LATE);
  await new Promise((done) => setTimeout(done, 50));
  expect(store.getState().session.status).toBe('unknown');
  open();
  await begun;
  expect(store.getState().session.status).toBe('in');
});

it('tells what came in its way to whoever is drawn later, and asks again when told to', async () => {
  const answers: Reply[] = [DOWN, { status: 200, body: ANA }];
  const sent = serve(() => answers.shift() ?? DOWN);
  const store = storeOf(null);
  await beginSession(store.dispatch, ready);
  show(<Start />, { store });
  const button = await screen.findByRole('button', { name: '503' });
  expect(sent).toHaveLength(1);
  await userEvent.click(button);
  await waitFor(() => {
    expect(store.getState().session.status).toBe('in');
  });
  expect(sent).toHaveLength(2);
});

it('asks on its own where nothing was begun', async () => {
  const sent = serve(() => ({ status: 401, body: { status: 401, title: 'Unauthorized' } }));
  const store = storeOf(null);
  show(<Start />, { store });
  await waitFor(() => {
    expect(store.getState().session.status).toBe('out');
  });
  expect(sent).toHaveLength(1);
});
