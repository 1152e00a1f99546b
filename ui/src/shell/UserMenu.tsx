import { Trans, useLingui } from '@lingui/react/macro';
import { Button, type MantineColorScheme, Popover, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';

import { useSignOutMutation } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { ChevronDownIcon } from '~/parts/icons';
import { Segmented } from '~/parts/Segmented';
import { useKeepPreference } from '~/session/usePreferences';
import { useLeave } from '~/session/useSession';

import classes from './UserMenu.module.css';

/** Who is signed in, how the page looks to them, and the way out. */
export function UserMenu() {
  const { t } = useLingui();
  const [opened, setOpened] = useState(false);
  const user = useAppSelector((state) => state.session.user);
  const [signOut, { isLoading }] = useSignOutMutation();
  const leave = useLeave();
  if (!user) return null;
  const letters = initials(user.displayName);

  const out = async () => {
    await signOut();
    leave();
  };

  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.button}
          aria-label={t`${letters}, cuenta de ${user.displayName}`}
          onClick={() => {
            setOpened(!opened);
          }}
        >
          <span className={classes.initials}>{letters}</span>
          <ChevronDownIcon />
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t`Su cuenta`}>
        <div className={classes.card}>
          <div className={classes.who}>
            <strong>{user.displayName}</strong>
            {user.displayName !== user.username && <span>{user.username}</span>}
            {user.segment && (
              <span>
                <Trans>Solo ve el segmento {user.segment}</Trans>
              </span>
            )}
          </div>
          <Scheme />
          <Button variant="default" size="xs" loading={isLoading} onClick={() => void out()}>
            <Trans>Salir</Trans>
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Scheme() {
  const { t } = useLingui();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const keep = useKeepPreference();
  const schemes: { value: MantineColorScheme; label: string }[] = [
    { value: 'light', label: t`Claro` },
    { value: 'dark', label: t`Oscuro` },
    { value: 'auto', label: t`Como el sistema` },
  ];
  return (
    <div className={classes.scheme}>
      <span>
        <Trans>Aspecto</Trans>
      </span>
      <Segmented
        small
        label={t`Aspecto`}
        value={colorScheme}
        options={schemes}
        onChange={(value) => {
          setColorScheme(value);
          keep({ theme: value === 'auto' ? 'system' : value });
        }}
      />
    </div>
  );
}

export function initials(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[1]] : [name];
  return letters
    .map((word) =>
      Array.from(word ?? '')
        .slice(0, words.length > 1 ? 1 : 2)
        .join(''),
    )
    .join('')
    .toLocaleUpperCase();
}
