import { Trans, useLingui } from '@lingui/react/macro';

import type { LegacyCallOut } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { useCentreName, useOptionName } from '~/ivr/words';
import { useMenuName, useSegmentName } from '~/overview/words';

import classes from './Calls.module.css';
import { Facts } from './Facts';
import { pathOf } from './timeline';
import { useLineName, useOutcomeName } from './words';

export function LegacyStory({ call }: { call: LegacyCallOut }) {
  const { t } = useLingui();
  const format = useFormat();
  const segment = useSegmentName();
  const line = useLineName();
  const outcome = useOutcomeName();
  return (
    <>
      <Facts
        items={[
          [t`Entrada`, format.dateTime(call.started_at)],
          [t`Duración`, format.duration(call.duration_s)],
          [t`Desenlace`, outcome(call.outcome)],
          [t`Segmento`, segment(call.segment ?? '–')],
          [t`DID`, call.did],
          [t`Línea`, line(call.line_kind)],
          [t`Etiquetas`, call.labels.length > 0 ? format.list(call.labels) : null],
          [t`Horas cambiadas`, call.swapped ? t`Sí: empezaba después de terminar` : null],
        ]}
      />
      <h3 className={classes.section}>
        <Trans>Recorrido</Trans>
      </h3>
      <Path call={call} />
      <p className={classes.note}>
        <Trans>De esta fuente solo se conoce el último menú, su opción y el centro; no cada paso.</Trans>
      </p>
      <h3 className={classes.section}>
        <Trans>En la fuente</Trans>
      </h3>
      <Facts
        items={[
          [t`Fuente`, call.source],
          [t`Tabla`, call.source_table],
          [t`Día de la tabla`, call.unit_date && format.day(call.unit_date)],
          [t`Ocurrencia`, format.integer(call.occurrence)],
          [t`Llamante (clave)`, call.caller_id ?? t`sin dato`],
          [t`Llamada (clave)`, call.call_id],
        ]}
      />
    </>
  );
}

function Path({ call }: { call: LegacyCallOut }) {
  const { t } = useLingui();
  const writers = { menu: useMenuName(), option: useOptionName(), centre: useCentreName() };
  const names = { menu: t`Menú`, option: t`Opción`, centre: t`Centro` };
  return (
    <ol className={classes.path}>
      {pathOf(call).map(({ layer, value }) => (
        <li key={layer}>
          <small>{names[layer]}</small>
          {writers[layer](value)}
        </li>
      ))}
    </ol>
  );
}
