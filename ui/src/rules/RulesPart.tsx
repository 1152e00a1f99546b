import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

import type { AlertRuleOut } from '~/api/generated';
import { useListAlertRulesQuery } from '~/api/office';
import { useFormat } from '~/format/useFormat';
import { useNarrow } from '~/overview/useNarrow';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { Said } from '~/sentences/Said';
import { useMay } from '~/session/useSession';
import { listState } from '~/system/listState';
import { State } from '~/system/Pieces';
import { useAddress } from '~/system/useAddress';

import { definitionIn, EDIT_RULES } from './rule';
import { RuleActions } from './RuleActions';
import classes from './Rules.module.css';
import { RuleSheet } from './RuleSheet';
import { SeverityMark } from './SeverityMark';
import { useRuleWords } from './useRuleWords';
import { conditionText, measuredText } from './words';

export const POLL_MS = 15_000; // a rule is evaluated within ten seconds of being made
export const POLL = { pollingInterval: POLL_MS, skipPollingIfUnfocused: true };
export const NARROW_PX = 640; // below it a row is a card: columns would be a word wide

export function RulesPart() {
  const { t } = useLingui();
  const [params, change] = useAddress();
  const mayEdit = useMay(EDIT_RULES);
  const rules = useListAlertRulesQuery(undefined, POLL);
  const rows = rules.data?.items ?? [];
  const edited = params.get('edit');
  const edit = (id: string | null) => {
    change({ edit: id });
  };
  const make = mayEdit && (
    <Button
      size="xs"
      onClick={() => {
        edit('new');
      }}
    >
      <Trans>Nueva regla</Trans>
    </Button>
  );
  return (
    <div className={classes.stack}>
      <Panel
        area="rules"
        title={<Trans>Reglas</Trans>}
        caption={
          <Trans>
            Se evalúan cuando llegan datos. Avisan aquí, en la campana; nada sale de la aplicación. Como mucho
            50 por persona.
          </Trans>
        }
        controls={rows.length > 0 && make}
        state={listState(rules, rows.length === 0)}
        height={280}
        empty={
          <EmptyState title={<Trans>No hay reglas</Trans>}>
            <p>
              <Trans>
                Una regla vigila una métrica, su cambio frente a otro periodo, o que sigan llegando datos.
              </Trans>
            </p>
            {make && <div className={classes.first}>{make}</div>}
          </EmptyState>
        }
        table={() => <RulesTable label={t`Reglas`} rows={rows} edit={edit} />}
      />
      {edited !== null && rules.data && (
        <RuleSheet
          key={edited}
          rule={rows.find(({ id, own }) => own && id === edited) ?? null}
          fresh={edited === 'new'}
          onClose={() => {
            edit(null);
          }}
        />
      )}
    </div>
  );
}

type Edit = (id: string) => void;

function RulesTable({ label, rows, edit }: { label: string; rows: AlertRuleOut[]; edit: Edit }) {
  const { t } = useLingui();
  const narrow = useNarrow(NARROW_PX);
  const last = (rule: AlertRuleOut) => <LastAlert rule={rule} />;
  const stand = (rule: AlertRuleOut) => <RuleState rule={rule} />;
  const act = (rule: AlertRuleOut) => <RuleActions rule={rule} edit={edit} />;
  const wide: TableColumn<AlertRuleOut>[] = [
    { key: 'rule', label: t`Regla`, cell: (rule) => <Rule rule={rule} /> },
    { key: 'state', label: t`Estado`, cell: stand },
    { key: 'evaluated', label: t`Última evaluación`, cell: (rule) => <Evaluated rule={rule} /> },
    { key: 'last', label: t`Última alerta`, cell: last },
    {
      key: 'act',
      label: <span className="visually-hidden">{t`Acciones`}</span>,
      numeric: true,
      cell: act,
    },
  ];
  const one: TableColumn<AlertRuleOut> = {
    key: 'rule',
    label: t`Regla`,
    cell: (rule) => (
      <Rule rule={rule}>
        {stand(rule)}
        <dl className={classes.facts}>
          <dt>{t`Última evaluación`}</dt>
          <dd>
            <Evaluated rule={rule} />
          </dd>
          <dt>{t`Última alerta`}</dt>
          <dd>{last(rule)}</dd>
        </dl>
        {act(rule)}
      </Rule>
    ),
  };
  return <DataTable label={label} rows={rows} rowKey={({ id }) => id} columns={narrow ? [one] : wide} />;
}

function Rule({ rule, children }: { rule: AlertRuleOut; children?: ReactNode }) {
  const { words } = useRuleWords();
  const { name, owner, own, group } = rule;
  return (
    <div className={classes.rule} data-rule={name}>
      <div className={classes.line}>
        <strong>{name}</strong>
        <SeverityMark severity={rule.severity} />
      </div>
      <div className={classes.condition}>{conditionText(definitionIn(rule), words)}</div>
      {(!own || group !== null) && (
        <div className={classes.soft}>
          {!own && <Trans>De {owner}</Trans>}
          {!own && group !== null && ' · '}
          {group !== null && <Trans>Grupo {group}</Trans>}
        </div>
      )}
      {children}
    </div>
  );
}

function RuleState({ rule }: { rule: AlertRuleOut }) {
  const { t } = useLingui();
  const names = { active: t`Activa`, paused: t`En pausa`, disabled: t`Desactivada` };
  return (
    <div className={classes.states}>
      <State tone={rule.state === 'active' ? 'good' : 'none'}>{names[rule.state]}</State>
      {rule.firing && (
        <Link className={classes.firing} to={`?part=alerts&rule=${rule.id}`}>
          <Trans>Alerta abierta</Trans>
        </Link>
      )}
      {rule.detail !== null && (
        <div className={classes.soft}>
          <Said sentence={rule.detail} />
        </div>
      )}
    </div>
  );
}

function Evaluated({ rule }: { rule: AlertRuleOut }) {
  const format = useFormat();
  const { words } = useRuleWords();
  if (rule.evaluated_at === null) return <Trans>Todavía no</Trans>;
  return (
    <>
      {format.dateTime(rule.evaluated_at)}
      {rule.value !== null && (
        <div className={classes.soft}>
          <Trans>Valor {measuredText(definitionIn(rule), rule.value, words, format)}</Trans>
        </div>
      )}
    </>
  );
}

function LastAlert({ rule }: { rule: AlertRuleOut }) {
  const format = useFormat();
  if (rule.last_alert_at === null) return <Trans>Ninguna</Trans>;
  return <Link to={`?part=alerts&rule=${rule.id}`}>{format.dateTime(rule.last_alert_at)}</Link>;
}
