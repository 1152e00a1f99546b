// Answers by their validator: a poll that finds nothing new moves no body and draws nothing anew.
export interface Asked {
  method: string;
  url: string;
  body?: unknown;
}

export interface Remembered {
  /** Null where the server gave none: then the answer is only what was said last. */
  etag: string | null;
  body: unknown;
  /** How the same is asked again. */
  asked: Asked;
}

const ANSWERS_MAX = 64; // several screens' worth; the oldest goes first

const answers = new Map<string, Remembered>();

export function remembered(key: string | undefined): Remembered | undefined {
  return key === undefined ? undefined : answers.get(key);
}

export function remember(key: string, answer: Remembered): void {
  answers.delete(key);
  answers.set(key, answer);
  if (answers.size > ANSWERS_MAX) {
    const oldest = answers.keys().next();
    if (!oldest.done) answers.delete(oldest.value);
  }
}

/** What one person was told must not answer the next. */
export function forgetAnswers(): void {
  answers.clear();
}
