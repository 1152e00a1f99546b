import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { stateOf } from '~/overview/useAnswer';
import { FailedState } from '~/parts/StateViews';
import { ANA, type Reply, serve, show, storeOf } from '~/testing/page';

import { touch } from './activity';
import { forgetAnswers } from './etags';
import { useListFreshnessQuery, useRunQueryQuery } from './generated';
import { isOutage, watchOutages } from './outages';

const DOWN: Reply = { status: 503, body: { status: 503, title: 'Down', detail: 'Down.', request_id: 'r-1' } };
const UP: Reply = { status: 200, body: { items: [], rows: [] } };
const time = { from: '2025-07-01', to: '2025-07-02' };

/** Three panels of two kinds of question. */
function Panels() {
  return (
    <>
      <Piece name="calls" state={stateOf(useRunQueryQuery({ queryRequest: { metrics: ['calls'], time } }))} />
      <Piece
        name="lost"
        state={stateOf(useRunQueryQuery({ queryRequest: { metrics: ['abandoned'], time } }))}
      />
      <Piece name="fresh" state={stateOf(useListFreshnessQuery())} />
    </>
  );
}

function Piece({ name, state }: { name: string; state: ReturnType<typeof stateOf> }) {
  return (
    <section aria-label={name}>
      {state.problem ? (
        <FailedState problem={state.problem} onRetry={state.retry} />
      ) : (
        !state.loading && 'numbers'
      )}
    </section>
  );
}

let stop: () => void = () => undefined;

function watched(reply: (path: string) => Reply) {
  const sent = serve(({ path }) => reply(path));
  const store = storeOf(ANA);
  stop = watchOutages(store);
  show(<Panels />, { store });
  return { sent, store };
}

function hide(hidden: boolean): void {
  vi.spyOn(document, 'hidden', 'get').mockReturnValue(hidden);
  document.dispatchEvent(new Event('visibilitychange'));
}

const failures = () => screen.queryAllByText('Reintentar').length;
const numbers = () => screen.queryAllByText('numbers').length;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  forgetAnswers();
  touch();
  vi.useFakeTimers({ shouldAdvanceTime: true });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('what an outage took from the screen', () => {
  it('comes back by itself, as background requests, although somebody has just touched the page', async () => {
    let down = true;
    const { sent } = watched(() => (down ? DOWN : UP));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    down = false;
    const before = sent.length;
    touch();
    await pass(3_100);
    await waitFor(() => {
      expect(numbers()).toBe(3);
    });
    expect(failures()).toBe(0);
    expect(sent.slice(before).map(({ headers }) => headers.get('X-Background'))).toEqual(['1', '1', '1']);
  });

  it('is asked for ever more rarely, and by one question of each kind', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { sent } = watched(() => DOWN);
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    const asked: number[] = [];
    for (const ms of [2_700, 4_100, 8_100, 16_100]) {
      const before = sent.length;
      await pass(ms);
      asked.push(sent.length - before);
    }
    expect(asked).toEqual([2, 2, 2, 2]);
    expect(failures()).toBe(3);
  });

  it('is left alone while nobody looks, and asked for at once when somebody does again', async () => {
    let down = true;
    const { sent } = watched(() => (down ? DOWN : UP));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    hide(true);
    await pass(60_000);
    expect(sent).toHaveLength(3);
    down = false;
    hide(false);
    await waitFor(() => {
      expect(numbers()).toBe(3);
    });
    expect(sent).toHaveLength(6);
  });

  it('waits as long as the server says', async () => {
    const { sent } = watched(() => ({ ...DOWN, headers: { 'Retry-After': '20' } }));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    await pass(19_000);
    expect(sent).toHaveLength(3);
    await pass(7_000);
    expect(sent).toHaveLength(5);
  });

  it('comes back although another service stays away', async () => {
    let down = true;
    watched((path) => (down || path.endsWith('/freshness') ? DOWN : UP));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    down = false;
    await pass(3_100);
    await waitFor(() => {
      expect(numbers()).toBe(2);
    });
    expect(failures()).toBe(1);
  });

  it('comes back all together when one is asked for by hand', async () => {
    let down = true;
    const { sent } = watched(() => (down ? DOWN : UP));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    await pass(600);
    down = false;
    const before = sent.length;
    await userEvent
      .setup({ advanceTimers: vi.advanceTimersByTime })
      .click(screen.getAllByRole('button', { name: 'Reintentar' })[1] ?? document.body);
    await waitFor(() => {
      expect(numbers()).toBe(3);
    });
    expect(sent.slice(before).map(({ headers }) => headers.get('X-Background'))).toEqual([null, null, null]);
  });
});

describe('a refusal', () => {
  it('is not asked for again by itself', async () => {
    const { sent } = watched(() => ({ status: 422, body: { status: 422, title: 'No', detail: 'No.' } }));
    await waitFor(() => {
      expect(failures()).toBe(3);
    });
    await pass(120_000);
    expect(sent).toHaveLength(3);
  });

  it('is told from an outage by its status', () => {
    const http = (status: number) => isOutage({ kind: 'http', status });
    expect([502, 503, 504].map(http)).toEqual([true, true, true]);
    expect([401, 403, 404, 422, 429, 500].some(http)).toBe(false);
    expect(isOutage({ kind: 'offline', status: null })).toBe(true);
    expect(isOutage({ kind: 'timeout', status: null })).toBe(true);
  });
});
