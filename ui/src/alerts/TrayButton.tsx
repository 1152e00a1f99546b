import { useLingui } from '@lingui/react/macro';
import { lazy, Suspense, useState } from 'react';

import { useListAlertsQuery, useListMessagesQuery } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { BellIcon } from '~/parts/icons';
import { useMay } from '~/session/useSession';

import classes from './Tray.module.css';
import { ALERTS_SHOWN, POLL_MS, SEE_ALERTS, traySize } from './tray';

const TraySheet = lazy(() => import('./TraySheet'));

/** How many things wait for this person, from every screen; the polls do not keep a session alive. */
export function TrayButton() {
  const { t } = useLingui();
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const mayAlerts = useMay(SEE_ALERTS);
  const poll = { pollingInterval: POLL_MS, skipPollingIfUnfocused: true };
  const messages = useListMessagesQuery({ limit: 1 }, poll);
  const alerts = useListAlertsQuery({ limit: ALERTS_SHOWN }, { ...poll, skip: !mayAlerts });
  const { firing, unread } = traySize(alerts.data?.items, messages.data?.unread);
  const count = firing + unread;
  const [firingText, unreadText] = [format.integer(firing), format.integer(unread)];
  const countText = format.integer(count);
  return (
    <>
      <button
        type="button"
        className={classes.button}
        data-tray={count}
        aria-label={t`Avisos: ${countText}; alertas abiertas: ${firingText}; mensajes sin leer: ${unreadText}`}
        onClick={() => {
          setOpened(true);
        }}
      >
        <BellIcon />
        {count > 0 && (
          <span className={classes.count} data-firing={firing > 0 || undefined} aria-hidden="true">
            {countText}
          </span>
        )}
      </button>
      {opened && (
        <Suspense>
          <TraySheet
            onClose={() => {
              setOpened(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
