import { useLingui } from '@lingui/react';

import { known } from './say';

/** A sentence of the server in the page's language; one that is not known is English, and marked as such. */
export function Said({ sentence }: { sentence: string }) {
  const { i18n } = useLingui();
  const words = known(i18n, sentence);
  return words === null ? <span lang="en">{sentence}</span> : <>{words}</>;
}
