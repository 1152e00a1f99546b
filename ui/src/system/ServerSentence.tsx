import { useLingui } from '@lingui/react';
import { Fragment } from 'react';

import { sentencesOf, serverWords } from './serverWords';

/** A sentence of the server in the language of the page; one that it does not know is English, and marked as such. */
export function ServerSentence({ sentence }: { sentence: string }) {
  const { i18n } = useLingui();
  const words = serverWords(sentence);
  return words ? <>{i18n._(words)}</> : <span lang="en">{sentence}</span>;
}

/** A text of the server, which may be several sentences; each is said as it would be alone. */
export function ServerText({ text }: { text: string }) {
  return sentencesOf(text).map(({ said }, index) => (
    <Fragment key={index}>
      {index > 0 && ' '}
      <ServerSentence sentence={said} />
    </Fragment>
  ));
}
