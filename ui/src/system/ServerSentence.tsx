import { useLingui } from '@lingui/react';

import { serverWords } from './serverWords';

/**
 * A sentence of the server in the language of the page; one that it does not know is English, and marked as such, save
 * where it may be somebody's `own`.
 */
export function ServerSentence({ sentence, own = false }: { sentence: string; own?: boolean }) {
  const { i18n } = useLingui();
  const words = serverWords(sentence);
  return words ? <>{i18n._(words)}</> : <span lang={own ? undefined : 'en'}>{sentence}</span>;
}
