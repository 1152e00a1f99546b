import { Plural, Trans, useLingui } from '@lingui/react/macro';

import { type QualityCheck, useReadDeliveryQualityQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';

import { shownChecks } from './evidence';
import { useCheckNames } from './evidenceWords';
import { listState } from './listState';
import { State } from './Pieces';
import classes from './System.module.css';

const POLL_MS = 60_000;

/** What is missing or doubtful, before any number. */
export function DeliveryDoubts() {
  const { t } = useLingui();
  const format = useFormat();
  const names = useCheckNames();
  const quality = useReadDeliveryQualityQuery({}, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const { shown, quiet } = shownChecks(quality.data?.checks ?? []);
  const waiting = quality.data?.waiting ?? 0;
  return (
    <Panel
      area="doubts"
      title={<Trans>Qué tan seguros son estos números</Trans>}
      caption={
        waiting > 0 ? (
          <Plural value={waiting} one="# aviso espera a ser leído." other="# avisos esperan a ser leídos." />
        ) : (
          <Trans>Lo que falta o no es seguro detrás de las cinco medidas.</Trans>
        )
      }
      state={listState(quality, false)}
      height={180}
      empty={null}
      table={() => (
        <>
          <DataTable
            label={t`Qué tan seguros son estos números`}
            rows={shown}
            rowKey={({ name }) => name}
            columns={[
              {
                key: 'name',
                label: t`Qué`,
                cell: (check) => (
                  <>
                    {names[check.name]}
                    <Examples check={check} />
                  </>
                ),
              },
              {
                key: 'count',
                label: t`Cuántos`,
                numeric: true,
                cell: ({ count, of }) =>
                  of === null ? format.integer(count) : t`${format.integer(count)} de ${format.integer(of)}`,
              },
              {
                key: 'share',
                label: t`Parte`,
                numeric: true,
                wideOnly: true,
                cell: ({ share }) => format.percent(share),
              },
              {
                key: 'state',
                label: t`Estado`,
                cell: ({ count }) => (
                  <State tone={count === 0 ? 'good' : 'warn'}>{count === 0 ? t`Bien` : t`Mirar`}</State>
                ),
              },
            ]}
          />
          {quiet.length > 0 && (
            <p className={classes.soft}>
              <Trans>Sin nada que señalar: {format.list(quiet.map(({ name }) => names[name]))}.</Trans>
            </p>
          )}
        </>
      )}
    />
  );
}

function Examples({ check: { examples, count } }: { check: QualityCheck }) {
  if (count === 0 || examples.length === 0) return null;
  return <div className={classes.codes}>{examples.join(' · ')}</div>;
}
