import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import type { ReportAnswer } from '~/api/generated';
import { show } from '~/testing/page';

import { ReportTable } from './ReportTable';

const column = (name: string, type: string, es: string) => ({ name, type, title: { es, en: name } });
const REPORT = {
  title: { es: 'Centros', en: 'Centres' },
  columns: [
    column('month', 'text', 'Mes'),
    column('segment', 'text', 'Segmento'),
    column('centre', 'text', 'Centro'),
    column('calls', 'integer', 'Llamadas'),
  ],
  rows: [
    ['2025-07', 'nacional_A', '19020086', 1689],
    ['2025-07', null, 'puebla', 3],
  ],
  warnings: [],
  formulas: [],
} as unknown as ReportAnswer;

describe('a report on screen', () => {
  it('calls segments by the name that they have everywhere else, and nothing else', () => {
    show(<ReportTable report={REPORT} />);
    expect(screen.getByText('Nacional A')).toBeDefined();
    expect(screen.getByText('puebla')).toBeDefined(); // a centre that happens to be called so
    expect(screen.queryByText('nacional_A')).toBeNull();
  });

  it('calls what the source writes in capitals by the name that it has everywhere else', () => {
    const columns = [
      column('centre', 'text', 'Centro'),
      column('menu', 'text', 'Menú'),
      column('option', 'text', 'Opción'),
    ];
    const rows = [
      ['CLIENTE_COLGO', 'VACIO', 'SIN_OPCION'],
      ['CLIENTE', 'RES_FALLA_STOP', 'DEFAULT'],
    ];
    show(<ReportTable report={{ ...REPORT, columns, rows } as unknown as ReportAnswer} />);
    const said = screen.getAllByRole('row').map((row) => row.textContent);
    expect(said).toEqual([
      'CentroMenúOpción',
      'El cliente colgóSin menúSin opción',
      'CLIENTERES_FALLA_STOPPredeterminada',
    ]);
  });

  it('says in the language of the page what it warns of, and marks what it cannot', () => {
    const columns = [column('occupancy', 'ratio', 'Ocupación')];
    const warnings = [
      { code: 'no_agent_sessions', detail: 'No agent session is known.', column: 'occupancy', calls: null },
      { code: 'window_not_covered', detail: '1234 calls are left out.', column: null, calls: 1234 },
      { code: 'partial_bucket', detail: 'The first bucket begins before the range.', column: null },
      { code: 'partial_bucket', detail: 'The last bucket ends after the range.', column: null },
      { code: 'estimated', detail: 'unique_callers is estimated.', column: 'unique_callers', calls: null },
      { code: 'constructor', detail: 'The moon is full.', column: null },
    ];
    show(<ReportTable report={{ ...REPORT, columns, warnings } as unknown as ReportAnswer} />);
    expect(screen.getByText(/^Ocupación: no se conoce ninguna sesión de agente/)).toBeDefined();
    expect(screen.getByText(/^1,234 llamadas quedan fuera/)).toBeDefined();
    expect(screen.getByText(/^El primer intervalo empieza antes/)).toBeDefined();
    expect(screen.getByText(/^El último intervalo termina después/)).toBeDefined();
    expect(screen.getByText(/^Llamantes únicos: hay números estimados; .* 2 %/)).toBeDefined();
    expect(screen.getByText('The moon is full.').lang).toBe('en');
  });

  it('says a summary in words, each number as its unit is written', () => {
    const columns = [
      column('section', 'text', 'Sección'),
      column('item', 'text', 'Concepto'),
      column('metric', 'text', 'Métrica'),
      column('unit', 'text', 'Unidad'),
      column('value', 'number', 'Valor'),
      column('change_on_previous_period', 'ratio', 'Cambio'),
      column('class', 'text', 'Clase'),
    ];
    const rows = [
      ['volume', null, 'unique_callers', 'callers', 39408, 0.014, null],
      ['volume', null, 'duration_s_mean', 's', 193.555, 0.0, null],
      ['segments', 'nacional_A', 'abandoned_rate', 'ratio', 0.30615, 0.008, 'critical'],
      ['top_menus', 'VACIO', 'calls', 'calls', 3377, 0.02, null],
      ['top_centres', 'CLIENTE_COLGO', 'calls', 'calls', 5806, 0.02, null],
      ['top_menus', 'calls', 'calls', 'calls', 1, null, null], // a menu that happens to be called so
    ];
    show(<ReportTable report={{ ...REPORT, columns, rows } as unknown as ReportAnswer} />);
    const said = screen
      .getAllByRole('row')
      .map((row) => [...row.children].map((cell) => cell.textContent.replaceAll('\u00a0', ' ')).join('|'));
    expect(said.slice(1)).toEqual([
      'Volumen|–|Llamantes únicos|llamantes|39,408|1.4%|–',
      'Volumen|–|Duración media|s|193.6|0.0%|–',
      'Segmentos|Nacional A|Tasa de abandono|proporción|30.6%|0.8%|Crítico',
      'Menús principales|Sin menú|Llamadas|llamadas|3,377|2.0%|–',
      'Centros principales|El cliente colgó|Llamadas|llamadas|5,806|2.0%|–',
      'Menús principales|calls|Llamadas|llamadas|1|–|–',
    ]);
  });

  it('calls days of the week and states of a centre by name', () => {
    const columns = [column('weekday', 'integer', 'Día'), column('class', 'text', 'Clase SLA')];
    const rows = [
      [1, 'FUERA_SLA'],
      [7, 'ACTIVO_HOY'],
    ];
    show(<ReportTable report={{ ...REPORT, columns, rows } as unknown as ReportAnswer} />);
    const said = screen.getAllByRole('row').map((row) => row.textContent);
    expect(said.slice(1)).toEqual(['lunesFuera del SLA', 'domingoActivo hoy']);
  });

  it('names each cell for where its columns stand one under another', () => {
    show(<ReportTable report={REPORT} />);
    const row = screen.getAllByRole('row')[1];
    if (!row) throw new Error('no row');
    const cells = [...within(row).getAllByRole('rowheader'), ...within(row).getAllByRole('cell')];
    expect(cells.map((each) => [each.dataset.label, each.textContent.replaceAll('\u00a0', ' ')])).toEqual([
      ['Mes', 'jul 2025'],
      ['Segmento', 'Nacional A'],
      ['Centro', '19020086'],
      ['Llamadas', '1,689'],
    ]);
  });
});
