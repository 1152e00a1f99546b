import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';

import {
  type Decision,
  type GroupAssignment,
  useAssignGroupsMutation,
  useEndExceptionMutation,
  useListGroupsQuery,
  useListUserExceptionsQuery,
  useListUserGroupsQuery,
  type User,
  useReadEffectiveFunctionsQuery,
  useRevokeGroupMutation,
} from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { DataTable, type TableColumn } from '~/parts/DataTable';
import { FilterSelect } from '~/parts/FilterSelect';
import { useFunctionWords, useGroupLabel, useGroupWords } from '~/permissions/useWords';
import { useMay } from '~/session/useSession';

import { ExceptionForm } from './ExceptionForm';
import { Section, State } from './Pieces';
import classes from './System.module.css';
import type { Proven } from './useProven';

interface Props {
  user: User;
  proven: Proven;
}

export function PersonPermissions({ user, proven }: Props) {
  const own = useAppSelector((state) => state.session.user?.userId) === user.id;
  return (
    <>
      <Groups user={user} proven={proven} own={own} />
      <Exceptions user={user} proven={proven} own={own} />
      <Effective user={user} />
    </>
  );
}

/** What it is, and the code by which the interface knows it. */
function Named({ code, words }: { code: string; words: string }) {
  return (
    <>
      {words} <span className={`${classes.soft} ${classes.whole}`}>{code}</span>
    </>
  );
}

function Groups({ user, proven, own }: Props & { own: boolean }) {
  const held = useListUserGroupsQuery({ userId: user.id });
  const mayAssign = useMay('ACC-004') && !own;
  const mayRevoke = useMay('ACC-010') && !own;
  const rows = held.data?.items ?? [];
  return (
    <>
      <Section>
        <Trans>Grupos</Trans>
      </Section>
      {rows.length > 0 && <GroupsTable user={user} proven={proven} rows={rows} mayRevoke={mayRevoke} />}
      {rows.length === 0 && held.data && (
        <p className={classes.message}>
          <Trans>No está en ningún grupo: no puede hacer nada.</Trans>
        </p>
      )}
      {mayAssign && <AddGroup user={user} proven={proven} held={rows.map(({ group }) => group)} />}
    </>
  );
}

function GroupsTable({
  user,
  proven,
  rows,
  mayRevoke,
}: Props & { rows: GroupAssignment[]; mayRevoke: boolean }) {
  const { t } = useLingui();
  const format = useFormat();
  const groupWords = useGroupWords();
  const [revoke] = useRevokeGroupMutation();
  const act: TableColumn<GroupAssignment> = {
    key: 'act',
    label: <span className="visually-hidden">{t`Acciones`}</span>,
    cell: ({ group }) => (
      <Button
        size="compact-xs"
        variant="default"
        disabled={proven.busy}
        aria-label={t`Quitar ${group}`}
        onClick={() => void proven.attempt(() => revoke({ userId: user.id, group }))}
      >
        <Trans>Quitar</Trans>
      </Button>
    ),
  };
  return (
    <DataTable
      label={t`Grupos`}
      rows={rows}
      rowKey={({ group }) => group}
      columns={[
        {
          key: 'group',
          label: t`Grupo`,
          cell: ({ group, name }) => <Named code={group} words={groupWords(name)} />,
        },
        {
          key: 'until',
          label: t`Hasta`,
          cell: ({ expires_at }) => (expires_at === null ? t`Sin fin` : format.dateTime(expires_at)),
        },
        ...(mayRevoke ? [act] : []),
      ]}
    />
  );
}

function AddGroup({ user, proven, held }: Props & { held: string[] }) {
  const { t } = useLingui();
  const all = useListGroupsQuery();
  const groupLabel = useGroupLabel();
  const [assign] = useAssignGroupsMutation();
  const free = (all.data?.items ?? []).filter(({ code, active }) => active && !held.includes(code));
  if (free.length === 0) return null;
  return (
    <div className={classes.row} style={{ marginTop: 8 }}>
      <FilterSelect
        label={t`Añadir a`}
        value=""
        onChange={(group) => {
          if (group === '') return;
          void proven.attempt(() => assign({ userId: user.id, newGroupAssignments: { groups: [group] } }));
        }}
      >
        <option value="">{t`Elija un grupo`}</option>
        {free.map(({ code, name }) => (
          <option key={code} value={code}>
            {groupLabel({ code, name })}
          </option>
        ))}
      </FilterSelect>
    </div>
  );
}

