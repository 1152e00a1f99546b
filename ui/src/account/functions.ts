// What a token may carry: functions of its owner, and never more.
/** Looking at numbers and whether they are up to date; nothing that writes or takes data away. */
const READING: readonly string[] = [
  'RPT-001',
  'RPT-002',
  'RPT-003',
  'RPT-007',
  'RPT-008',
  'ALR-001',
  'PIP-001',
  'PIP-003',
];

export function readingOf(held: readonly string[]): string[] {
  return READING.filter((code) => held.includes(code));
}

/** By their module, the letters before the number; both in alphabetical order. */
export function byModule(codes: readonly string[]): [string, string[]][] {
  const modules = new Map<string, string[]>();
  for (const code of [...codes].sort()) {
    const module = code.slice(0, code.indexOf('-'));
    modules.set(module, [...(modules.get(module) ?? []), code]);
  }
  return [...modules];
}
