import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';

import { NoPermission } from '~/parts/StateViews';
import { show } from '~/testing/page';

describe('what a person lacks', () => {
  it('is called by its name, and by the code that whoever gives it looks for', async () => {
    show(<NoPermission functions="RPT-001" />);
    await screen.findByText(/Hace falta la función Ver informes/);
    expect(screen.getByText('RPT-001').tagName).toBe('CODE');
  });

  it('is one of several where any of them is enough', async () => {
    show(<NoPermission functions={['AUD-001', 'AUD-002']} />);
    const said = await screen.findByText(/Buscar en la auditoría/);
    expect(said.textContent).toContain(
      'Hace falta una de estas funciones: Ver la auditoría AUD-001, Buscar en la auditoría AUD-002.',
    );
  });

  it('keeps its code where this page does not know its name', async () => {
    show(<NoPermission functions={['RPT-001', 'XYZ-001']} />);
    const said = await screen.findByText(/Ver informes/);
    expect(said.textContent).toContain('Ver informes RPT-001, XYZ-001.');
  });
});
