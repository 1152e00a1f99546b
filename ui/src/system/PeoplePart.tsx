import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import { type ListUsersApiArg, type User, useListUsersQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { FilterInput } from '~/parts/FilterInput';
import { FilterSelect } from '~/parts/FilterSelect';
import { Panel } from '~/parts/Panel';
import { EmptyState } from '~/parts/StateViews';
import { useMay } from '~/session/useSession';

import { listState } from './listState';
import { NewPersonDialog } from './NewPersonDialog';
import { PersonDrawer } from './PersonDrawer';
import { Pages, State, type Tone } from './Pieces';
import classes from './System.module.css';
import { type Change, useAddress } from './useAddress';

const PAGE_ROWS = 50;
const STATES = ['active', 'blocked', 'inactive'] as const;
export const USER_TONES: Record<User['state'], Tone> = { active: 'good', blocked: 'bad', inactive: 'none' };

export function useUserStates(): Record<User['state'], string> {
  const { t } = useLingui();
  return { active: t`Activa`, blocked: t`Bloqueada`, inactive: t`Inactiva` };
}

export function PeoplePart() {
  const [params, change] = useAddress();
  const maySearch = useMay('USR-005');
  const person = params.get('person');
  return (
    <div className={classes.stack}>
      <Filters params={params} change={change} maySearch={maySearch} />
      <PeoplePanel params={params} change={change} maySearch={maySearch} />
      {person !== null && (
        <PersonDrawer
          id={person}
          onClose={() => {
            change({ person: null });
          }}
        />
      )}
    </div>
  );
}

function askedOf(params: URLSearchParams, maySearch: boolean): ListUsersApiArg {
  return {
    search: maySearch ? params.get('search') : null,
    state: STATES.find((each) => each === params.get('state')) ?? null,
    cursor: params.get('cursor'),
    limit: PAGE_ROWS,
  };
}

function PeoplePanel({ params, change, maySearch }: FiltersProps) {
  const mayList = useMay('USR-004');
  const asked = askedOf(params, maySearch);
  // Who may search but not list is shown only what was searched for.
  const silent = !mayList && asked.search === null;
  const users = useListUsersQuery(asked, { skip: silent });
  const rows = users.data?.items ?? [];
  return (
    <Panel
      area="people"
      title={<Trans>Personas</Trans>}
      caption={<Trans>Quién puede entrar; lo que puede hacer cada quien se ve al abrirla.</Trans>}
      state={
        silent
          ? { ...listState(users, true), loading: false, empty: true }
          : listState(users, rows.length === 0)
      }
      height={280}
      empty={
        <EmptyState title={<Trans>Nadie que mostrar</Trans>}>
          {silent ? (
            <Trans>Escriba un nombre para buscar.</Trans>
          ) : (
            <Trans>Ninguna persona cumple lo que se pide.</Trans>
          )}
        </EmptyState>
      }
      table={() => (
        <>
          <PeopleTable
            rows={rows}
            open={(id) => {
              change({ person: id });
            }}
          />
          <Pages cursor={params.get('cursor')} next={users.data?.next_cursor ?? null} change={change} />
        </>
      )}
    />
  );
}

interface FiltersProps {
  params: URLSearchParams;
  change: Change;
  maySearch: boolean;
}

function Filters({ params, change, maySearch }: FiltersProps) {
  const { t } = useLingui();
  const states = useUserStates();
  const mayCreate = useMay('USR-001');
  const [creating, setCreating] = useState(false);
  return (
    <div className={classes.filters} role="group" aria-label={t`Qué personas`}>
      {maySearch && (
        <FilterInput
          label={t`Buscar`}
          value={params.get('search') ?? ''}
          onCommit={(search) => {
            change({ search, cursor: null });
          }}
        />
      )}
      <FilterSelect
        label={t`Estado`}
        value={params.get('state') ?? ''}
        onChange={(state) => {
          change({ state, cursor: null });
        }}
      >
        <option value="">{t`Todos`}</option>
        {STATES.map((state) => (
          <option key={state} value={state}>
            {states[state]}
          </option>
        ))}
      </FilterSelect>
      {mayCreate && (
        <Button
          size="xs"
          data-opens="person"
          onClick={() => {
            setCreating(true);
          }}
        >
          <Trans>Nueva persona</Trans>
        </Button>
      )}
      {creating && (
        <NewPersonDialog
          onClose={() => {
            setCreating(false);
          }}
        />
      )}
    </div>
  );
}

function PeopleTable({ rows, open }: { rows: User[]; open: (id: string) => void }) {
  const { t } = useLingui();
  const format = useFormat();
  const states = useUserStates();
  return (
    <DataTable
      label={t`Personas`}
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'name',
          label: t`Nombre`,
          cell: (user) => (
            <>
              <button
                type="button"
                className={classes.link}
                data-person={user.username}
                onClick={() => {
                  open(user.id);
                }}
              >
                {user.username}
              </button>
              {user.display_name !== '' && <div className={classes.soft}>{user.display_name}</div>}
            </>
          ),
        },
        {
          key: 'state',
          label: t`Estado`,
          cell: ({ state }) => <State tone={USER_TONES[state]}>{states[state]}</State>,
        },
        { key: 'segment', label: t`Segmento`, wideOnly: true, cell: ({ segment }) => segment ?? t`Todos` },
        {
          key: 'last',
          label: t`Última entrada`,
          cell: ({ last_signed_in_at: last }) => (last === null ? t`Nunca` : format.dateTime(last)),
        },
      ]}
    />
  );
}
