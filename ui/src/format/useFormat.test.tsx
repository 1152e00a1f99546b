import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { ANA, show, storeOf } from '~/testing/page';

import { useFormat, ZoneContext } from './useFormat';

const NOON = '2025-07-01T12:00:00Z';

function Moment() {
  return <p>{useFormat().dateTime(NOON)}</p>;
}

const said = () => screen.getByText(/2025/).textContent;

describe('moments', () => {
  it('outside every view are in the zone of the person', () => {
    const madrid = {
      ...ANA,
      user: { ...ANA.user, preferences: { ...ANA.user.preferences, zone: 'Europe/Madrid' } },
    };
    show(<Moment />, { store: storeOf(madrid) });
    expect(said()).toMatch(/2:00\sp/);
  });

  it('inside a view are in its zone', () => {
    show(
      <ZoneContext value="America/Lima">
        <Moment />
      </ZoneContext>,
    );
    expect(said()).toMatch(/0?7:00/);
  });

  it('of nobody are in the zone of the centre', () => {
    show(<Moment />, { store: storeOf(null) });
    expect(said()).toMatch(/0?6:00/);
  });

  it('are written by one set of formatters, however many blocks write', () => {
    const seen = new Set<unknown>();
    const Taken = () => {
      seen.add(useFormat());
      return null;
    };
    show(
      <>
        <Taken />
        <Taken />
      </>,
    );
    expect(seen.size).toBe(1);
  });
});
