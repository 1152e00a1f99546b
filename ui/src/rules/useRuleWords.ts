import { useLingui } from '@lingui/react/macro';

import { type CatalogAnswer, useReadCatalogQuery } from '~/api/generated';
import { useFormat } from '~/format/useFormat';
import { useSegmentName } from '~/overview/words';
import { useMay } from '~/session/useSession';

import { SEE_NUMBERS, type Severity, unitOf } from './rule';
import type { Words } from './words';

interface RuleWords {
  words: Words;
  metrics: CatalogAnswer['metrics'] | undefined;
  /** The catalogue is on its way. */
  waiting: boolean;
}

/** What the sentences about rules need to know. */
export function useRuleWords(): RuleWords {
  const { i18n } = useLingui();
  const { locale } = useFormat();
  const segmentName = useSegmentName();
  const { data, isLoading } = useReadCatalogQuery({}, { skip: !useMay(SEE_NUMBERS) });
  const metrics = data?.metrics;
  const words = { i18n, locale, segmentName, unitOf: (metric: string) => unitOf(metric, metrics) };
  return { words, metrics, waiting: isLoading };
}

export function useSeverityNames(): Record<Severity, string> {
  const { t } = useLingui();
  return { info: t`Informativa`, warning: t`Advertencia`, critical: t`Crítica` };
}
