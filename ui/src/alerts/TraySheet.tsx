import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';

import type { AlertOut, MessageOut } from '~/api/generated';
import {
  useAcknowledgeAlertMutation,
  useDeleteMessageMutation,
  useListAlertsQuery,
  useListMessagesQuery,
  useReadAllMessagesMutation,
  useReadMessageMutation,
} from '~/api/office';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { SideSheet } from '~/parts/Sheet';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';
import { State, type Tone } from '~/system/Pieces';

import classes from './Tray.module.css';
import { ACKNOWLEDGE, ALERTS_SHOWN, POLL_MS, RULES_PATH, SEE_ALERTS, SEE_HISTORY, toldOf } from './tray';

const MESSAGES_SHOWN = 50;
const TONES: Record<AlertOut['severity'], Tone> = { info: 'none', warning: 'warn', critical: 'bad' };
type Part = 'open' | 'all' | 'messages';

/** What is wrong now, what was, and what this person was told. */
export default function TraySheet({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const mayAlerts = useMay(SEE_ALERTS);
  const mayHistory = useMay(SEE_HISTORY) && mayAlerts;
  const [part, setPart] = useState<Part>(mayAlerts ? 'open' : 'messages');
  const parts: { value: Part; label: string }[] = [
    ...(mayAlerts ? [{ value: 'open' as const, label: t`Abiertas` }] : []),
    ...(mayHistory ? [{ value: 'all' as const, label: t`Historia` }] : []),
    { value: 'messages', label: t`Mensajes` },
  ];
  return (
    <SideSheet title={t`Avisos`} onClose={onClose} size={480}>
      <div className={classes.stack}>
        {parts.length > 1 && (
          <div className={classes.head}>
            <Segmented label={t`Qué avisos`} value={part} options={parts} onChange={setPart} />
            <Link to={RULES_PATH} onClick={onClose}>
              <Trans>Reglas</Trans>
            </Link>
          </div>
        )}
        {part === 'messages' ? <Messages /> : <Alerts state={part} />}
      </div>
    </SideSheet>
  );
}

function Alerts({ state }: { state: 'open' | 'all' }) {
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

function Messages() {
  const { data, error, isFetching, refetch } = useListMessagesQuery({ limit: MESSAGES_SHOWN });
  const [readAll, { isLoading }] = useReadAllMessagesMutation();
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={200} />;
  if (data.items.length === 0) {
    return (
      <EmptyState title={<Trans>No tiene mensajes</Trans>}>
        <Trans>Aquí llega lo que dicen sus alertas y sus informes programados; se guarda 90 días.</Trans>
      </EmptyState>
    );
  }
  return (
    <>
      {data.unread > 0 && (
        <div>
          <Button size="xs" variant="default" loading={isLoading} onClick={() => void readAll()}>
            <Trans>Marcar todos como leídos</Trans>
          </Button>
        </div>
      )}
      <ul className={classes.list}>
        {data.items.map((message) => (
          <Message key={message.id} message={message} />
        ))}
      </ul>
    </>
  );
}

function Message({ message: { id, text, created_at, read_at } }: { message: MessageOut }) {
  const format = useFormat();
  const language = useAppSelector((state) => state.preferences.language);
  const [read] = useReadMessageMutation();
  const [remove] = useDeleteMessageMutation();
  return (
    <li className={classes.item} data-unread={read_at === null || undefined}>
      <span>{text[language]}</span>
      <span className={classes.soft}>{format.dateTime(created_at)}</span>
      <div className={classes.line}>
        {read_at === null && (
          <Button size="compact-xs" variant="default" onClick={() => void read({ messageId: id })}>
            <Trans>Leído</Trans>
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={() => void remove({ messageId: id })}>
          <Trans>Borrar</Trans>
        </Button>
      </div>
    </li>
  );
}
