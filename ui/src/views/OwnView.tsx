import { Trans, useLingui } from '@lingui/react/macro';
import { Button, TextInput } from '@mantine/core';
import { type SubmitEvent, useId, useState } from 'react';
import { Link } from 'react-router';

import type { ViewOut } from '~/api/generated';
import { problemOf } from '~/api/problems';
import { ProblemText } from '~/parts/ProblemText';
import { useMay } from '~/session/useSession';
import { State } from '~/system/Pieces';

import { addressOf, placeOf } from './address';
import { useOpened } from './opened';
import { ShareView } from './ShareView';
import { SCREEN_PATHS, useForget, useReplace, VIEW_NAME_CHARS_MAX } from './useKept';
import { useSummary } from './useSummary';
import classes from './Views.module.css';

const SHARE_VIEWS = 'RPT-011';

interface Props {
  view: ViewOut;
  onClose: () => void;
}

/** The name of a view leads to it; below it stands what it shows. */
export function ViewLink({ view, onClose }: Props) {
  const opened = useOpened();
  const summary = useSummary();
  const place = placeOf(view.display, SCREEN_PATHS);
  if (place === null) {
    return (
      <div>
        <strong>{view.name}</strong>
        <div className={classes.soft}>
          <Trans>La hizo otro programa, que solo guardó su pregunta.</Trans>
        </div>
      </div>
    );
  }
  return (
    <div>
      <Link
        className={classes.link ?? ''}
        to={addressOf(view.id, place)}
        aria-current={opened?.view.id === view.id || undefined}
        onClick={onClose}
      >
        {view.name}
      </Link>
      <div className={classes.soft}>{summary(place)}</div>
    </div>
  );
}

export function OwnView({ view, onClose }: Props) {
  const { t } = useLingui();
  const [changing, setChanging] = useState(false);
  const partsId = useId();
  return (
    <li className={classes.item} data-own-view={view.name}>
      <div className={classes.row}>
        <ViewLink view={view} onClose={onClose} />
        <div className={classes.marks}>
          {view.is_default && (
            <State tone="good">
              <Trans>Al empezar</Trans>
            </State>
          )}
          {view.shares > 0 && (
            <State tone="none">
              <Trans>Compartida</Trans>
            </State>
          )}
          <Button
            size="compact-xs"
            variant="default"
            aria-label={t`Cambiar ${view.name}`}
            aria-expanded={changing}
            aria-controls={partsId}
            onClick={() => {
              setChanging(!changing);
            }}
          >
            <Trans>Cambiar</Trans>
          </Button>
        </div>
      </div>
      <div id={partsId} hidden={!changing}>
        {changing && <Parts view={view} />}
      </div>
    </li>
  );
}

function Parts({ view }: { view: ViewOut }) {
  const mayShare = useMay(SHARE_VIEWS);
  const { change, error, isLoading } = useReplace();
  return (
    <div className={classes.parts}>
      <Rename view={view} />
      <label className={classes.check}>
        <input
          type="checkbox"
          checked={view.is_default}
          disabled={isLoading}
          onChange={(event) => {
            void change(view, { is_default: event.currentTarget.checked });
          }}
        />
        <Trans>Empezar el día con ella</Trans>
      </label>
      {error && <ProblemText problem={problemOf(error)} />}
      {mayShare && <ShareView view={view} />}
      <Forget view={view} />
    </div>
  );
}

function Rename({ view }: { view: ViewOut }) {
  const { t } = useLingui();
  const { change, error, isLoading } = useReplace();
  const [name, setName] = useState(view.name);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void change(view, { name });
  };
  return (
    <form className={classes.named} onSubmit={submit}>
      <TextInput
        label={t`Nombre`}
        required
        withAsterisk={false}
        maxLength={VIEW_NAME_CHARS_MAX}
        autoComplete="off"
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
      />
      <Button type="submit" variant="default" loading={isLoading} disabled={name.trim() === view.name}>
        <Trans>Renombrar</Trans>
      </Button>
      {error && <ProblemText problem={problemOf(error)} />}
    </form>
  );
}

/** Two presses: a shared view goes for everybody. */
function Forget({ view }: { view: ViewOut }) {
  const { t } = useLingui();
  const { forget, error, isLoading } = useForget();
  const [sure, setSure] = useState(false);
  return (
    <div className={classes.row}>
      {sure ? (
        <>
          <span role="status">
            {view.shares > 0 ? (
              <Trans>También dejan de verla quienes la reciben.</Trans>
            ) : (
              <Trans>No se puede deshacer.</Trans>
            )}
          </span>
          <div className={classes.marks}>
            <Button size="xs" color="red" loading={isLoading} onClick={() => void forget(view)}>
              <Trans>Borrar la vista</Trans>
            </Button>
            <Button
              size="xs"
              variant="default"
              onClick={() => {
                setSure(false);
              }}
            >
              <Trans>Cancelar</Trans>
            </Button>
          </div>
        </>
      ) : (
        <Button
          size="xs"
          variant="default"
          aria-label={t`Borrar ${view.name}`}
          onClick={() => {
            setSure(true);
          }}
        >
          <Trans>Borrar</Trans>
        </Button>
      )}
      {error && <ProblemText problem={problemOf(error)} />}
    </div>
  );
}
