import { type Lives } from './history.js';

/** Lives that once went wrong. Each is played in every run. */
export const REGRESSIONS: readonly { was: string; lives: Lives }[] = [];
