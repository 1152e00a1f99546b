import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';

import type { MessageOut } from '~/api/generated';
import {
  useDeleteMessageMutation,
  useListMessagesQuery,
  useReadAllMessagesMutation,
  useReadMessageMutation,
} from '~/api/office';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { Segmented } from '~/parts/Segmented';
import { SideSheet } from '~/parts/Sheet';
import { EmptyState, FailedState, Skeleton } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { AlertList } from './AlertList';
import classes from './Tray.module.css';
import { RULES_PATH, SEE_ALERTS, SEE_HISTORY } from './tray';

const MESSAGES_SHOWN = 50;
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
        {part === 'messages' ? <Messages /> : <AlertList state={part} />}
      </div>
    </SideSheet>
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
