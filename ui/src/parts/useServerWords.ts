import { useLingui } from '@lingui/react';
import { useEffect, useState } from 'react';

type Known = typeof import('~/sentences/say').known;

/** A refusal is rare: what it says in the page's language is fetched with the first. */
const fetched = (): Promise<Known> =>
  import('~/sentences/say').then(
    ({ known }) => known,
    () => () => null,
  );

/**
 * A sentence of the server in the page's language, or itself where it is not known there. Nothing while it is being
 * looked up: nobody is told the same twice.
 */
export function useServerWords(sentence: string | null): string | null {
  const { i18n } = useLingui();
  const [known, setKnown] = useState<Known | null>(null);
  const wanted = sentence !== null && known === null;
  useEffect(() => {
    if (!wanted) return;
    let here = true;
    void fetched().then((found) => {
      if (here) setKnown(() => found);
    });
    return () => {
      here = false;
    };
  }, [wanted]);
  if (sentence === null) return null;
  return known === null ? '' : (known(i18n, sentence) ?? sentence);
}
