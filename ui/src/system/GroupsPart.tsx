import { Trans, useLingui } from '@lingui/react/macro';

import { useListGroupsQuery, useListSeparationRulesQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { useFunctionWords, useGroupWords } from '~/permissions/useWords';
import { Said } from '~/sentences/Said';

import { listState } from './listState';
import { State } from './Pieces';
import classes from './System.module.css';

const SEE_RULES = ['ACC-005', 'ACC-011', 'ACC-012'];

export function GroupsPart() {
  const { t } = useLingui();
  const format = useFormat();
  const groupWords = useGroupWords();
  const groups = useListGroupsQuery();
  const rows = groups.data?.items ?? [];
  return (
    <div className={classes.stack}>
      <Panel
        area="groups"
        title={<Trans>Grupos</Trans>}
        caption={<Trans>Lo que da cada grupo. Se asignan al abrir una persona.</Trans>}
        state={listState(groups, rows.length === 0)}
        height={280}
        empty={<EmptyState title={<Trans>No hay grupos</Trans>} />}
        table={() => (
          <DataTable
            label={t`Grupos`}
            rows={rows}
            rowKey={({ code }) => code}
            columns={[
              {
                key: 'code',
                label: t`Grupo`,
                cell: ({ code, name }) => (
                  <>
                    {code}
                    <div className={`${classes.soft} ${classes.inOneLine}`}>{groupWords(name)}</div>
                  </>
                ),
              },
              {
                key: 'state',
                label: t`Estado`,
                cell: ({ active }) => (
                  <State tone={active ? 'good' : 'none'}>{active ? t`Vigente` : t`Apagado`}</State>
                ),
              },
              {
                key: 'count',
                label: t`Funciones`,
                numeric: true,
                cell: ({ functions }) => format.integer(functions.length),
              },
              {
                key: 'functions',
                label: t`Cuáles`,
                wideOnly: true,
                cell: ({ functions }) => <Functions codes={functions} />,
              },
            ]}
          />
        )}
      />
      <Rules />
    </div>
  );
}

function Rules() {
  const { t } = useLingui();
  const may = useAppSelector((state) =>
    SEE_RULES.some((code) => state.session.user?.functions.includes(code)),
  );
  const rules = useListSeparationRulesQuery(undefined, { skip: !may });
  if (!may) return null;
  const rows = rules.data?.items ?? [];
  return (
    <Panel
      area="rules"
      title={<Trans>Separación de funciones</Trans>}
      caption={<Trans>Nadie tiene a la vez algo de un lado y algo del otro.</Trans>}
      state={listState(rules, rows.length === 0)}
      height={140}
      empty={<EmptyState title={<Trans>No hay reglas</Trans>} />}
      table={() => (
        <DataTable
          label={t`Separación de funciones`}
          rows={rows}
          rowKey={({ code }) => code}
          columns={[
            {
              key: 'code',
              label: t`Regla`,
              cell: ({ code, name }) => (
                <>
                  {code}
                  <div className={classes.soft}>
                    <Said own sentence={name} />
                  </div>
                </>
              ),
            },
            {
              key: 'state',
              label: t`Estado`,
              cell: ({ active }) => (
                <State tone={active ? 'good' : 'none'}>{active ? t`Vigente` : t`Apagada`}</State>
              ),
            },
            {
              key: 'a',
              label: t`Un lado`,
              wideOnly: true,
              cell: ({ side_a }) => <Functions codes={side_a} />,
            },
            {
              key: 'b',
              label: t`El otro`,
              wideOnly: true,
              cell: ({ side_b }) => <Functions codes={side_b} />,
            },
          ]}
        />
      )}
    />
  );
}

/** What each lets a person do; its code, by which the interface knows it, is told where one points. */
function Functions({ codes }: { codes: string[] }) {
  const words = useFunctionWords();
  return (
    <ul className={classes.functions}>
      {codes.map((code) => (
        <li key={code} title={code}>
          {words(code)}
        </li>
      ))}
    </ul>
  );
}
