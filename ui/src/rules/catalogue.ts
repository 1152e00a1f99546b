// The words of this screen alone: in the page's own catalogue they would be fetched before anybody signs in.
import { i18n, type Messages } from '@lingui/core';

import { messages as en } from './locales/en.po';
import { messages as es } from './locales/es.po';

const OWN: Record<string, Messages> = { es, en };

/** Another language brings all its messages anew, without these. */
function put(): void {
  const own = OWN[i18n.locale];
  if (!own) return;
  const known = i18n.messages;
  if (Object.keys(own).some((id) => !Object.hasOwn(known, id))) i18n.load(i18n.locale, own);
}

i18n.on('change', put);
put();
