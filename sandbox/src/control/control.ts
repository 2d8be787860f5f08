import { StripeError } from '../errors/stripe-error.js';
import { type Chaos } from '../events/chaos.js';
import { type WebhookSender } from '../events/webhook-sender.js';
import { type ApiRequest } from '../http/api.js';
import { type Site, type SiteAnswer } from '../http/server.js';
import { type Kernel, TransactionFailure } from '../kernel/kernel.js';
import { deliveries } from '../objects/event/delivery-type.js';
import { type JsonObject } from '../wire.js';
import { authenticateIntent } from './authentication.js';
import { completeCheckout } from './checkout.js';
import { ControlError } from './control-error.js';
import { setDunning, showDunning } from './dunning.js';
import { type Faults } from './faults.js';
import { type SavedStates, stateName } from './saved-states.js';

type Handler = (body: JsonObject) => object | Promise<object>;

/**
 * The control routes `/_sandbox/*`: JSON in, JSON out, without a key. They drive what Stripe has no call for: time,
 * reset, saved states, deliveries, faults and chaos.
 */
export class Control implements Site {
  readonly prefix = '/_sandbox/';
  private readonly handlers: { readonly [route: string]: Handler };

  constructor(
    private readonly kernel: Kernel,
    private readonly chaos: Chaos,
    private readonly sender: WebhookSender,
    private readonly faults: Faults,
    private readonly states: SavedStates,
  ) {
    this.handlers = {
      'GET state': () => this.state(),
      'POST advance': (body) => this.advance(body),
      'POST reset': () => this.reset(),
      'GET states': () => ({ states: this.states.names() }),
      'POST states/save': (body) => this.save(stateName(body.name)),
      'POST states/load': (body) => this.load(stateName(body.name)),
      'GET deliveries': () => ({ deliveries: [...this.kernel.store.objects(deliveries)] }),
      'POST deliveries/flush': (body) => this.flush(body),
      'POST three_d_secure': (body) => this.threeDSecure(body),
      'POST checkout/complete': (body) => completeCheckout(this.kernel, body),
      'GET dunning': () => showDunning(this.kernel),
      'POST dunning': (body) => setDunning(this.kernel, body),
      'GET faults': () => this.faults.list(),
      'POST faults': (body) => this.faults.add(body),
      'POST faults/clear': () => {
        this.faults.clear();
        return this.faults.list();
      },
      'GET chaos': () => this.chaos.settings,
      'POST chaos': (body) => this.configureChaos(body),
    };
  }

  handles(request: ApiRequest): boolean {
    return request.path.startsWith(this.prefix);
  }

  async answer(request: ApiRequest): Promise<SiteAnswer> {
    try {
      const handler = this.handlers[`${request.method} ${request.path.slice(this.prefix.length)}`];
      if (handler === undefined)
        throw new ControlError(404, `no such control route: ${request.method} ${request.path}`);
      return json(200, await handler(parse(request.body)));
    } catch (error) {
      if (error instanceof ControlError) return json(error.status, { error: error.message });
      const cause = error instanceof TransactionFailure ? error.cause : error;
      if (cause instanceof StripeError) {
        const { code, decline_code: declineCode } = cause.body;
        return json(cause.status, { error: cause.message, code, decline_code: declineCode });
      }
      throw error;
    }
  }

  /** Simulated time and the number of objects of each kind. */
  private state(): object {
    const counts = this.kernel.store.names().map((name) => [name, this.kernel.store.byName(name).size] as const);
    return {
      now: this.kernel.clock.now(),
      objects: Object.fromEntries(counts.filter(([, count]) => count > 0)),
      pending_deliveries: this.kernel.store.objects(deliveries).count('state', 'pending'),
    };
  }

  /** `{seconds}` or `{to}`: runs everything that falls due until then. */
  private async advance(body: JsonObject): Promise<object> {
    const now = this.kernel.clock.now();
    const to = typeof body.seconds === 'number' ? now + body.seconds : body.to;
    if (typeof to !== 'number' || !Number.isInteger(to))
      throw new ControlError(400, 'seconds or to must be an integer');
    if (to < now) throw new ControlError(400, `time cannot go back: it is ${now}`);
    const outcome = await this.kernel.advance(to);
    this.sender.retryNow();
    return { now: this.kernel.clock.now(), ...outcome };
  }

  /** Removes all objects, faults and chaos; saved states stay. */
  private async reset(): Promise<object> {
    this.faults.clear();
    this.chaos.calm();
    this.sender.forget();
    await this.kernel.reset();
    return { now: this.kernel.clock.now() };
  }

  private async save(name: string): Promise<object> {
    await this.states.save(name);
    return { name };
  }

  private async load(name: string): Promise<object> {
    this.sender.forget();
    await this.states.load(name);
    this.sender.resume();
    return { name, now: this.kernel.clock.now() };
  }

  /** `{timeout_seconds}` (default 30): waits until every event has been delivered. */
  private async flush(body: JsonObject): Promise<object> {
    const seconds = typeof body.timeout_seconds === 'number' ? body.timeout_seconds : 30;
    await this.kernel.idle();
    const pending = await this.sender.flush(seconds * 1_000);
    return { delivered: pending === 0, pending };
  }

  /** `{intent, outcome: 'succeed' | 'fail'}`: does what a person does on the 3-D Secure page. */
  private async threeDSecure(body: JsonObject): Promise<object> {
    const { intent, outcome } = body;
    if (typeof intent !== 'string' || (outcome !== 'succeed' && outcome !== 'fail')) {
      throw new ControlError(400, 'intent and outcome ("succeed" or "fail") are required');
    }
    await authenticateIntent(this.kernel, intent, outcome === 'succeed');
    return { intent, outcome };
  }

  private configureChaos(body: JsonObject): object {
    try {
      return this.chaos.configure(body);
    } catch (error) {
      throw new ControlError(400, error instanceof Error ? error.message : 'invalid chaos settings');
    }
  }
}

function json(status: number, body: object): SiteAnswer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

function parse(body: string): JsonObject {
  if (body.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // refused below, like every other body that is no object
  }
  throw new ControlError(400, 'the body must be a JSON object');
}
