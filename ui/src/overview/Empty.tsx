import { Trans } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import { useFormat } from '~/format/useFormat';
import { NothingHere } from '~/parts/Panel';

import { useDataEnd } from './dataEnd';
import { useScope } from './scope';
import { useView } from './useView';

/** Why there is nothing: no data at all, a filter, or a period without calls; and the way out. */
export function Empty() {
  const format = useFormat();
  const scope = useScope();
  const end = useDataEnd();
  const [, change] = useView();
  const filter = scope.kind === 'legacy' ? scope.segment : scope.queue;
  if (end === null) {
    return (
      <NothingHere>
        <Trans>La fuente todavía no ha entregado ninguna llamada.</Trans>
      </NothingHere>
    );
  }
  if (filter !== null) {
    return (
      <NothingHere>
        <Trans>El filtro «{filter}» no tiene llamadas aquí; pruebe sin él o con otro periodo.</Trans>
        <Button
          size="xs"
          variant="default"
          mt={8}
          onClick={() => {
            change({ segment: null, queue: null });
          }}
        >
          <Trans>Quitar el filtro</Trans>
        </Button>
      </NothingHere>
    );
  }
  return (
    <NothingHere>
      <Trans>Elija uno que incluya el último dato: {format.dateTime(end)}</Trans>
      <Button
        size="xs"
        variant="default"
        mt={8}
        onClick={() => {
          change({ period: null, granularity: null });
        }}
      >
        <Trans>Ir al último dato</Trans>
      </Button>
    </NothingHere>
  );
}
