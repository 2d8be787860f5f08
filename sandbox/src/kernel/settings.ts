import { type ObjectKind } from '../store/object-kind.js';

/** What the sandbox knows about itself. The only one so far is `clock`. */
interface Setting {
  readonly id: string;
  readonly object: 'sandbox.setting';
  /** Seconds by which the sandbox is ahead of real time. */
  readonly offset: number;
}

export const settings: ObjectKind<Setting> = { object: 'sandbox.setting' };
