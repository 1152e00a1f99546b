import { Trans, useLingui } from '@lingui/react/macro';
import { Button, type MantineColorScheme, Popover, useMantineColorScheme } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';

import { useSignOutMutation } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { LOCALES_OF } from '~/format/locales';
import { useFormat } from '~/format/useFormat';
import { useView } from '~/overview/useView';
import { cityOf } from '~/overview/ZoneSelect';
import { ChevronDownIcon } from '~/parts/icons';
import { Segmented } from '~/parts/Segmented';
import { useKeepPreference } from '~/session/usePreferences';
import { useLeave, useMay } from '~/session/useSession';

import classes from './UserMenu.module.css';

const AccountSheet = lazy(() => import('~/account/AccountSheet'));
const WallDialog = lazy(() => import('~/session/WallDialog'));
const OWN_TOKENS = 'AUTH-005';

/** Who is signed in, how the page looks to them, and the way out. */
export function UserMenu() {
  const { t } = useLingui();
  const [opened, setOpened] = useState(false);
  const user = useAppSelector((state) => state.session.user);
  const [signOut, { isLoading }] = useSignOutMutation();
  const leave = useLeave();
  const mayMakeWalls = useMay(OWN_TOKENS);
  const [over, setOver] = useState<'account' | 'walls' | null>(null);
  if (!user) return null;
  const letters = initials(user.displayName);
  const close = () => {
    setOver(null);
  };

  const out = async () => {
    await signOut();
    leave();
  };

  return (
    <>
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
            <Formats />
            <RememberZone />
            {mayMakeWalls && (
              <Button
                variant="default"
                size="xs"
                onClick={() => {
                  setOpened(false);
                  setOver('walls');
                }}
              >
                <Trans>Pantallas de pared</Trans>
              </Button>
            )}
            <Button
              variant="default"
              size="xs"
              onClick={() => {
                setOpened(false);
                setOver('account');
              }}
            >
              {mayMakeWalls ? <Trans>Sesiones y tokens</Trans> : <Trans>Sesiones</Trans>}
            </Button>
            <Button variant="default" size="xs" loading={isLoading} onClick={() => void out()}>
              <Trans>Salir</Trans>
            </Button>
          </div>
        </Popover.Dropdown>
      </Popover>
      {over !== null && (
        <Suspense>
          {over === 'walls' ? <WallDialog onClose={close} /> : <AccountSheet onClose={close} />}
        </Suspense>
      )}
    </>
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

/** Spanish is written in more than one way: digits, clock and the first day of the week follow the country. */
function Formats() {
  const { t } = useLingui();
  const keep = useKeepPreference();
  const language = useAppSelector((state) => state.preferences.language);
  const { locale } = useFormat();
  const names: Record<string, string> = { 'es-MX': t`México`, 'es-ES': t`España` };
  const locales = LOCALES_OF[language];
  if (locales.length < 2) return null;
  return (
    <div className={classes.scheme}>
      <span>
        <Trans>Números y fechas</Trans>
      </span>
      <Segmented
        small
        label={t`Números y fechas`}
        value={locale}
        options={locales.map((value) => ({ value: value, label: names[value] ?? value }))}
        onChange={(value) => {
          keep({ locale: value });
        }}
      />
    </div>
  );
}

/** The zone that the address asks for can become the person's own. */
function RememberZone() {
  const keep = useKeepPreference();
  const [{ zone }, change] = useView();
  const own = useAppSelector((state) => state.session.user?.preferences.zone);
  if (zone === null || zone === own) return null;
  return (
    <Button
      variant="default"
      size="xs"
      onClick={() => {
        keep({ zone });
        change({ zone: null });
      }}
    >
      <Trans>Usar siempre la zona {cityOf(zone)}</Trans>
    </Button>
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