function Exceptions({ user, proven, own }: Props & { own: boolean }) {
  const { t } = useLingui();
  const format = useFormat();
  const functionWords = useFunctionWords();
  const exceptions = useListUserExceptionsQuery({ userId: user.id });
  const [end] = useEndExceptionMutation();
  const mayEnd = useMay('ACC-009') && !own;
  const rows = exceptions.data?.items ?? [];
  return (
    <>
      <Section>
        <Trans>Excepciones</Trans>
      </Section>
      {rows.length === 0 && exceptions.data && (
        <p className={classes.message}>
          <Trans>Ninguna: vale lo que dicen los grupos.</Trans>
        </p>
      )}
      {rows.length > 0 && (
        <DataTable
          label={t`Excepciones`}
          rows={rows}
          rowKey={({ id }) => id}
          columns={[
            {
              key: 'function',
              label: t`Función`,
              cell: (row) => (
                <>
                  <Named code={row.function} words={functionWords(row.function)} />
                  <div className={classes.soft}>{row.justification}</div>
                </>
              ),
            },
            {
              key: 'effect',
              label: t`Efecto`,
              cell: ({ effect }) => (
                <State tone={effect === 'grant' ? 'good' : 'bad'}>
                  {effect === 'grant' ? t`Da` : t`Quita`}
                </State>
              ),
            },
            { key: 'until', label: t`Hasta`, cell: ({ expires_at }) => format.dateTime(expires_at) },
            ...(mayEnd
              ? [
                  {
                    key: 'act',
                    label: <span className="visually-hidden">{t`Acciones`}</span>,
                    cell: ({ id, function: code }: { id: string; function: string }) => (
                      <Button
                        size="compact-xs"
                        variant="default"
                        disabled={proven.busy}
                        aria-label={t`Terminar ${code}`}
                        onClick={() => void proven.attempt(() => end({ userId: user.id, exceptionId: id }))}
                      >
                        <Trans>Terminar</Trans>
                      </Button>
                    ),
                  },
                ]
              : []),
          ]}
        />
      )}
      {!own && <ExceptionForm user={user} proven={proven} />}
    </>
  );
}

/** What comes of it all, and why. */
function Effective({ user }: { user: User }) {
  const { t } = useLingui();
  const { data } = useReadEffectiveFunctionsQuery({ userId: user.id });
  const functionWords = useFunctionWords();
  const origins: Record<Decision['origin'], string> = {
    GRANTED_BY_AGR: t`por grupo`,
    GRANTED_EXCEPTIONAL: t`por excepción`,
    REVOKED_EXCEPTIONAL: t`quitada por excepción`,
    DENIED_NO_GRANT: t`nadie se la ha dado`,
  };
  if (!data) return null;
  const rows = data.decisions.filter(({ origin }) => origin !== 'DENIED_NO_GRANT');
  return (
    <>
      <Section>
        <Trans>Lo que puede hacer ({data.functions.length})</Trans>
      </Section>
      <DataTable
        label={t`Funciones efectivas`}
        rows={rows}
        rowKey={(row) => row.function}
        columns={[
          {
            key: 'function',
            label: t`Función`,
            cell: (row) => <Named code={row.function} words={functionWords(row.function)} />,
          },
          {
            key: 'why',
            label: t`Por qué`,
            cell: ({ allowed, origin, groups }) => (
              <>
                <State tone={allowed ? 'good' : 'bad'}>{allowed ? t`Sí` : t`No`}</State>{' '}
                <span className={classes.soft}>
                  {origins[origin]} {groups.join(', ')}
                </span>
              </>
            ),
          },
        ]}
      />
    </>
  );
}
