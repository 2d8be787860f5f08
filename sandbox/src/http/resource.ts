import { type Behavior } from '../kernel/behavior.js';
import { type Route } from './router.js';

/** What one folder of `objects/` contributes to the sandbox. */
export interface Resource extends Behavior {
  readonly routes: readonly Route[];
}
