// How the sentences of the server are kept: whole, or as a shape with places where something is put in.
import type { MessageDescriptor } from '@lingui/core';

export type Sentences = Record<string, MessageDescriptor>;
/** `said` names the parts, counted from 0, that are sentences themselves. */
export type Shape = [shape: RegExp, words: (...parts: string[]) => MessageDescriptor, said?: number[]];
