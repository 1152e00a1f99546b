import { Trans, useLingui } from '@lingui/react/macro';
import { Modal } from '@mantine/core';
import { type KeyboardEvent, useId, useState } from 'react';

import { SearchIcon } from '~/parts/icons';

import { type Command, matching, useCommands } from './commands';
import classes from './Palette.module.css';

/** Everything that the bar can do, by its name: type, arrow, Enter. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const commands = useCommands();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const listId = useId();
  const found = matching(commands, typed);
  const current = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const next = (current + step + found.length) % Math.max(1, found.length);
      setAt(next);
      document.getElementById(`${listId}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(found[current]);
    }
  };

  return (
    <Modal.Root
      opened
      onClose={onClose}
      padding={0}
      size={520}
      yOffset="10dvh"
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title className="visually-hidden">{t`Buscar pantallas y acciones`}</Modal.Title>
          <div className={classes.field}>
            <SearchIcon />
            <input
              className={classes.input}
              data-autofocus
              role="combobox"
              aria-expanded="true"
              aria-controls={listId}
              aria-activedescendant={found.length > 0 ? `${listId}-${current}` : undefined}
              aria-label={t`Buscar pantallas y acciones`}
              placeholder={t`Pantalla, periodo, comparación…`}
              value={typed}
              onChange={(event) => {
                setTyped(event.currentTarget.value);
                setAt(0);
              }}
              onKeyDown={pressed}
            />
            <kbd>Esc</kbd>
          </div>
          <ul id={listId} role="listbox" className={classes.list} aria-label={t`Acciones`}>
            {found.map((command, index) => (
              <li
                key={command.id}
                id={`${listId}-${index}`}
                role="option"
                aria-selected={index === current}
                className={classes.option}
                onClick={() => {
                  run(command);
                }}
                onPointerMove={() => {
                  setAt(index);
                }}
              >
                <span>{command.label}</span>
                <small>{command.group}</small>
              </li>
            ))}
          </ul>
          {found.length === 0 && (
            <p className={classes.nothing} role="status">
              <Trans>Nada se llama así</Trans>
            </p>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
