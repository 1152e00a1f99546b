// A block of the page: title, what it says in one sentence, the drawing, the same as a table, and as a file.
import { Trans, useLingui } from '@lingui/react/macro';
import { type CSSProperties, type ReactNode, useEffect, useId, useRef, useState } from 'react';

import type { Problem } from '~/api/problems';
import { loadEngine } from '~/charts/load';

import { type Drawing, DrawingContext } from './drawing';
import { ChartIcon, TableIcon } from './icons';
import classes from './Panel.module.css';
import { PngButton } from './PngButton';
import { ScrollRegion } from './ScrollRegion';
import { FailedState, Skeleton } from './StateViews';

interface Props {
  title: ReactNode;
  /** One sentence made from the same numbers. */
  caption?: ReactNode;
  help?: ReactNode;
  controls?: ReactNode;
  legend?: ReactNode;
  state: PanelState;
  /** Of the body; the skeleton has it too, so nothing jumps. */
  height: number;
  empty: ReactNode;
  chart?: () => ReactNode;
  table: () => ReactNode;
  csv?: ReactNode;
  area: string;
  /** Opens as the table: a drawing that has no room here. */
  tableFirst?: boolean;
  /** Of the picture, without the ending. */
  fileName?: string;
}

export interface PanelState {
  loading: boolean;
  /** New numbers are on their way, the old ones are still true of what they say. */
  renewing: boolean;
  problem: Problem | null;
  empty: boolean;
  retry: () => void;
}

export function Panel(props: Props) {
  const { state, height, chart, area, tableFirst = false } = props;
  const [chosen, setChosen] = useState<boolean | null>(null);
  const asTable = chosen ?? tableFirst;
  const drawing: Drawing = useRef(null);
  const draws = chart !== undefined;
  useEffect(() => {
    if (draws) loadEngine().catch(() => undefined);
  }, [draws]);
  const titleId = useId();
  const ready = !state.loading && !state.problem && !state.empty;
  const showTable = !chart || asTable;
  return (
    <figure
      className={classes.panel}
      style={{ gridArea: area }}
      aria-labelledby={titleId}
      aria-busy={state.loading || state.renewing}
      data-renewing={state.renewing || undefined}
      data-panel={area}
    >
      <Head
        {...props}
        titleId={titleId}
        ready={ready}
        asTable={asTable}
        drawing={drawing}
        onToggle={() => {
          setChosen(!asTable);
        }}
      />
      <Caption {...props} ready={ready} showTable={showTable} />
      <div
        className={classes.body}
        style={{ '--height': `${height}px` } as CSSProperties}
        data-table={(ready && showTable) || undefined}
      >
        <DrawingContext value={drawing}>
          <Body {...props} showTable={showTable} titleId={titleId} />
        </DrawingContext>
      </div>
    </figure>
  );
}

interface HeadProps extends Props {
  titleId: string;
  ready: boolean;
  asTable: boolean;
  drawing: Drawing;
  onToggle: () => void;
}

function Head(props: HeadProps) {
  const { title, titleId, help, controls, chart, csv, ready, asTable, drawing, onToggle, area, fileName } =
    props;
  const { t } = useLingui();
  return (
    <div className={classes.head}>
      <h2 id={titleId} className={classes.title}>
        {title}
      </h2>
      {help}
      <div className={classes.actions}>
        {controls}
        <span className={classes.together}>
          {chart && (
            <button
              type="button"
              className={classes.action}
              aria-pressed={asTable}
              disabled={!ready}
              title={asTable ? t`Ver como gráfica` : t`Ver como tabla`}
              aria-label={t`Ver como tabla`}
              onClick={onToggle}
            >
              {asTable ? <ChartIcon /> : <TableIcon />}
            </button>
          )}
          {chart && ready && !asTable && (
            <PngButton fileName={fileName ?? `iact-${area}`} draw={() => drawing.current?.() ?? null} />
          )}
          {csv}
        </span>
      </div>
    </div>
  );
}

function Caption({
  caption,
  legend,
  state,
  ready,
  showTable,
}: Props & { ready: boolean; showTable: boolean }) {
  return (
    <>
      <figcaption className={classes.caption}>
        {state.loading && <Skeleton height={14} width="55%" />}
        {ready && caption}
      </figcaption>
      {legend && !showTable && ready && <div className={classes.legend}>{legend}</div>}
    </>
  );
}

function Body({
  state,
  height,
  empty,
  chart,
  showTable,
  titleId,
  table,
}: Props & { showTable: boolean; titleId: string }) {
  if (state.loading) return <Skeleton height={height} />;
  if (state.problem) return <FailedState problem={state.problem} onRetry={state.retry} />;
  if (state.empty) return <>{empty}</>;
  if (!showTable && chart) return <>{chart()}</>;
  return (
    <ScrollRegion tall className={classes.table} labelledBy={titleId}>
      {table()}
    </ScrollRegion>
  );
}

export function Legend({ items }: { items: { label: ReactNode; tone: string; line?: boolean }[] }) {
  return (
    <ul className={classes.keys}>
      {items.map(({ label, tone, line }, index) => (
        <li key={index}>
          <span className={classes.key} data-tone={tone} data-line={line ?? undefined} aria-hidden="true" />
          {label}
        </li>
      ))}
    </ul>
  );
}

export function NothingHere({ children }: { children: ReactNode }) {
  return (
    <div className={classes.nothing}>
      <strong>
        <Trans>No hay llamadas en este periodo</Trans>
      </strong>
      <span>{children}</span>
    </div>
  );
}
