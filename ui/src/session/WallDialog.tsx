import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';

import { Secret, TokenFields, useNewToken } from '~/account/newToken';
import { type IssuedToken, type Token, useListTokensQuery, useRevokeTokenMutation } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { DataTable } from '~/parts/DataTable';
import { ProblemText } from '~/parts/ProblemText';
import { Dialog } from '~/parts/Sheet';
import { FailedState, Skeleton } from '~/parts/StateViews';
import { changedAddress } from '~/period/viewState';
import { useAddressParams } from '~/views/opened';

import classes from './WallDialog.module.css';

// What a wall needs to read; a display token carries nothing that writes.
const READS = ['RPT-001', 'RPT-003', 'PIP-003'];
const NONE: string[] = [];

/** Links that open this screen on a wall without a password, and the way to take them back. */
export default function WallDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`Pantallas de pared`} onClose={onClose} size={620}>
      <div className={classes.dialog}>
        <p>
          <Trans>
            Un enlace abre lo que ahora se ve, en grande y sin contraseña. Solo lee, y se puede retirar aquí
            en cualquier momento.
          </Trans>
        </p>
        <NewWall />
        <Walls />
      </div>
    </Dialog>
  );
}

function NewWall() {
  const { t } = useLingui();
  const [params] = useAddressParams();
  const held = useAppSelector((state) => state.session.user?.functions ?? NONE);
  const draft = useNewToken('display');
  const [issued, setIssued] = useState<IssuedToken | null>(null);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const token = await draft.make(READS.filter((code) => held.includes(code)));
    if (token) setIssued(token);
  };
  const view = changedAddress(params, { kiosk: true }).toString();
  return (
    <>
      <form className={classes.form} onSubmit={(event) => void submit(event)}>
        <TokenFields draft={draft} label={t`Nombre`} placeholder={t`Sala de operaciones`} />
        <Button type="submit" loading={draft.busy}>
          <Trans>Crear enlace</Trans>
        </Button>
        {draft.problem && <ProblemText problem={draft.problem} />}
        {issued && (
          <Secret
            label={t`Enlace para ${issued.name}; no se vuelve a mostrar`}
            value={`${window.location.origin}${window.location.pathname}?${view}#display=${issued.token}`}
          />
        )}
      </form>
      {draft.dialog}
    </>
  );
}

function Walls() {
  const { t } = useLingui();
  const { data, error, refetch } = useListTokensQuery();
  if (error) return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={60} />;
  const walls = data.items.filter(({ kind }) => kind === 'display');
  if (walls.length === 0) return null;
  return <WallTable walls={walls} label={t`Enlaces que están en uso`} />;
}

function WallTable({ walls, label }: { walls: Token[]; label: string }) {
  const { t } = useLingui();
  const format = useFormat();
  const [revoke] = useRevokeTokenMutation();
  return (
    <DataTable
      label={label}
      rows={walls}
      rowKey={({ id }) => id}
      columns={[
        { key: 'name', label: t`Pantalla`, cell: ({ name }) => name },
        { key: 'until', label: t`Hasta`, cell: ({ expires_at }) => format.dateTime(expires_at) },
        {
          key: 'used',
          label: t`Último uso`,
          wideOnly: true,
          cell: ({ last_used_at }) => (last_used_at ? format.dateTime(last_used_at) : t`Nunca`),
        },
        {
          key: 'revoke',
          label: <span className="visually-hidden">{t`Retirar`}</span>,
          numeric: true,
          cell: ({ id, name }) => (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t`Retirar ${name}`}
              onClick={() => void revoke({ tokenId: id })}
            >
              <Trans>Retirar</Trans>
            </Button>
          ),
        },
      ]}
    />
  );
}
