import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import { ACKNOWLEDGE, SEE_HISTORY } from '~/alerts/tray';
import type { AlertOut, ListAlertsApiArg } from '~/api/generated';
import { useListAlertRulesQuery, useListAlertsQuery } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { useNarrow } from '~/overview/useNarrow';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { FilterSelect } from '~/parts/FilterSelect';
import { Panel } from '~/parts/Panel';
import { EmptyState, NoPermission } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';
import { listState } from '~/system/listState';
import { Pages, State } from '~/system/Pieces';
import { type Change, useAddress } from '~/system/useAddress';

import { definitionIn, type Definition } from './rule';
import classes from './Rules.module.css';
import { NARROW_PX, POLL } from './RulesPart';
import { SeverityMark } from './SeverityMark';
import { TakeAlertDialog } from './TakeAlertDialog';
import { useRuleWords } from './useRuleWords';
import { conditionText, measuredText, plainText } from './words';

const PAGE_ROWS = 50;

function askedOf(params: URLSearchParams, mayHistory: boolean): ListAlertsApiArg {
  return {
    state: params.get('state') ?? (mayHistory ? 'all' : 'open'),
    ruleId: params.get('rule'),
    cursor: params.get('cursor'),
    limit: PAGE_ROWS,
  };
}

/** Alerts that are open and that were, and who took care of them. */
export function AlertsPart() {
  const { t } = useLingui();
  const [params, change] = useAddress();
  const mayHistory = useMay(SEE_HISTORY);
  const asked = askedOf(params, mayHistory);
  const refused = asked.state === 'all' && !mayHistory;
  const alerts = useListAlertsQuery(asked, { ...POLL, skip: refused });
  const rows = alerts.data?.items ?? [];
  if (refused) return <NoPermission functions={SEE_HISTORY} />;
  return (
    <div className={classes.stack}>
      <Filters asked={asked} change={change} mayHistory={mayHistory} />
      <Panel
        area="alerts"
        title={<Trans>Alertas</Trans>}
        caption={
          mayHistory ? (
            <Trans>Las más nuevas primero. Terminan solas cuando su condición deja de cumplirse.</Trans>
          ) : (
            <Trans>Las que están abiertas, las más nuevas primero.</Trans>
          )
        }
        state={listState(alerts, rows.length === 0)}
        height={280}
        empty={
          <EmptyState title={<Trans>No hay alertas</Trans>}>
            <Trans>Ninguna regla ha encontrado nada de lo que aquí se pide.</Trans>
          </EmptyState>
        }
        table={() => (
          <>
            <AlertsTable label={t`Alertas`} rows={rows} />
            <Pages cursor={params.get('cursor')} next={alerts.data?.next_cursor ?? null} change={change} />
          </>
        )}
      />
    </div>
  );
}

interface FiltersProps {
  asked: ListAlertsApiArg;
  change: Change;
  mayHistory: boolean;
}

function Filters({ asked, change, mayHistory }: FiltersProps) {
  const { t } = useLingui();
  const { data } = useListAlertRulesQuery();
  const rules = data?.items ?? [];
  const rule = asked.ruleId ?? '';
  const gone = rule !== '' && !rules.some(({ id }) => id === rule);
  return (
    <div className={classes.filters} role="group" aria-label={t`Qué alertas`}>
      {mayHistory && (
        <FilterSelect
          label={t`Estado`}
          value={asked.state ?? 'all'}
          onChange={(state) => {
            change({ state: state === 'all' ? null : state, cursor: null });
          }}
        >
          <option value="all">{t`Todas`}</option>
          <option value="open">{t`Abiertas`}</option>
        </FilterSelect>
      )}
      <FilterSelect
        label={t`Regla`}
        value={rule}
        onChange={(value) => {
          change({ rule: value, cursor: null });
        }}
      >
        <option value="">{t`Todas`}</option>
        {gone && <option value={rule}>{t`Una que ya no existe`}</option>}
        {rules.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </FilterSelect>
    </div>
  );
}

function AlertsTable({ label, rows }: { label: string; rows: AlertOut[] }) {
  const { t } = useLingui();
  const mayTake = useMay(ACKNOWLEDGE);
  const [taken, setTaken] = useState<AlertOut | null>(null);
  const narrow = useNarrow(NARROW_PX);
  const care: TableColumn<AlertOut> = {
    key: 'taken',
    label: t`Atención`,
    cell: (alert) => <Care alert={alert} {...(mayTake && { onTake: setTaken })} />,
  };
  const wide: TableColumn<AlertOut>[] = [
    { key: 'alert', label: t`Alerta`, cell: (alert) => <What alert={alert} /> },
    { key: 'value', label: t`Valor`, cell: (alert) => <Value alert={alert} /> },
    { key: 'when', label: t`Cuándo`, cell: (alert) => <When alert={alert} /> },
    care,
  ];
  const one: TableColumn<AlertOut> = {
    key: 'alert',
    label: t`Alerta`,
    cell: (alert) => (
      <What alert={alert}>
        <When alert={alert} />
        <div>
          {t`Valor`}: <Value alert={alert} />
        </div>
      </What>
    ),
  };
  return (
    <>
      <DataTable label={label} rows={rows} rowKey={({ id }) => id} columns={narrow ? [one, care] : wide} />
      {taken && (
        <TakeAlertDialog
          alert={taken}
          onClose={() => {
            setTaken(null);
          }}
        />
      )}
    </>
  );
}

function What({ alert, children }: { alert: AlertOut; children?: ReactNode }) {
  const { words } = useRuleWords();
  return (
    <div className={classes.rule} data-alert-row={alert.rule_name}>
      <div className={classes.line}>
        <strong>{alert.rule_name}</strong>
        <SeverityMark severity={alert.severity} />
      </div>
      <div className={classes.condition}>{conditionText(definitionIn(alert), words)}</div>
      {children}
    </div>
  );
}

function Value({ alert }: { alert: AlertOut }) {
  const format = useFormat();
  const { words } = useRuleWords();
  const definition: Definition = definitionIn(alert);
  const before =
    definition.kind === 'missing_data' || alert.reference === null
      ? null
      : plainText(definition.metric, alert.reference, words, format);
  return (
    <>
      {measuredText(definition, alert.value, words, format)}
      {before !== null && (
        <div className={classes.soft}>
          <Trans>frente a {before}</Trans>
        </div>
      )}
    </>
  );
}

function When({ alert: { opened_at: opened, resolved_at: ended } }: { alert: AlertOut }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <div className={classes.states}>
      <State tone={ended === null ? 'bad' : 'none'}>{ended === null ? t`Abierta` : t`Terminada`}</State>
      <span>{format.dateTime(opened)}</span>
      {ended !== null && (
        <span className={classes.soft}>
          <Trans>hasta {format.dateTime(ended)}</Trans>
        </span>
      )}
    </div>
  );
}

function Care({ alert, onTake }: { alert: AlertOut; onTake?: (alert: AlertOut) => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const { rule_name: name, acknowledged_at: at, acknowledged_by: by, note } = alert;
  if (at === null) {
    if (!onTake) return <Trans>Nadie todavía</Trans>;
    return (
      <Button
        size="xs"
        variant="default"
        aria-label={t`Atender ${name}`}
        onClick={() => {
          onTake(alert);
        }}
      >
        <Trans>Atender</Trans>
      </Button>
    );
  }
  return (
    <>
      {by}
      <div className={classes.soft}>{format.dateTime(at)}</div>
      {note !== null && note !== '' && <div className={classes.condition}>{note}</div>}
    </>
  );
}
