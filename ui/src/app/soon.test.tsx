import { render, screen } from '@testing-library/react';
import { Suspense } from 'react';
import { expect, it, vi } from 'vitest';

import { soon } from './soon';

const part = (words: string) => ({ default: () => <p>{words}</p> });
const shown = (Part: React.ComponentType) => (
  <Suspense fallback={<p>waiting</p>}>
    <Part />
  </Suspense>
);

it('draws what has been awaited without anything in its place', async () => {
  const { Part, ready } = soon(() => Promise.resolve(part('here')));
  await ready();
  const fallback = vi.fn(() => null);
  const Fallback = fallback;
  render(
    <Suspense fallback={<Fallback />}>
      <Part />
    </Suspense>,
  );
  expect(screen.getByText('here')).toBeTruthy();
  expect(fallback).not.toHaveBeenCalled();
});

it('waits for what has not', async () => {
  const { Part } = soon(() => Promise.resolve(part('here')));
  render(shown(Part));
  expect(screen.getByText('waiting')).toBeTruthy();
  expect(await screen.findByText('here')).toBeTruthy();
});

it('asks again for what could not be fetched when it was awaited', async () => {
  const load = vi.fn().mockRejectedValueOnce(new TypeError('cut')).mockResolvedValue(part('here'));
  const { Part, ready } = soon(load);
  await ready();
  render(shown(Part));
  expect(await screen.findByText('here')).toBeTruthy();
});
