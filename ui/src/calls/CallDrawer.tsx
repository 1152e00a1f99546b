import { Trans, useLingui } from '@lingui/react/macro';
import { Drawer } from '@mantine/core';

import { useReadCallQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { FailedState, Skeleton } from '~/parts/StateViews';

import classes from './Calls.module.css';
import { LegacyStory } from './LegacyStory';
import { QueueStory } from './QueueStory';

/** What happened in one call; its address can be sent to somebody. */
export function CallDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={520}
      title={<Trans>Qué pasó en la llamada</Trans>}
      closeButtonProps={{ 'aria-label': t`Cerrar` }}
      classNames={{ content: classes.drawer ?? '' }}
      transitionProps={{ duration: 0 }}
      data-drawer="call"
    >
      <Story id={id} />
    </Drawer>
  );
}

function Story({ id }: { id: string }) {
  const { data, error, isFetching, refetch } = useReadCallQuery({ callId: id });
  if (error && !isFetching) return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={360} />;
  return 'legs' in data ? <QueueStory call={data} /> : <LegacyStory call={data} />;
}
