import { Trans, useLingui } from '@lingui/react/macro';

import type { ViewOut } from '~/api/generated';
import { useListViewsQuery } from '~/api/office';
import { problemOf } from '~/api/problems';
import { useFormat } from '~/format/useFormat';
import { SideSheet } from '~/parts/Sheet';
import { FailedState, Skeleton } from '~/parts/StateViews';

import { SaveView } from './SaveView';
import { OwnView, ViewLink } from './OwnView';
import { VIEWS_MAX } from './useKept';
import classes from './Views.module.css';

interface Props {
  onClose: () => void;
}

/** The views that a person keeps and those that others share with them; what is on screen can become one. */
export default function ViewsSheet({ onClose }: Props) {
  const { t } = useLingui();
  return (
    <SideSheet title={t`Vistas`} onClose={onClose} size={480}>
      <Views onClose={onClose} />
    </SideSheet>
  );
}

function Views({ onClose }: Props) {
  const { data, error, isFetching, refetch } = useListViewsQuery(undefined, {
    refetchOnMountOrArgChange: true, // others share what this page has not heard of
  });
  if (error && !data && !isFetching)
    return <FailedState problem={problemOf(error)} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={240} />;
  const own = data.items.filter((view) => view.own);
  return (
    <div className={classes.stack}>
      <SaveView kept={own.length} onSaved={onClose} />
      <OwnViews views={own} onClose={onClose} />
      <SharedViews views={data.items.filter((view) => !view.own)} onClose={onClose} />
    </div>
  );
}

function OwnViews({ views, onClose }: Props & { views: ViewOut[] }) {
  const { t } = useLingui();
  const format = useFormat();
  return (
    <section className={classes.part} aria-label={t`Suyas`}>
      <h3>
        <Trans>Suyas</Trans>
        <span className={classes.soft}>
          <Trans>
            {format.integer(views.length)} de {VIEWS_MAX}
          </Trans>
        </span>
      </h3>
      {views.length === 0 ? (
        <p className={classes.soft}>
          <Trans>Ninguna todavía. Deje la pantalla como la quiere ver otra vez y póngale un nombre.</Trans>
        </p>
      ) : (
        <ul className={classes.list}>
          {views.map((view) => (
            <OwnView key={view.id} view={view} onClose={onClose} />
          ))}
        </ul>
      )}
    </section>
  );
}

function SharedViews({ views, onClose }: Props & { views: ViewOut[] }) {
  const { t } = useLingui();
  if (views.length === 0) return null;
  return (
    <section className={classes.part} aria-label={t`Compartidas con usted`}>
      <h3>
        <Trans>Compartidas con usted</Trans>
      </h3>
      <p className={classes.soft}>
        <Trans>Una vista no lleva datos: usted la ve con los de su segmento.</Trans>
      </p>
      <ul className={classes.list}>
        {views.map((view) => (
          <li key={view.id} className={classes.item}>
            <ViewLink view={view} onClose={onClose} />
            <span className={classes.soft}>
              <Trans>De {view.owner}</Trans>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
