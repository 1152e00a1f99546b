import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, it } from 'vitest';

import { show } from '~/testing/page';

import { Dialog, SideSheet } from './Sheet';

function Opening({ of: Kind }: { of: typeof SideSheet }) {
  const [open, setOpen] = useState(false);
  const close = () => {
    setOpen(false);
  };
  return (
    <>
      <button
        onClick={() => {
          setOpen(true);
        }}
      >
        Abrir
      </button>
      {open && (
        <Kind title="Título" onClose={close}>
          <button onClick={close}>Hecho</button>
        </Kind>
      )}
    </>
  );
}

describe.each([
  ['a sheet', SideSheet],
  ['a dialog', Dialog],
])('%s', (_, Kind) => {
  it.each(['Cerrar', 'Hecho'])('gives the focus back to what opened it: %s', async (way) => {
    show(<Opening of={Kind} />);
    await userEvent.click(screen.getByRole('button', { name: 'Abrir' }));
    await userEvent.click(await screen.findByRole('button', { name: way }));
    await waitFor(() => {
      expect(document.activeElement?.textContent).toBe('Abrir');
    });
  });

  it('leaves the focus where it was put meanwhile', async () => {
    const elsewhere = document.body.appendChild(document.createElement('button'));
    show(<Opening of={Kind} />);
    await userEvent.click(screen.getByRole('button', { name: 'Abrir' }));
    await screen.findByRole('button', { name: 'Hecho' });
    const done = screen.getByRole('button', { name: 'Hecho' });
    done.addEventListener('click', () => {
      setTimeout(() => {
        elsewhere.focus();
      });
    });
    await userEvent.click(done);
    await waitFor(() => {
      expect(document.activeElement).toBe(elsewhere);
    });
    elsewhere.remove();
  });
});
