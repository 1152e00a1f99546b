import { useLingui } from '@lingui/react';

import { serverWords } from './serverWords';

/** A sentence of the server in the language of the page; one that it does not know is English, and marked as such. */
export function ServerSentence({ sentence }: { sentence: string }) {
  const { i18n } = useLingui();
  const words = serverWords(sentence);
  return words ? <>{i18n._(words)}</> : <span lang="en">{sentence}</span>;
}
