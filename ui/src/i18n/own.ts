// The words of one screen alone: in the page's own catalogue they would be fetched before anybody signs in. Each
// folder with such words has a catalogue.ts, which whatever is opened from outside the folder imports first.
import { i18n, type Messages } from '@lingui/core';

/** Adds a screen's words to those of the page, in whatever language is spoken now or later. */
export function bring(own: Record<string, Messages>): void {
  // Another language brings all its messages anew, without these.
  const put = () => {
    const words = own[i18n.locale];
    const known = i18n.messages;
    if (words && Object.keys(words).some((id) => !Object.hasOwn(known, id))) i18n.load(i18n.locale, words);
  };
  i18n.on('change', put);
  put();
}
