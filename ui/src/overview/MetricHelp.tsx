import { Trans, useLingui } from '@lingui/react/macro';
import { Popover } from '@mantine/core';
import { type ReactNode, useState } from 'react';

import { useReadCatalogQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { HelpIcon } from '~/parts/icons';
import { Skeleton } from '~/parts/StateViews';

import classes from './MetricHelp.module.css';
import { useScope } from './scope';

interface Props {
  /** Names of the catalogue; the first is the number itself. */
  metrics: string[];
  name: string;
  /** When the number is made here from several of them. */
  formula?: ReactNode;
  note?: ReactNode;
}

/** What stands behind a number: said by the catalogue, not by this page. */
export function MetricHelp({ metrics, name, formula, note }: Props) {
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
            <Definition key={metric} metric={metric} named={metrics.length > 1} />
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

function Definition({ metric, named }: { metric: string; named: boolean }) {
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
        <dd>{form.exact ? <Trans>Exacta</Trans> : <Trans>Aproximada, error de 2 % como mucho</Trans>}</dd>
      </dl>
    </div>
  );
}
