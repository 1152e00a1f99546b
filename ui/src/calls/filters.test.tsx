import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { show } from '~/testing/page';

import { useValueName } from './CallsFilters';

function Value({ dimension, value }: { dimension: string; value: string }) {
  return <output>{useValueName()(dimension, value)}</output>;
}

describe('what a list is narrowed to', () => {
  it.each([
    ['menu', 'RES-FallaInternet', 'RES-FallaInternet'],
    ['menu', 'VACIO', 'Sin menú'],
    ['option', 'DEFAULT', 'Predeterminada'],
    ['centre', 'CLIENTE_COLGO', 'El cliente colgó'],
    ['segment', 'nacional_A', 'Nacional A'],
    ['duration_band', '121-300', '121–300'],
    ['queue', 'soporte-2', 'soporte-2'],
    ['metric', 'abandoned', 'Abandonadas'],
    ['metric', 'offered', 'offered'],
  ])('%s %s is called %s, as in the list', async (dimension, value, name) => {
    show(<Value dimension={dimension} value={value} />);
    expect((await screen.findByRole('status')).textContent).toBe(name);
  });
});
