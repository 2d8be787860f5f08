import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock } from '../common/clock.js';
import { errorCode } from '../common/error-code.js';
import { WokenTask } from '../common/woken-task.js';
import { AppConfig } from '../config/app-config.js';
import { type ClaimedDelivery, Deliveries } from './deliveries.js';
import { refusalOfAddress } from './endpoint-address.js';
import { toOutgoingEventDto } from './outgoing-event.mapper.js';
import { signedHeaders } from './signature.js';

const EVERY_SECONDS = 1;
/** Deliveries at the same time, each of another payer or endpoint. */
const CONCURRENCY = 8;
/** Deliveries of a payer before it is the turn of others. */
const IN_A_ROW = 20;
/** A receiver that takes longer has failed; it is to store the event and answer. */
const TIMEOUT_MS = 10_000;

/** Delivers events to the endpoints, signed, each payer's in order. */
@Injectable()
export class DeliveryWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(DeliveryWorker.name);
  private readonly task: WokenTask;
  private readonly active = new Set<Promise<void>>();
  private stopping = false;

  constructor(
    private readonly deliveries: Deliveries,
    private readonly clock: Clock,
    private readonly config: AppConfig,
  ) {
    this.task = new WokenTask(
      EVERY_SECONDS,
      () => this.claim(),
      (error) => this.logger.error('The deliveries could not be read', error),
    );
  }

  onApplicationBootstrap(): void {
    this.task.start();
  }

  /** Waits for what is on its way. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    await this.task.stop();
    await Promise.all(this.active);
  }

  /** Looks at once for what is due. */
  wake(): void {
    this.task.wake();
  }

  private async claim(): Promise<void> {
    const room = CONCURRENCY - this.active.size;
    if (room <= 0 || this.stopping) return;
    for (const delivery of await this.deliveries.claim(room)) {
      const work = this.deliver(delivery)
        .catch((error: unknown) => this.logger.error('A delivery could not be written down', error))
        .finally(() => {
          this.active.delete(work);
          this.wake();
        });
      this.active.add(work);
    }
  }

  /** One after the other of a payer while they are taken, then it is the turn of others. */
  private async deliver(first: ClaimedDelivery): Promise<void> {
    let next: ClaimedDelivery | null = first;
    for (let left = IN_A_ROW; next !== null; left -= 1) next = await this.deliverOne(next, left > 1 && !this.stopping);
  }

  /** @returns the next one of the payer, where it is due and wanted */
  private async deliverOne(delivery: ClaimedDelivery, takesNext: boolean): Promise<ClaimedDelivery | null> {
    const error = await this.send(delivery);
    const facts = { endpoint: delivery.endpointId, event: delivery.position, type: delivery.type };
    if (error === null) {
      const next = await this.deliveries.delivered(delivery, takesNext);
      this.logger.log(facts, 'Outgoing event delivered');
      return next;
    }
    const givenUp = await this.deliveries.failed(delivery, error);
    const what = givenUp ? 'Outgoing event given up' : 'Outgoing event not taken';
    this.logger.warn({ ...facts, attempts: delivery.attempts, error }, what);
    return null;
  }

  /** Sends it once; why it was not taken, or null. Nothing of the answer's content is kept. */
  private async send(delivery: ClaimedDelivery): Promise<string | null> {
    const { url, secret, position } = delivery;
    // The mode may be another one than when the endpoint was added.
    if (refusalOfAddress(url, this.config) !== null) return 'address_not_allowed';
    const body = JSON.stringify(toOutgoingEventDto(delivery));
    const headers = signedHeaders(secret, position, this.clock.epochSeconds(), body);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.body?.cancel();
      return response.ok ? null : `status ${response.status}`;
    } catch (error) {
      return (
        errorCode(error instanceof Error ? error.cause : null) ?? (error instanceof Error ? error.name : 'unknown')
      );
    }
  }
}
