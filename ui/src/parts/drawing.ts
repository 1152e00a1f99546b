// A chart tells the block that it stands in how to get its picture.
import { createContext, type RefObject } from 'react';

export type Drawing = RefObject<(() => string) | null>;

export const DrawingContext = createContext<Drawing | null>(null);
