// What opens over a screen, from the side or in the middle. The kit's own head is a <header>, which inside a
// dialog would be a second banner of the page.
import { useLingui } from '@lingui/react/macro';
import { Drawer, Modal } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';

import classes from './Sheet.module.css';

// A class name on the content would also go to the kit's box around it, which covers the whole screen.
const CLASSES = Object.fromEntries(
  (['overlay', 'inner', 'content', 'body'] as const).map((part) => [part, classes[part] ?? '']),
);

interface Props {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
  size?: number;
}

/** A sheet is there while it is open and goes away as a whole, and with it what would give the focus back. */
function useFocusBack() {
  const [opener] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    },
    [opener],
  );
}

export function SideSheet({ title, onClose, children, size = 560 }: Props) {
  const { t } = useLingui();
  useFocusBack();
  return (
    <Drawer.Root
      opened
      onClose={onClose}
      position="right"
      size={size}
      transitionProps={{ duration: 0 }}
      classNames={CLASSES}
    >
      <Drawer.Overlay backgroundOpacity={0.45} />
      <Drawer.Content>
        <div className={classes.head}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label={t`Cerrar`} />
        </div>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

export function Dialog({ title, onClose, children, size = 440 }: Props) {
  const { t } = useLingui();
  useFocusBack();
  return (
    <Modal.Root
      opened
      centered
      onClose={onClose}
      size={size}
      transitionProps={{ duration: 0 }}
      classNames={CLASSES}
    >
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content>
        <div className={classes.head}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          <Modal.CloseButton aria-label={t`Cerrar`} />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
