import { act, fireEvent, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { show } from '~/testing/page';

import { DataTable } from './DataTable';
import { Panel, type PanelState } from './Panel';

const READY: PanelState = {
  loading: false,
  renewing: false,
  problem: null,
  empty: false,
  retry: () => undefined,
};
const table = () => (
  <DataTable
    label="Centros"
    rows={[1, 2]}
    rowKey={String}
    columns={[{ key: 'n', label: 'N', cell: (row) => row }]}
  />
);
const inPanel = (
  <Panel area="x" title="Informe" state={READY} height={100} empty={null} table={table} csv={null} />
);

/** What jsdom does not lay out: a box of 300 px that holds as much as a test says. */
let holds = 300;
let resized: (() => void)[] = [];
beforeEach(() => {
  holds = 300;
  resized = [];
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(300);
  vi.spyOn(Element.prototype, 'scrollWidth', 'get').mockImplementation(() => holds);
  const before = globalThis.ResizeObserver;
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(private readonly told: () => void) {}
      observe = () => resized.push(this.told);
      unobserve = () => undefined;
      disconnect = () => {
        resized = resized.filter((each) => each !== this.told);
      };
    },
  );
  return () => {
    vi.stubGlobal('ResizeObserver', before);
  };
});
afterEach(() => {
  expect(resized).toEqual([]); // nothing is watched that is gone
});

const grow = (width: number) => {
  holds = width;
  act(() => {
    resized.forEach((told) => {
      told();
    });
  });
};
const box = () => screen.getByRole('table').parentElement ?? document.body;
const more = () => box().parentElement?.dataset.more;
const scrollTo = (left: number) => {
  box().scrollLeft = left;
  fireEvent.scroll(box());
};

describe.each([
  ['in a panel', inPanel],
  ['in a drawer', table()],
])('a table %s', (_, piece) => {
  it('shows on which side there is more of it', () => {
    const { unmount } = show(piece);
    grow(300);
    expect(more()).toBeUndefined();
    grow(301); // a fraction of a pixel, rounded
    expect(more()).toBeUndefined();
    grow(500);
    expect(more()).toBe('right');
    scrollTo(100);
    expect(more()).toBe('both');
    scrollTo(200);
    expect(more()).toBe('left');
    grow(300);
    scrollTo(0);
    expect(more()).toBeUndefined();
    unmount();
  });
});

describe('what scrolls', () => {
  it('has the name of its panel, and is one with it', () => {
    const { unmount } = show(inPanel);
    grow(500);
    expect(screen.getByRole('group', { name: 'Informe' }).tabIndex).toBe(0);
    expect(screen.getAllByRole('group')).toHaveLength(1);
    unmount();
  });

  it('has the name of its table where there is no panel, and is no stop on the way where it does not scroll', () => {
    const { unmount } = show(table());
    grow(300);
    expect(screen.queryByRole('group')).toBeNull();
    grow(500);
    expect(screen.getByRole('group', { name: 'Centros' }).tabIndex).toBe(0);
    unmount();
  });
});
