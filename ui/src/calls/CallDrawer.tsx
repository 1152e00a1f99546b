import { Trans } from '@lingui/react/macro';

import { useReadCallQuery } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { SideSheet } from '~/parts/Sheet';

import { LegacyStory } from './LegacyStory';
import { QueueStory } from './QueueStory';

/** What happened in one call; its address can be sent to somebody. */
export function CallDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <SideSheet onClose={onClose} size={520} title={<Trans>Qué pasó en la llamada</Trans>}>
      <Story id={id} />
    </SideSheet>
  );
}

function Story({ id }: { id: string }) {
  const { data, error, isFetching, refetch } = useReadCallQuery({ callId: id });
  if (error && !isFetching) return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={360} />;
  return 'legs' in data ? <QueueStory call={data} /> : <LegacyStory call={data} />;
}
