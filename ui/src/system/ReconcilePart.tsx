import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import {
  type Reconciliation,
  useListSourcesQuery,
  useReadReconciliationQuery,
  useStartReconciliationMutation,
} from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { useSegmentName } from '~/overview/words';
import { DataTable } from '~/parts/DataTable';
import { FilterInput } from '~/parts/FilterInput';
import { FilterSelect } from '~/parts/FilterSelect';
import { Panel } from '~/parts/Panel';
import { ProblemText } from '~/parts/ProblemText';
import { EmptyState } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { listState } from './listState';
import { State, type Tone } from './Pieces';
import { ServerText } from './ServerSentence';
import classes from './System.module.css';
import { type Change, useAddress } from './useAddress';

const POLL_MS = 1_000;
const CELLS_SHOWN = 400; // differences come first

export function ReconcilePart() {
  const [params, change] = useAddress();
  const mayStart = useMay('PIP-005');
  const maySee = useMay('PIP-001');
  const id = params.get('reconciliation');
  return (
    <div className={classes.stack}>
      {mayStart && maySee && <Form params={params} change={change} />}
      <Result id={id} />
    </div>
  );
}

function Form({ params, change }: { params: URLSearchParams; change: Change }) {
  const { t } = useLingui();
  const sources = useListSourcesQuery();
  const [start, { isLoading, error }] = useStartReconciliationMutation();
  const [deep, setDeep] = useState(false);
  const source = params.get('source') ?? sources.data?.items[0]?.id ?? '';
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { data } = await start({
      reconciliationRequest: { source, from: params.get('first'), to: params.get('last'), deep },
    });
    if (data) change({ reconciliation: data.id });
  };
  return (
    <form
      className={classes.filters}
      aria-label={t`Qué se concilia`}
      onSubmit={(event) => void submit(event)}
    >
      <FilterSelect
        label={t`Fuente`}
        value={source}
        onChange={(value) => {
          change({ source: value });
        }}
      >
        {sources.data?.items.map((each) => (
          <option key={each.id} value={each.id}>
            {each.id}
          </option>
        ))}
      </FilterSelect>
      {(['first', 'last'] as const).map((name) => (
        <FilterInput
          key={name}
          label={name === 'first' ? t`Desde` : t`Antes del`}
          type="date"
          value={params.get(name) ?? ''}
          onCommit={(value) => {
            change({ [name]: value });
          }}
        />
      ))}
      <label className={classes.row}>
        <input
          type="checkbox"
          checked={deep}
          onChange={(event) => {
            setDeep(event.currentTarget.checked);
          }}
        />
        <Trans>Nombrar las llamadas que difieren</Trans>
      </label>
      <Button type="submit" size="xs" loading={isLoading} disabled={source === ''}>
        <Trans>Conciliar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </form>
  );
}

function Result({ id }: { id: string | null }) {
  const asked = { reconciliationId: id ?? '' };
  const known = useReadReconciliationQuery(asked, { skip: id === null });
  const running = known.data?.state === 'running';
  const answer = useReadReconciliationQuery(asked, {
    skip: id === null,
    pollingInterval: running ? POLL_MS : 0,
  });
  return (
    <Panel
      area="reconciliation"
      title={<Trans>Fuente contra almacén</Trans>}
      caption={<Trans>Se cuentan y se comparan por día las filas de la fuente y las publicadas.</Trans>}
      state={
        id === null
          ? { ...listState({ ...answer, isFetching: false }, true), empty: true }
          : listState(answer, false)
      }
      height={280}
      empty={
        <EmptyState title={<Trans>Todavía no se ha conciliado</Trans>}>
          <Trans>Elija una fuente y, si quiere, unos días; sin días se compara todo.</Trans>
        </EmptyState>
      }
      table={() => answer.data && <Told result={answer.data} />}
    />
  );
}

type Cell = Reconciliation['cells'][number];

/** What was compared of a day; a segment by the name that it has everywhere else. */
function usePartName(): (cell: Cell) => string {
  const { t } = useLingui();
  const segment = useSegmentName();
  const parts: Record<Cell['part'], string> = {
    unit: t`Día de la tabla`,
    segment: t`Segmento`,
    queue: t`Cola`,
    events: t`Eventos de cola`,
    legs: t`Tramos`,
    steps: t`Pasos por menús`,
    cel_events: t`Eventos de canal`,
  };
  return ({ part, name }) =>
    [parts[part], part === 'segment' ? segment(name) : name].filter(Boolean).join(' · ');
}

const TONES: Record<Reconciliation['state'], Tone> = {
  running: 'none',
  equal: 'good',
  different: 'bad',
  failed: 'bad',
};

function Told({ result }: { result: Reconciliation }) {
  const { t } = useLingui();
  const format = useFormat();
  const partName = usePartName();
  const states = {
    running: t`En curso`,
    equal: t`Iguales`,
    different: t`Hay diferencias`,
    failed: t`Falló`,
  };
  const verdicts = {
    equal: t`Igual`,
    missing: t`Falta en el almacén`,
    extra: t`Sobra en el almacén`,
    changed: t`Cambió`,
    gone: t`Ya no está en la fuente`,
  };
  const cells = result.cells.toSorted(
    (a, b) => Number(a.verdict === 'equal') - Number(b.verdict === 'equal'),
  );
  return (
    <>
      <p className={classes.message} role="status" data-reconciliation={result.state}>
        <State tone={TONES[result.state]}>{states[result.state]}</State>{' '}
        <Trans>
          {format.integer(result.rows_source)} filas en la fuente, {format.integer(result.rows_warehouse)} en
          el almacén; {format.integer(result.cells_different)} de {format.integer(result.cells_compared)}{' '}
          partes difieren.
        </Trans>
        <ServerText text={[...(result.error === null ? [] : [result.error]), ...result.notes].join(' ')} />
      </p>
      <DataTable
        label={t`Partes comparadas`}
        rows={cells.slice(0, CELLS_SHOWN)}
        rowKey={(cell) => [cell.part, cell.source_table, cell.day, cell.name].join(' ')}
        columns={[
          {
            key: 'day',
            label: t`Día`,
            cell: ({ day, source_table }) => (day === null ? source_table : format.day(day)),
          },
          {
            key: 'name',
            label: t`Parte`,
            cell: partName,
          },
          {
            key: 'source',
            label: t`Fuente`,
            numeric: true,
            cell: ({ rows_source }) => format.integer(rows_source),
          },
          {
            key: 'warehouse',
            label: t`Almacén`,
            numeric: true,
            cell: ({ rows_warehouse }) => format.integer(rows_warehouse),
          },
          {
            key: 'verdict',
            label: t`Resultado`,
            cell: ({ verdict }) => (
              <State tone={verdict === 'equal' ? 'good' : 'bad'}>{verdicts[verdict]}</State>
            ),
          },
        ]}
      />
      {result.rows.length > 0 && (
        <DataTable
          label={t`Llamadas que difieren`}
          rows={result.rows}
          rowKey={({ call_id, at }) => `${call_id} ${at}`}
          columns={[
            { key: 'at', label: t`Cuándo`, cell: ({ at }) => format.dateTime(at) },
            { key: 'what', label: t`Qué`, cell: ({ description }) => description },
            { key: 'verdict', label: t`Resultado`, cell: ({ verdict }) => verdicts[verdict] },
          ]}
        />
      )}
    </>
  );
}
