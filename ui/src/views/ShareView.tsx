import { Trans, useLingui } from '@lingui/react/macro';
import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { type ShareOut, useListGroupsQuery, type ViewOut } from '~/api/generated';
import { useListViewSharesQuery, useShareViewMutation, useUnshareViewMutation } from '~/api/office';
import { type Problem, problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { Segmented } from '~/parts/Segmented';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { useGroupLabel } from '~/permissions/useWords';
import { useMayAny } from '~/session/useSession';

import classes from './Views.module.css';

const SEE_GROUPS = ['ACC-003', 'ACC-004', 'ACC-006', 'ACC-007'];
const GROUP_PATTERN = 'AGR-[0-9]{3}';
const USERNAME_CHARS_MAX = 200;
type Whom = 'username' | 'group';

/** Whom a view of one's own is shared with: people by their username, or whole groups. */
export function ShareView({ view }: { view: ViewOut }) {
  const { t } = useLingui();
  return (
    <section className={classes.share} aria-label={t`Compartir ${view.name}`}>
      <h4>
        <Trans>Compartida con</Trans>
      </h4>
      <Shares viewId={view.id} />
      <AddShare viewId={view.id} />
    </section>
  );
}

function Shares({ viewId }: { viewId: string }) {
  const { data, error, isFetching, refetch } = useListViewSharesQuery({ viewId });
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={30} />;
  if (data.items.length === 0) {
    return (
      <p className={classes.soft}>
        <Trans>Nadie. Quien la reciba la verá con los datos de su propio segmento.</Trans>
      </p>
    );
  }
  return (
    <ul className={classes.shares}>
      {data.items.map((share) => (
        <Share key={share.id} viewId={viewId} share={share} />
      ))}
    </ul>
  );
}

function Share({ viewId, share: { id, username, group } }: { viewId: string; share: ShareOut }) {
  const { t } = useLingui();
  const [unshare, { error, isLoading }] = useUnshareViewMutation();
  const name = username ?? group ?? '';
  return (
    <li className={classes.row}>
      <span>{name}</span>
      <Button
        size="compact-xs"
        variant="default"
        loading={isLoading}
        aria-label={t`Retirar ${name}`}
        onClick={() => void unshare({ viewId, shareId: id })}
      >
        <Trans>Retirar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </li>
  );
}

function AddShare({ viewId }: { viewId: string }) {
  const { t } = useLingui();
  const [share, { error, isLoading, reset }] = useShareViewMutation();
  const [whom, setWhom] = useState<Whom>('username');
  const [name, setName] = useState('');
  const change = (value: string) => {
    setName(value);
    if (error) reset();
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { data } = await share({ viewId, shareIn: { [whom]: name.trim() } });
    if (data) setName('');
  };
  return (
    <form className={classes.form} onSubmit={(event) => void submit(event)}>
      <Segmented
        small
        label={t`Con quién`}
        value={whom}
        options={[
          { value: 'username', label: t`Persona` },
          { value: 'group', label: t`Grupo` },
        ]}
        onChange={(value) => {
          setWhom(value);
          change('');
        }}
      />
      <div className={classes.named}>
        {whom === 'group' ? (
          <GroupField value={name} onChange={change} />
        ) : (
          <TextInput
            label={t`Usuario`}
            required
            withAsterisk={false}
            maxLength={USERNAME_CHARS_MAX}
            autoComplete="off"
            autoCapitalize="none"
            value={name}
            onChange={(event) => {
              change(event.currentTarget.value);
            }}
          />
        )}
        <Button type="submit" variant="default" loading={isLoading}>
          <Trans>Compartir</Trans>
        </Button>
      </div>
      {error && <Refusal problem={problemOf(error)} />}
    </form>
  );
}

/** By their names where the person may see the groups, else by the code that somebody told them. */
function GroupField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useLingui();
  const maySee = useMayAny(SEE_GROUPS);
  const groupLabel = useGroupLabel();
  const { data } = useListGroupsQuery(undefined, { skip: !maySee });
  if (!data) {
    return (
      <TextInput
        label={t`Grupo`}
        placeholder="AGR-001"
        pattern={GROUP_PATTERN}
        required
        withAsterisk={false}
        autoComplete="off"
        value={value}
        onChange={(event) => {
          onChange(event.currentTarget.value.toUpperCase());
        }}
      />
    );
  }
  return (
    <NativeSelect
      label={t`Grupo`}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
    >
      <option value="">{t`Elija un grupo`}</option>
      {data.items
        .filter(({ active }) => active)
        .map(({ code, name }) => (
          <option key={code} value={code}>
            {groupLabel({ code, name })}
          </option>
        ))}
    </NativeSelect>
  );
}

/** What is wrong with a share is seldom more than a name. */
function Refusal({ problem }: { problem: Problem }) {
  const { t } = useLingui();
  const field = problem.status === 422 ? problem.fields[0]?.param : undefined;
  const own = field === 'username' && problem.fields[0]?.detail.includes('your own');
  const known: Record<string, string> = {
    username: own ? t`Esa vista ya es suya.` : t`No hay ninguna persona activa con ese usuario.`,
    group: t`No hay ningún grupo activo con esa clave.`,
    'urn:iact:problem:shared-already': t`Ya la ve.`,
    'urn:iact:problem:too-many-shares': t`Ya está compartida 50 veces; compártala con un grupo.`,
  };
  const sentence = known[field ?? problem.type ?? ''];
  return sentence === undefined ? <ProblemText problem={problem} /> : <div role="alert">{sentence}</div>;
}
