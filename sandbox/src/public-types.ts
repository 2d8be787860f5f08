/**
 * The types of what other programs may use of the sandbox. They are published as they stand here, so that nobody needs
 * the stripe package to read them: this file imports nothing.
 */

export interface SandboxOptions {
  /** Where the state is kept; in memory only when absent. */
  readonly dataDirectory?: string;
  /** TCP port on 127.0.0.1; 0 or absent: a free one. */
  readonly port?: number;
  /** Seconds of real time between the attempts of a webhook delivery. */
  readonly webhookRetrySeconds?: readonly number[];
  /** Seconds of real time that an endpoint may take to answer; default 10. */
  readonly webhookTimeoutSeconds?: number;
  /** Told about failures of the sandbox itself; default: nobody. */
  readonly log?: (message: string, error?: unknown) => void;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening, finishes what runs and closes the journal. */
  close(): Promise<void>;
}

/** How often each disturbance of webhook deliveries happens: probabilities from 0 to 1. */
export interface ChaosSettings {
  readonly seed: number;
  /** The event is delivered twice. */
  readonly duplicate: number;
  /** The event is held back for a moment, so that later ones overtake it. */
  readonly reorder: number;
  /** The event is held back for `delay_seconds`. */
  readonly delay: number;
  readonly delay_seconds: number;
  /** The first attempt is not sent; the event comes with a retry. */
  readonly drop_until_retry: number;
  /** The first attempt shows the object in the shape of an older API version. */
  readonly old_api_version: number;
  /** The first attempt carries a signature that does not fit. */
  readonly wrong_signature: number;
  /** The event is never delivered; it stands in the list of events all the same. */
  readonly drop_for_good: number;
  /** Events carry the time of the minute's first second, so that many share one second. */
  readonly same_second: boolean;
  /** Events carry a time that is rounded down to this many seconds; 1: as it is. */
  readonly stamp_seconds: number;
}
