import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { useState } from 'react';

import {
  type OneTimeCode as Code,
  useBlockUserMutation,
  useDeactivateUserMutation,
  useIssueRecoveryCodeMutation,
  type User,
  useReactivateUserMutation,
  useReadUserQuery,
  useUnblockUserMutation,
} from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { ProblemText } from '~/parts/ProblemText';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { SideSheet } from '~/parts/Sheet';
import { useMay } from '~/session/useSession';

import { OneTimeCode } from './OneTimeCode';
import { USER_TONES, useUserStates } from './PeoplePart';
import { PersonPermissions } from './PersonPermissions';
import { Facts, State } from './Pieces';
import classes from './System.module.css';
import { type Proven, useProven } from './useProven';

export function PersonDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <SideSheet onClose={onClose} size={560} title={<Trans>Persona</Trans>}>
      <Person id={id} />
    </SideSheet>
  );
}

function Person({ id }: { id: string }) {
  const { data, error, isFetching, refetch } = useReadUserQuery({ userId: id });
  const seesPermissions = useMay('ACC-003');
  const proven = useProven();
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={320} />;
  return (
    <>
      <About user={data} />
      <Actions user={data} proven={proven} />
      {proven.problem && <ProblemText problem={proven.problem} />}
      {seesPermissions && <PersonPermissions user={data} proven={proven} />}
      {proven.dialog}
    </>
  );
}

function About({ user }: { user: User }) {
  const { t } = useLingui();
  const format = useFormat();
  const states = useUserStates();
  return (
    <Facts
      items={[
        [t`Usuario`, user.username],
        [t`Nombre`, user.display_name === '' ? null : user.display_name],
        [
          t`Estado`,
          <State key="state" tone={USER_TONES[user.state]}>
            {states[user.state]}
          </State>,
        ],
        [t`Segmento`, user.segment ?? t`Todos`],
        [t`Contraseña`, user.has_password ? t`Puesta` : t`Todavía no la ha puesto`],
        [t`Desde`, format.dateTime(user.created_at)],
        [
          t`Última entrada`,
          user.last_signed_in_at === null ? t`Nunca` : format.dateTime(user.last_signed_in_at),
        ],
      ]}
    />
  );
}

/** What may be done to the account as a whole; nobody does it to their own. */
function Actions({ user, proven }: { user: User; proven: Proven }) {
  const { t } = useLingui();
  const functions = useAppSelector((state) => state.session.user?.functions ?? []);
  const own = useAppSelector((state) => state.session.user?.userId) === user.id;
  const [block] = useBlockUserMutation();
  const [unblock] = useUnblockUserMutation();
  const [deactivate] = useDeactivateUserMutation();
  const [reactivate] = useReactivateUserMutation();
  const [issue] = useIssueRecoveryCodeMutation();
  const [code, setCode] = useState<Code | null>(null);
  const userId = user.id;
  const actions = [
    { code: 'USR-006', on: user.state === 'active', label: t`Bloquear`, act: () => block({ userId }) },
    { code: 'USR-007', on: user.state === 'blocked', label: t`Desbloquear`, act: () => unblock({ userId }) },
    {
      code: 'USR-003',
      on: user.state !== 'inactive',
      label: t`Dar de baja`,
      act: () => deactivate({ userId }),
    },
    {
      code: 'USR-008',
      on: user.state === 'inactive',
      label: t`Reactivar`,
      act: () => reactivate({ userId }),
    },
  ].filter((action) => action.on && !own && functions.includes(action.code));
  const recover = async () => {
    const { data } = await proven.attempt(() => issue({ userId }));
    if (data) setCode(data as Code);
  };
  return (
    <>
      <div className={classes.row} style={{ marginTop: 14 }}>
        {actions.map(({ code: key, label, act }) => (
          <Button
            key={key}
            size="xs"
            variant="default"
            disabled={proven.busy}
            onClick={() => void proven.attempt(act)}
          >
            {label}
          </Button>
        ))}
        {functions.includes('AUTH-003') && !own && (
          <Button size="xs" variant="default" disabled={proven.busy} onClick={() => void recover()}>
            <Trans>Código de recuperación</Trans>
          </Button>
        )}
      </div>
      {code && <OneTimeCode code={code} />}
    </>
  );
}
