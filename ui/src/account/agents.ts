// From what a browser says of itself to what a person calls it.
const BROWSERS: readonly (readonly [string, RegExp])[] = [
  // The order tells apart: most of them also say that they are Chrome and Safari.
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Headless)?(Chrome|CriOS|Chromium)\//],
  ['Safari', /\bSafari\//],
];
const SYSTEMS: readonly (readonly [string, RegExp])[] = [
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(iPhone|iPad|iPod)\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
];
const OTHER_CHARS_MAX = 40; // of a name that nobody here knows

function named(known: typeof BROWSERS, userAgent: string): string | undefined {
  return known.find(([, pattern]) => pattern.test(userAgent))?.[0];
}

/** `Firefox · Windows`; the beginning of the text itself for what is no browser; empty when it says nothing. */
export function agentName(userAgent: string): string {
  const names = [named(BROWSERS, userAgent), named(SYSTEMS, userAgent)].filter((name) => name !== undefined);
  if (names.length > 0) return names.join(' · ');
  const text = userAgent.trim();
  return text.length > OTHER_CHARS_MAX ? `${text.slice(0, OTHER_CHARS_MAX)}…` : text;
}
