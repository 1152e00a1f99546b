import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import type { AlertOut } from '~/api/generated';
import { useAcknowledgeAlertMutation, useListAlertsQuery } from '~/api/office';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';
import { State, type Tone } from '~/system/Pieces';

import classes from './Tray.module.css';
import { ACKNOWLEDGE, ALERTS_SHOWN, POLL_MS, toldOf } from './tray';

const TONES: Record<AlertOut['severity'], Tone> = { info: 'none', warning: 'warn', critical: 'bad' };

/** Alerts that are open, or all there were; whoever may, takes one. */
export function AlertList({ state }: { state: 'open' | 'all' }) {
  const { data, error, isFetching, refetch } = useListAlertsQuery(
    { state, limit: ALERTS_SHOWN },
    { pollingInterval: POLL_MS, skipPollingIfUnfocused: true },
  );
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={200} />;
  if (data.items.length === 0) {
    return (
      <EmptyState title={<Trans>No hay alertas</Trans>}>
        <Trans>Ninguna regla encuentra algo fuera de lo que debe ser.</Trans>
      </EmptyState>
    );
  }
  return (
    <ul className={classes.list}>
      {data.items.map((alert) => (
        <Alert key={alert.id} alert={alert} />
      ))}
    </ul>
  );
}

function useSeverities(): Record<AlertOut['severity'], string> {
  const { t } = useLingui();
  return { info: t`Informativa`, warning: t`Advertencia`, critical: t`Crítica` };
}

function Alert({ alert }: { alert: AlertOut }) {
  const { t } = useLingui();
  const format = useFormat();
  const severities = useSeverities();
  const mayTake = useMay(ACKNOWLEDGE);
  const [take, { isLoading, error }] = useAcknowledgeAlertMutation();
  const { rule_name: name, acknowledged_at: taken, acknowledged_by: by, resolved_at: ended } = alert;
  return (
    <li className={classes.item} data-alert={alert.id}>
      <div className={classes.line}>
        <State tone={TONES[alert.severity]}>{severities[alert.severity]}</State>
        <strong>{name}</strong>
      </div>
      <What alert={alert} />
      <span className={classes.soft}>
        <Trans>Desde {format.dateTime(alert.opened_at)}</Trans>
        {ended !== null && (
          <>
            {' · '}
            <Trans>terminó {format.dateTime(ended)}</Trans>
          </>
        )}
      </span>
      {taken !== null ? (
        <span className={classes.soft}>
          <Trans>
            La atiende {by} desde {format.dateTime(taken)}
          </Trans>
        </span>
      ) : (
        mayTake &&
        ended === null && (
          <div>
            <Button
              size="xs"
              variant="default"
              loading={isLoading}
              aria-label={t`Atender ${name}`}
              onClick={() => void take({ alertId: alert.id, acknowledgeIn: {} })}
            >
              <Trans>Atender</Trans>
            </Button>
          </div>
        )
      )}
      {error && <ProblemText problem={problemOf(error)} />}
    </li>
  );
}

function What({ alert }: { alert: AlertOut }) {
  const format = useFormat();
  const { metric, sign, limit } = toldOf(alert);
  if (metric === null) return <Trans>Faltan datos de la fuente.</Trans>;
  return (
    <span>
      <code>{metric}</code> {format.decimal(alert.value)}
      {limit !== null && ` (${sign} ${format.decimal(limit)})`}
    </span>
  );
}
