import { describe, expect, it } from 'vitest';

import { agentName } from './agents';
import { byModule, readingOf } from './functions';

describe('the name of a browser', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'Chrome · Windows',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0',
      'Edge · Windows',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox · Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari · iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome · Android',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
      'Safari · macOS',
    ],
    ['python-httpx/0.28.1', 'python-httpx/0.28.1'],
    [`x`.repeat(50), `${'x'.repeat(40)}…`],
    ['  ', ''],
  ])('of %s is %s', (userAgent, name) => {
    expect(agentName(userAgent)).toBe(name);
  });
});

describe('the functions of a token', () => {
  it('are at first what only looks, of what the person holds', () => {
    expect(readingOf(['USR-001', 'PIP-003', 'RPT-001', 'RPT-010'])).toEqual(['RPT-001', 'PIP-003']);
    expect(readingOf(['USR-001'])).toEqual([]);
  });

  it('are sorted under their modules, each once', () => {
    expect(byModule(['RPT-010', 'AUD-001', 'RPT-001'])).toEqual([
      ['AUD', ['AUD-001']],
      ['RPT', ['RPT-001', 'RPT-010']],
    ]);
  });
});
