import { i18n } from '@lingui/core';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';

import { messages } from '~/i18n/locales/es.po';

// What jsdom has not got and the page asks for; a test of files alone has no window at all.
class NoObserver {
  observe = () => undefined;
  unobserve = () => undefined;
  disconnect = () => undefined;
}
vi.stubGlobal('ResizeObserver', NoObserver);
vi.stubGlobal('IntersectionObserver', NoObserver);
if (typeof window !== 'undefined') window.Element.prototype.scrollIntoView = () => undefined;
if (typeof window !== 'undefined')
  window.matchMedia = (query) =>
    ({
      matches: false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as unknown as MediaQueryList;

// What is waited for comes late on a machine with much to do; a second is the library's own limit.
configure({ asyncUtilTimeout: 15_000 });

beforeEach(() => {
  if (typeof window !== 'undefined') localStorage.clear();
  i18n.loadAndActivate({ locale: 'es', messages });
});
afterEach(cleanup);
