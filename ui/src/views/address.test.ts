import { describe, expect, it } from 'vitest';

import {
  addressOf,
  difference,
  isChanged,
  keepable,
  merged,
  placeOf,
  startPreference,
  startView,
  viewIdOf,
} from './address';

const params = (search: string) => new URLSearchParams(search);
/** As a set: the order of an address says nothing, but of the values of one name. */
const sorted = (search: URLSearchParams) => {
  const copy = params(search.toString());
  copy.sort();
  return copy.toString();
};

// Every pair of these is a view and what somebody made of it.
const PERIODS = [
  '',
  'period=7d',
  'period=quarter',
  'from=2025-07-01&to=2025-07-31',
  'from=2025-08-01&to=2025-08-02',
];
const OTHERS = [
  '',
  'segment=puebla',
  'segment=nacional_A&every=hour',
  'menu=A%26B%3DC&menu=D',
  'menu=D&menu=A%26B%3DC',
  'tab=queues&queue=caf%C3%A9+%2B+t%C3%A9&hour_of_day=9',
];
const STATES = PERIODS.flatMap((period) => OTHERS.map((other) => [period, other].filter(Boolean).join('&')));
const PAIRS = STATES.flatMap((saved) => STATES.map((wanted) => [saved, wanted] as const));

describe('the address over a view', () => {
  it('says what is wanted, whatever was saved', () => {
    for (const [saved, wanted] of PAIRS) {
      const written = difference('12', params(saved), params(wanted));
      const read = merged(params(saved), params(written.toString()));
      expect(sorted(read), `${saved} -> ${wanted}`).toBe(sorted(params(wanted)));
    }
  });

  it('is the view alone exactly when nothing differs', () => {
    for (const [saved, wanted] of PAIRS) {
      const alone = difference('12', params(saved), params(wanted)).toString() === 'v=12';
      expect(alone, `${saved} -> ${wanted}`).toBe(sorted(params(saved)) === sorted(params(wanted)));
    }
  });

  it('never repeats what the view says already', () => {
    for (const [saved, wanted] of PAIRS) {
      const kept = params(saved);
      for (const key of difference('12', kept, params(wanted)).keys()) {
        if (key === 'v' || ['period', 'from', 'to'].includes(key)) continue;
        expect(kept.getAll(key), `${saved} -> ${wanted}`).not.toEqual(params(wanted).getAll(key));
      }
    }
  });

  it.each([
    ['period=7d&segment=puebla', 'period=30d&segment=puebla', 'v=12&period=30d'],
    ['period=7d&segment=puebla', 'period=7d', 'v=12&segment='],
    ['from=2025-07-01&to=2025-07-31', 'period=7d', 'v=12&period=7d'],
    ['period=7d', 'from=2025-07-01&to=2025-07-31', 'v=12&from=2025-07-01&to=2025-07-31'],
    ['from=2025-07-01&to=2025-07-31', '', 'v=12&from='],
    ['segment=puebla', 'segment=puebla&call=9', 'v=12&call=9'],
  ])('over %s, %s is written %s', (saved, wanted, written) => {
    expect(difference('12', params(saved), params(wanted)).toString()).toBe(written);
  });

  it('lets a link over a view say a day without the days of the view', () => {
    expect(
      merged(params('from=2025-07-01&to=2025-07-31&segment=puebla'), params('v=3&period=today')).toString(),
    ).toBe('segment=puebla&period=today');
  });

  it('opens only what can be the number of a view', () => {
    expect(viewIdOf(params('v=12'))).toBe('12');
    for (const search of ['', 'v=', 'v=../users', 'v=1e3', 'v=-1', `v=${'9'.repeat(19)}`])
      expect(viewIdOf(params(search)), search).toBeNull();
  });
});

describe('what a view keeps', () => {
  it('is what is asked, not what stands open for a moment', () => {
    const asked = params('v=3&period=7d&segment=&kiosk=1&call=9&cursor=abc&person=4&run=5&menu=RES');
    expect(keepable(asked).toString()).toBe('period=7d&menu=RES');
  });

  it('is not changed by opening a call or turning a page', () => {
    expect(isChanged(params('period=7d'), params('period=7d&call=9&cursor=abc'))).toBe(false);
    expect(isChanged(params('period=7d'), params('period=7d&menu=RES'))).toBe(true);
    expect(isChanged(params('period=7d'), params(''))).toBe(true);
  });

  it('leads to a screen of this page, or nowhere', () => {
    const paths = ['/', '/demanda'];
    expect(placeOf({ path: '/demanda', search: 'period=7d&kiosk=1&v=9' }, paths)).toEqual({
      path: '/demanda',
      search: 'period=7d',
    });
    for (const display of [
      {},
      { path: '/demanda' },
      { path: '//elsewhere.example', search: '' },
      { path: ['/'], search: '' },
      { path: '/', search: 7 },
      { path: '/', search: `a=${'b'.repeat(4_000)}` },
    ])
      expect(placeOf(display, paths), JSON.stringify(display).slice(0, 60)).toBeNull();
  });

  it('is opened by a short address', () => {
    expect(addressOf('12', { path: '/demanda' })).toBe('/demanda?v=12');
  });
});

describe('the view that the page begins with', () => {
  it('is written in the account and read back', () => {
    expect(startView(startPreference('12'))).toBe('12');
    expect(startView(startPreference(null))).toBeNull();
  });

  it.each([undefined, '', 'overview', 'views/', 'views/x', 'views/1/2'])('is none for %s', (preference) => {
    expect(startView(preference)).toBeNull();
  });
});
