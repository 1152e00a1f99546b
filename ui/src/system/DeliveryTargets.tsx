import { Trans, useLingui } from '@lingui/react/macro';

import { type QualityTarget, useReadQualityTargetsQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';

import { targetTone } from './evidence';
import { useTargetNames } from './evidenceWords';
import { listState } from './listState';
import { State } from './Pieces';
import classes from './System.module.css';
import { ServerSentence } from './ServerSentence';

/** The customer's targets beside the five numbers; what nobody measured says why. */
export function DeliveryTargets() {
  const { t } = useLingui();
  const format = useFormat();
  const names = useTargetNames();
  const targets = useReadQualityTargetsQuery({});
  const run = targets.data?.run ?? null;
  return (
    <Panel
      area="targets"
      title={<Trans>Metas de calidad</Trans>}
      caption={
        run ? (
          <Trans>
            Medido con todas las pruebas el {format.dateTime(run.at)}, commit{' '}
            <code>{run.commit.slice(0, 10)}</code>
          </Trans>
        ) : (
          <Trans>Todavía no hay cifras de ninguna ejecución de las pruebas.</Trans>
        )
      }
      state={listState(targets, false)}
      height={160}
      empty={null}
      table={() => (
        <DataTable
          label={t`Metas de calidad`}
          rows={targets.data?.targets ?? []}
          rowKey={({ name }) => name}
          columns={[
            {
              key: 'name',
              label: t`Meta`,
              cell: (target) => (
                <>
                  {names[target.name]}
                  <div className={classes.soft}>
                    <Wanted target={target} />
                  </div>
                </>
              ),
            },
            { key: 'value', label: t`Medido`, cell: (target) => <Measured target={target} /> },
            {
              key: 'source',
              label: t`De dónde`,
              wideOnly: true,
              cell: ({ source }) => <code>{source}</code>,
            },
            {
              key: 'state',
              label: t`Estado`,
              cell: ({ holds }) => (
                <State tone={targetTone({ holds })}>
                  {holds === null ? t`Sin dato` : holds ? t`Se cumple` : t`No se cumple`}
                </State>
              ),
            },
          ]}
        />
      )}
    />
  );
}

function Wanted({ target: { name, limit } }: { target: QualityTarget }) {
  const format = useFormat();
  switch (name) {
    case 'coverage':
      return <Trans>al menos {format.percentShort(limit)} de líneas y ramas</Trans>;
    case 'test_pyramid':
      return (
        <Trans>
          60/30/10 % unitarias, de integración y de extremo a extremo; hasta {format.integer(limit * 100)}{' '}
          puntos de diferencia
        </Trans>
      );
    case 'complexity':
      return <Trans>como mucho {format.integer(limit)}</Trans>;
    case 'critical_repair_time':
      return <Trans>como mucho {format.duration(limit)} de media</Trans>;
  }
}

function Measured({ target }: { target: QualityTarget }) {
  const { reason } = target;
  return (
    <>
      <strong className={classes.figure}>
        <Value target={target} />
      </strong>
      {reason !== null && (
        <div className={classes.codes}>
          <ServerSentence sentence={reason} />
        </div>
      )}
    </>
  );
}

function Value({ target: { name, value, n, parts } }: { target: QualityTarget }) {
  const format = useFormat();
  if (value === null) return '–';
  switch (name) {
    case 'coverage':
      return format.percent(value);
    case 'test_pyramid': {
      const shares = Object.values(parts).map((share) => format.integer(share * 100));
      return (
        <Trans>
          {shares.join('/')} % de {format.integer(n)} pruebas
        </Trans>
      );
    }
    case 'complexity':
      return (
        <Trans>
          {format.integer(value)}; {format.integer(parts.above)} funciones por encima
        </Trans>
      );
    case 'critical_repair_time':
      return (
        <Trans>
          {format.duration(value)} en {format.integer(n)} incidencias; {format.integer(parts.open)} siguen
          abiertas
        </Trans>
      );
  }
}
