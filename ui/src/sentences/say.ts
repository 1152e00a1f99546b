// What the server says to a person, in English, in the page's language; tests/test_page_refusals.py holds the
// server's sentences to being known here.
import './catalogue';

import type { I18n } from '@lingui/core';

import { ACCOUNT, ACCOUNT_SHAPES } from './account';
import { FIGURES, FIGURES_SHAPES } from './figures';
import { MACHINE, MACHINE_SHAPES } from './machine';

const SENTENCES = { ...ACCOUNT, ...FIGURES, ...MACHINE };
// In this order: a shape that says more stands before one that says less.
const SHAPES = [...ACCOUNT_SHAPES, ...MACHINE_SHAPES, ...FIGURES_SHAPES];

/** The page's words for a sentence of the server; null for one that is not known. */
export function known(i18n: I18n, sentence: string): string | null {
  const words = Object.hasOwn(SENTENCES, sentence) ? SENTENCES[sentence] : undefined;
  if (words) return i18n._(words);
  for (const [shape, put, said = []] of SHAPES) {
    const found = shape.exec(sentence);
    if (!found) continue;
    const parts = found.slice(1).map((part, at) => (said.includes(at) ? say(i18n, part) : part));
    return i18n._(put(...parts));
  }
  return null;
}

/** The page's words for a sentence of the server, or the sentence itself. */
export function say(i18n: I18n, sentence: string): string {
  return known(i18n, sentence) ?? sentence;
}
