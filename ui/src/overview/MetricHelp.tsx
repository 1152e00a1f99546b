import { Trans, useLingui } from '@lingui/react/macro';
import { Popover } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import { type QueryAnswer, useReadCatalogQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useFormat } from '~/format/useFormat';
import { HelpIcon } from '~/parts/icons';
import { Skeleton } from '~/parts/StateViews';

import classes from './MetricHelp.module.css';
import { useScope } from './scope';

/** Of what is estimated, where no answer says how far it may be off. */
const SKETCH_ERROR = 0.02;

interface Props {
  /** Names of the catalogue; the first is the number itself. */
  metrics: string[];
  name: string;
  /** When the number is made here from several of them. */
  formula?: ReactNode;
  note?: ReactNode;
  /** What the number was taken from: whether it is exact is known of an answer, not of a metric. */
  answer?: QueryAnswer | undefined;
}

/** What stands behind a number: said by the catalogue, not by this page. */
export function MetricHelp({ metrics, name, formula, note, answer }: Props) {
  const { t } = useLingui();
  const [opened, setOpened] = useState(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      width={340}
      position="bottom-start"
      withArrow
      shadow="md"
      withinPortal
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.button}
          aria-label={t`Qué es: ${name}`}
          onClick={() => {
            setOpened(!opened);
          }}
          onKeyDown={(event) => {
            // The focus stays here: there is nothing to press inside.
            if (event.key === 'Escape') setOpened(false);
          }}
        >
          <HelpIcon />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <div className={classes.card}>
          <strong>{name}</strong>
          {metrics.map((metric) => (
            <Definition key={metric} metric={metric} named={metrics.length > 1} answer={answer} />
          ))}
          {formula && (
            <p>
              <Trans>Aquí: {formula}</Trans>
            </p>
          )}
          {note && <p>{note}</p>}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}

function Definition({
  metric,
  named,
  answer,
}: {
  metric: string;
  named: boolean;
  answer: QueryAnswer | undefined;
}) {
  const { kind } = useScope();
  const language = useAppSelector((state) => state.preferences.language);
  const { data } = useReadCatalogQuery({});
  if (!data) return <Skeleton height={60} />;
  const form = data.metrics
    .find(({ name }) => name === metric)
    ?.forms.find((each) => each.source_kind === kind);
  if (!form) return null;
  return (
    <div className={classes.definition}>
      {named && <code>{metric}</code>}
      <p>{form.definition[language]}</p>
      <dl>
        <dt>
          <Trans>Fórmula</Trans>
        </dt>
        <dd>
          <code>{language === 'es' ? form.formula_es : form.formula}</code>
        </dd>
        <dt>
          <Trans>Fuente</Trans>
        </dt>
        <dd>
          {kind === 'legacy' ? (
            <Trans>IVR, tablas trimestrales</Trans>
          ) : (
            <Trans>Asterisk, eventos de cola</Trans>
          )}
        </dd>
        <dt>
          <Trans>Versión</Trans>
        </dt>
        <dd>{form.version}</dd>
        <dt>
          <Trans>Exactitud</Trans>
        </dt>
        <dd>
          <Exactness metric={metric} usual={form.exact} answer={answer} />
        </dd>
      </dl>
    </div>
  );
}

/** Of this number where its answer is at hand, else of its kind. */
function Exactness({
  metric,
  usual,
  answer,
}: {
  metric: string;
  usual: boolean;
  answer: QueryAnswer | undefined;
}) {
  const { percent } = useFormat();
  const told = answer?.columns.find(({ kind, name }) => kind === 'metric' && name === metric);
  const error = percent(told?.error ?? SKETCH_ERROR);
  return (told?.exact ?? usual) ? (
    <Trans>Exacta</Trans>
  ) : (
    <Trans>Aproximada, error de {error} como mucho</Trans>
  );
}
