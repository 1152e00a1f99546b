import { useListFreshnessQuery, useListUserGroupsQuery, useRunQueryQuery } from '~/api/generated';
import { useAppSelector } from '~/app/store';
import { useDoubt } from '~/kept/useDoubt';
import { rowsOf } from '~/overview/answers';
import type { SourceKind } from '~/overview/scope';
import { dataAsOfMs } from '~/overview/useFreshness';
import { useMay, useMayAny } from '~/session/useSession';

import { dimensionOf, FILTER_NUMBERS, SEE_NUMBERS } from './rule';

const DAY_MS = 86_400_000;
const LOOK_BACK_DAYS = 92; // the longest window of a rule
const VALUES_MAX = 100; // of a drop-down that somebody reads
const SEE_FRESHNESS = ['PIP-003', 'RPT-001'];
const SEE_GROUPS = 'ACC-003';
const BOTH: SourceKind[] = ['legacy', 'asterisk'];

export interface Sources {
  waiting: boolean;
  kinds: SourceKind[];
  /** Names of the sources of a kind. */
  names: (kind: SourceKind) => string[];
  endMs: (kind: SourceKind) => number | null;
}

/** Which data there is; whoever is bound to a segment has that of the IVR alone. */
export function useSources(): Sources {
  useDoubt();
  const may = useMayAny(SEE_FRESHNESS);
  const ownSegment = useAppSelector((state) => state.session.user?.segment ?? null);
  const { data, isLoading } = useListFreshnessQuery(undefined, { skip: !may });
  const items = data?.items ?? [];
  const known = BOTH.filter((kind) => items.some((source) => source.kind === kind));
  const kinds: SourceKind[] = ownSegment !== null ? ['legacy'] : known.length > 0 ? known : BOTH;
  return {
    waiting: isLoading,
    kinds,
    names: (kind) => items.filter((source) => source.kind === kind).map(({ source }) => source),
    endMs: (kind) => dataAsOfMs(items, kind),
  };
}

/** The segments or queues that had calls in the last quarter of the data; null where nobody may narrow. */
export function useValues(kind: SourceKind, endMs: number | null): string[] | null {
  const maySee = useMay(SEE_NUMBERS);
  const mayFilter = useMay(FILTER_NUMBERS);
  const ownSegment = useAppSelector((state) => state.session.user?.segment ?? null);
  const may = maySee && mayFilter && ownSegment === null;
  const dimension = dimensionOf(kind);
  const metric = kind === 'legacy' ? 'calls' : 'offered';
  const end = endMs ?? 0;
  const { data } = useRunQueryQuery(
    {
      queryRequest: {
        source_kind: kind,
        metrics: [metric],
        dimensions: [dimension],
        time: {
          from: new Date(end - LOOK_BACK_DAYS * DAY_MS).toISOString(),
          to: new Date(end).toISOString(),
          granularity: 'total',
        },
        order_by: [`-${metric}`],
        limit: VALUES_MAX,
      },
    },
    { skip: !may || endMs === null },
  );
  return may ? rowsOf(data).flatMap((row) => row.text(dimension) ?? []) : null;
}

/** The groups of this person where the page may know them, else null: then the code is typed. */
export function useOwnGroups(): { code: string; name: string }[] | null {
  const may = useMay(SEE_GROUPS);
  const userId = useAppSelector((state) => state.session.user?.userId ?? '');
  const { data } = useListUserGroupsQuery({ userId }, { skip: !may });
  return data?.items.filter(({ active }) => active).map(({ group, name }) => ({ code: group, name })) ?? null;
}
