// @vitest-environment node
// What is opened from outside a folder with its own catalogue brings that catalogue with it, or its words are missing.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { i18n } from '@lingui/core';
import { describe, expect, it } from 'vitest';

import { OWN, SHARED } from '../../lingui.config';

import { bring } from './own';

const ui = fileURLToPath(new URL('../..', import.meta.url));
const src = join(ui, 'src');
const files = readdirSync(src, { recursive: true })
  .map(String)
  .filter((name) => /\.tsx?$/.test(name) && !name.includes('.test.'));

/** The modules of the page that a module fetches with it; those that it fetches later stand for themselves. */
function imported(name: string, pattern: RegExp): string[] {
  const text = readFileSync(join(src, name), 'utf8');
  return [...text.matchAll(pattern)].flatMap(([, path = '']) => {
    const base = path.startsWith('~') ? join(src, path.slice(2)) : resolve(src, dirname(name), path);
    const file = ['.ts', '.tsx'].map((end) => base + end).find(existsSync);
    return file ? [relative(src, file)] : [];
  });
}
const STATIC = /^import (?!type)[^;]*?'([~.][^']*)';/gm;
const ANY = /(?:^import (?!type)[^;]*?|import\()'([~.][^']*)'/gm;

function withAll(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  for (const next of imported(name, STATIC)) withAll(next, known);
  return known;
}

const speaks = (name: string) =>
  !SHARED.includes(`src/${name}`) && readFileSync(join(src, name), 'utf8').includes("/macro'");

describe.each(OWN)('the words of %s', (folder) => {
  const inside = (name: string) => name.startsWith(`${folder}/`);
  const opened = new Set(
    files.filter((name) => !inside(name)).flatMap((name) => imported(name, ANY).filter(inside)),
  );

  it('come with whatever is opened from outside', () => {
    expect(opened.size).toBeGreaterThan(0);
    const silent = [...opened].filter((name) => {
      const all = [...withAll(name)];
      return all.some((each) => inside(each) && speaks(each)) && !all.includes(`${folder}/catalogue.ts`);
    });
    expect(silent).toEqual([]);
  });
});

it('adds words in the language that is spoken, and again when another is', () => {
  const before = i18n.messages;
  bring({ es: { own: 'hola' }, en: { own: 'hello' } });
  expect(i18n._('own')).toBe('hola');
  i18n.loadAndActivate({ locale: 'en', messages: { page: 'page' } });
  expect([i18n._('own'), i18n._('page')]).toEqual(['hello', 'page']);
  i18n.loadAndActivate({ locale: 'es', messages: before });
});
