import { type Actor, type Payer } from './payer.js';
import { type Scope } from './service-key.entity.js';

/** What a route asks of its caller. */
export interface Needs {
  /** For administrators, and for service keys of this scope; null: whoever acts for a payer. */
  scope: Scope | null;
  /** Service keys of this scope alone, for a payer; null: tokens too. */
  keyScope: Scope | null;
  /** Every member of an organization may do it, whatever the role. */
  membersToo: boolean;
  /** A service key that names no payer acts for all of them. */
  everyPayerToo: boolean;
  /** True for GET: nothing is changed. */
  reads: boolean;
}

/** Who was let in, and for whom. */
export interface Admitted {
  actor: Actor;
  /** Absent on routes that act for nobody, and where a service key acts for everybody. */
  payer?: Payer;
}
