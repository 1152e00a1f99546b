import { useLingui } from '@lingui/react';

import { known } from './say';

/**
 * A sentence of the server in the page's language; one that is not known is English, and marked as such, save where it
 * may be somebody's `own`.
 */
export function Said({ sentence, own = false }: { sentence: string; own?: boolean }) {
  const { i18n } = useLingui();
  const words = known(i18n, sentence);
  return words === null ? <span lang={own ? undefined : 'en'}>{sentence}</span> : <>{words}</>;
}
