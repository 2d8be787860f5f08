import { type CamelKey, type Mapped } from './mapping.js';
import type * as Model from './models.js';
import { answerOf, type Call, each, requestOf } from './requests.js';
import { type BillingClientOptions, type RequestOptions, Transport } from './transport.js';
import { type components, type paths } from './wire.js';

type Wire = components['schemas'];
type Base = '/api/v1/billing';
type Verb = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathOf<Method extends Verb> = {
  [Path in keyof paths]: paths[Path] extends Record<Method, object>
    ? Path extends `${Base}${infer Rest}`
      ? Rest
      : never
    : never;
}[keyof paths];

/**
 * The billing API. Every method sends one request and throws a BillingError when it fails; an aborted one throws the
 * reason of its signal.
 */
export class BillingClient {
  private readonly transport: Transport;

  constructor(options: BillingClientOptions) {
    this.transport = new Transport(options);
  }

  /** The current subscription, or null; of a group of plans where one is named. */
  getSubscription({
    group,
    ...options
  }: Model.SubscriptionQuery & RequestOptions = {}): Promise<Model.Subscription | null> {
    return this.get<Mapped<Wire['SubscriptionDto'], Model.Subscription> | null>('/subscription', {
      ...options,
      query: { group },
    });
  }

  /** Subscribes to a plan. `requiresAction` tells whether the customer still has to confirm the payment. */
  createSubscription(data: Model.SubscriptionCreate, options: RequestOptions = {}): Promise<Model.SubscriptionResult> {
    return this.post<Mapped<Wire['SubscriptionResultDto'], Model.SubscriptionResult>>('/subscription', {
      ...options,
      body: data satisfies Body<'CreateSubscriptionDto'>,
    });
  }

  /** Changes plan, interval, seats, add-ons or card. */
  updateSubscription(
    id: number,
    data: Model.SubscriptionUpdate,
    options: RequestOptions = {},
  ): Promise<Model.SubscriptionResult> {
    return this.patch<Mapped<Wire['SubscriptionResultDto'], Model.SubscriptionResult>>('/subscription/{id}', {
      ...options,
      id,
      body: data satisfies Body<'UpdateSubscriptionDto'>,
    });
  }

  /** Sets the number of seats, whatever it was. */
  async setSeats(id: number, data: Model.SeatsUpdate, options: RequestOptions = {}): Promise<Model.SubscriptionResult> {
    const path: PathOf<'put'> = '/subscription/{id}/seats';
    const body = data satisfies Body<'SetSeatsDto'>;
    return answerOf<Mapped<Wire['SubscriptionResultDto'], Model.SubscriptionResult>>(
      await this.transport.send(requestOf('PUT', path, { ...options, id, body })),
    );
  }

  /** Cancels at the end of the period, or now. */
  cancelSubscription(
    id: number,
    data: Model.SubscriptionCancel = {},
    options: RequestOptions = {},
  ): Promise<Model.Subscription> {
    return this.post<Mapped<Wire['SubscriptionDto'], Model.Subscription>>('/subscription/{id}/cancel', {
      ...options,
      id,
      body: data satisfies Body<'CancelSubscriptionDto'>,
    });
  }

  /** Takes back a scheduled cancellation. */
  reactivateSubscription(id: number, options: RequestOptions = {}): Promise<Model.Subscription> {
    return this.post<Mapped<Wire['SubscriptionDto'], Model.Subscription>>('/subscription/{id}/reactivate', {
      ...options,
      id,
    });
  }

  /** Has a paused subscription go on: its new period is charged to the default card. */
  resumeSubscription(id: number, options: RequestOptions = {}): Promise<Model.SubscriptionResult> {
    return this.post<Mapped<Wire['SubscriptionResultDto'], Model.SubscriptionResult>>('/subscription/{id}/resume', {
      ...options,
      id,
    });
  }

  /** Drops the change of plan that waits for the end of the period. */
  async dropScheduledChange(id: number, options: RequestOptions = {}): Promise<Model.Subscription> {
    const path: PathOf<'delete'> = '/subscription/{id}/scheduled-change';
    return answerOf<Mapped<Wire['SubscriptionDto'], Model.Subscription>>(
      await this.transport.send(requestOf('DELETE', path, { ...options, id })),
    );
  }

  /** The subscriptions of the user, past ones too, newest first, one page. */
  getSubscriptions(query: Model.PageQuery = {}, options: RequestOptions = {}): Promise<Model.Page<Model.Subscription>> {
    return this.page<Mapped<Wire['SubscriptionDto'], Model.Subscription>>('/subscriptions', query, options);
  }

  /** All subscriptions of the user, newest first; pages are fetched as they are needed. */
  subscriptions(options: RequestOptions = {}): AsyncGenerator<Model.Subscription, void> {
    return each((page) => this.getSubscriptions(page, options));
  }

  /** The saved ways to pay: the default first, then the newest. */
  getPaymentMethods(options: RequestOptions = {}): Promise<Model.PaymentMethod[]> {
    return this.get<Mapped<Wire['PaymentMethodDto'], Model.PaymentMethod>[]>('/payment-methods', options);
  }

  /** Saves a payment method of Stripe; the first one becomes the default. */
  addPaymentMethod(data: Model.PaymentMethodAdd, options: RequestOptions = {}): Promise<Model.PaymentMethod> {
    return this.post<Mapped<Wire['PaymentMethodDto'], Model.PaymentMethod>>('/payment-methods', {
      ...options,
      body: data satisfies Body<'AddPaymentMethodDto'>,
    });
  }

  /** Begins to collect a card in the browser; add its payment method afterwards. */
  createSetupIntent(options: RequestOptions = {}): Promise<Model.SetupIntent> {
    return this.post<Mapped<Wire['SetupIntentDto'], Model.SetupIntent>>('/payment-methods/setup-intent', options);
  }

  /** Makes a payment method the one that pays. */
  setDefaultPaymentMethod(id: number, options: RequestOptions = {}): Promise<Model.PaymentMethod> {
    return this.post<Mapped<Wire['PaymentMethodDto'], Model.PaymentMethod>>('/payment-methods/{id}/default', {
      ...options,
      id,
    });
  }

  /** Removes a payment method. */
  async removePaymentMethod(id: number, options: RequestOptions = {}): Promise<void> {
    const path: PathOf<'delete'> = '/payment-methods/{id}';
    await this.transport.send(requestOf('DELETE', path, { ...options, id }));
  }

  /** The newest invoices. */
  async getInvoices(
    limit?: number,
    status?: Model.InvoiceStatus,
    options: RequestOptions = {},
  ): Promise<Model.Invoice[]> {
    const { items } = await this.getInvoicePage({ limit, status }, options);
    return items;
  }

  /** One page of the invoices, newest first. */
  getInvoicePage(query: Model.InvoiceQuery = {}, options: RequestOptions = {}): Promise<Model.Page<Model.Invoice>> {
    const { status, ...page } = query;
    return this.page<Mapped<Wire['InvoiceDto'], Model.Invoice>>(
      '/invoices',
      { ...page, statusFilter: status },
      options,
    );
  }

  /** All invoices, or those of a status, newest first; pages are fetched as they are needed. */
  invoices(
    query: Pick<Model.InvoiceQuery, 'status'> = {},
    options: RequestOptions = {},
  ): AsyncGenerator<Model.Invoice, void> {
    return each((page) => this.getInvoicePage({ ...query, ...page }, options));
  }

  /** One invoice. */
  getInvoice(id: number, options: RequestOptions = {}): Promise<Model.Invoice> {
    return this.get<Mapped<Wire['InvoiceDto'], Model.Invoice>>('/invoices/{id}', { ...options, id });
  }

  /** Pays an open invoice, with the default card or another one. `requiresAction` tells whether it must be confirmed. */
  payInvoice(id: number, data: Model.InvoicePay = {}, options: RequestOptions = {}): Promise<Model.InvoiceResult> {
    return this.post<Mapped<Wire['InvoiceResultDto'], Model.InvoiceResult>>('/invoices/{id}/pay', {
      ...options,
      id,
      body: data satisfies Body<'PayInvoiceDto'>,
    });
  }

  /** Begins a purchase on Stripe's page: send the browser to its `url`. */
  createCheckoutSession(
    data: Model.CheckoutSessionCreate,
    options: RequestOptions = {},
  ): Promise<Model.CheckoutSession> {
    return this.post<Mapped<Wire['CheckoutSessionDto'], Model.CheckoutSession>>('/checkout', {
      ...options,
      body: data satisfies Body<'CreateCheckoutDto'>,
    });
  }

  /** The user as a customer; null before the first purchase or card. */
  getCustomer(options: RequestOptions = {}): Promise<Model.Customer | null> {
    return this.get<Mapped<Wire['CustomerDto'], Model.Customer> | null>('/customer', options);
  }

  /** Changes name, e-mail, phone or address. */
  updateCustomer(data: Model.CustomerUpdate, options: RequestOptions = {}): Promise<Model.Customer> {
    return this.patch<Mapped<Wire['CustomerDto'], Model.Customer>>('/customer', {
      ...options,
      body: data satisfies Body<'UpdateCustomerDto'>,
    });
  }

  /** What the caller may use: every feature of the catalogue. */
  getEntitlements(options: RequestOptions = {}): Promise<Model.Entitlement[]> {
    return this.get<Mapped<Wire['EntitlementDto'], Model.Entitlement>[]>('/entitlements', options);
  }

  /** Whether the caller may use a feature, why, and until when. */
  getEntitlement(feature: string, options: RequestOptions = {}): Promise<Model.Entitlement> {
    return this.get<MappedEntitlement>('/entitlements/{feature}', { ...options, feature });
  }

  /** What the caller may use, and the same signed: `EntitlementCache` answers from it while the service is away. */
  getEntitlementSnapshot(options: RequestOptions = {}): Promise<Model.EntitlementSnapshot> {
    return this.get<Mapped<Wire['EntitlementSnapshotDto'], Model.EntitlementSnapshot>>(
      '/entitlement-snapshot',
      options,
    );
  }

  /** Uses some of a feature, once for a key. Over the limit nothing is used: a BillingError `limit_reached`. */
  consume(
    feature: string,
    use: { amount: number; key: string },
    options: RequestOptions = {},
  ): Promise<Model.Entitlement> {
    const body = use satisfies Body<'ConsumeDto'>;
    return this.post<MappedEntitlement>('/entitlements/{feature}/consume', { ...options, feature, body });
  }

  /** Says how much of a feature a payer has in use. For a service key of the scope `act`. */
  reportUsage(feature: string, used: number, options: RequestOptions = {}): Promise<Model.Entitlement> {
    const body = { used } satisfies Body<'ReportUsageDto'>;
    return this.put<MappedEntitlement>('/usage/{feature}', { ...options, feature, body });
  }

  /** Gives a payer more of a feature, or less, whatever the plan says. For a service key of the scope `admin`. */
  setOverride(
    feature: string,
    override: Model.EntitlementOverride,
    options: RequestOptions = {},
  ): Promise<Model.Entitlement> {
    const body = override satisfies Body<'SetOverrideDto'>;
    return this.put<MappedEntitlement>('/entitlements/{feature}/override', { ...options, feature, body });
  }

  /** Lets the plan decide again. For a service key of the scope `admin`. */
  async removeOverride(feature: string, options: RequestOptions = {}): Promise<Model.Entitlement> {
    const path: PathOf<'delete'> = '/entitlements/{feature}/override';
    return answerOf<MappedEntitlement>(await this.transport.send(requestOf('DELETE', path, { ...options, feature })));
  }

  /** What changed for the caller, oldest first: everything after the event that `after` names. */
  getEvents(query: Model.EventQuery = {}, options: RequestOptions = {}): Promise<Model.Page<Model.ListedEvent>> {
    return this.page<Mapped<Wire['OutgoingEventDto'], Model.ListedEvent>>('/events', query, options);
  }

  /** The plans on sale, with their prices. */
  getPlans({ currency, ...options }: Model.PlanQuery & RequestOptions = {}): Promise<Model.Plan[]> {
    return this.get<Mapped<Wire['PlanDto'], Model.Plan>[]>('/plans', { ...options, query: { currency } });
  }

  /** What a frontend must know before anyone signs in. */
  getConfig(options: RequestOptions = {}): Promise<Model.PublicConfig> {
    return this.get<Mapped<Wire['PublicConfigDto'], Model.PublicConfig>>('/config', options);
  }

  /** One page of the events that Stripe delivered, newest first. For the role `admin`. */
  getWebhookEvents(
    query: Model.WebhookEventQuery = {},
    options: RequestOptions = {},
  ): Promise<Model.Page<Model.WebhookEvent>> {
    return this.page<Mapped<Wire['WebhookEventDto'], Model.WebhookEvent>>('/webhook-events', query, options);
  }

  /** One event with its content. For the role `admin`. */
  getWebhookEvent(id: string, options: RequestOptions = {}): Promise<Model.WebhookEventDetails> {
    return this.get<Mapped<Wire['WebhookEventDetailsDto'], Model.WebhookEventDetails>>('/webhook-events/{id}', {
      ...options,
      id,
    });
  }

  /** Handles one event again. For the role `admin`. */
  replayWebhookEvent(id: string, options: RequestOptions = {}): Promise<Model.WebhookEvent> {
    return this.post<Mapped<Wire['WebhookEventDto'], Model.WebhookEvent>>('/webhook-events/{id}/replay', {
      ...options,
      id,
    });
  }

  /** Handles every failed event again. For the role `admin`. */
  replayFailedWebhookEvents(options: RequestOptions = {}): Promise<Model.ReplayedEvents> {
    return this.post<Mapped<Wire['ReplayedEventsDto'], Model.ReplayedEvents>>('/webhook-events/replay', options);
  }

  /** Payers by their name (`user:<sub>`, `org:<id>`), their Stripe customer or an e-mail: give one. For the role `admin`. */
  findPayers(query: Model.PayerQuery, options: RequestOptions = {}): Promise<Model.Payer[]> {
    return this.get<Mapped<Wire['PayerDto'], Model.Payer>[]>('/payers', { ...options, query });
  }

  /** One payer, by its name. For the role `admin`. */
  getPayer(payer: string, options: RequestOptions = {}): Promise<Model.Payer> {
    return this.get<Mapped<Wire['PayerDto'], Model.Payer>>('/payers/{id}', { ...options, id: payer });
  }

  /** Gives a Stripe customer with all it has to a payer that has none. For the role `admin`. */
  linkPayer(payer: string, data: { stripeCustomerId: string }, options: RequestOptions = {}): Promise<Model.Payer> {
    const body = data satisfies Body<'LinkCustomerDto'>;
    return this.post<Mapped<Wire['PayerDto'], Model.Payer>>('/payers/{id}/link', { ...options, id: payer, body });
  }

  /** Answers every request of a payer with 403. For the role `admin`. */
  deactivatePayer(payer: string, options: RequestOptions = {}): Promise<Model.Payer> {
    return this.post<Mapped<Wire['PayerDto'], Model.Payer>>('/payers/{id}/deactivate', { ...options, id: payer });
  }

  /** Lets a payer in again that was deactivated. For the role `admin`. */
  activatePayer(payer: string, options: RequestOptions = {}): Promise<Model.Payer> {
    return this.post<Mapped<Wire['PayerDto'], Model.Payer>>('/payers/{id}/activate', { ...options, id: payer });
  }

  /** Closes a payer for good: cancels what it has and removes what is personal. For the role `admin`. */
  closePayer(payer: string, options: RequestOptions = {}): Promise<Model.Payer> {
    return this.post<Mapped<Wire['PayerDto'], Model.Payer>>('/payers/{id}/close', { ...options, id: payer });
  }

  /** Where outgoing events are delivered. For the role `admin`. */
  getOutgoingEndpoints(options: RequestOptions = {}): Promise<Model.OutgoingEndpoint[]> {
    return this.get<Mapped<Wire['OutgoingEndpointDto'], Model.OutgoingEndpoint>[]>('/outgoing-endpoints', options);
  }

  /** Has outgoing events delivered to an address. For the role `admin`. */
  addOutgoingEndpoint(
    data: Model.OutgoingEndpointCreate,
    options: RequestOptions = {},
  ): Promise<Model.NewOutgoingEndpoint> {
    const body = data satisfies Body<'CreateOutgoingEndpointDto'>;
    return this.post<Mapped<Wire['NewOutgoingEndpointDto'], Model.NewOutgoingEndpoint>>('/outgoing-endpoints', {
      ...options,
      body,
    });
  }

  /** Stops the deliveries to an endpoint, or has them go on. For the role `admin`. */
  updateOutgoingEndpoint(
    id: number,
    data: { enabled: boolean },
    options: RequestOptions = {},
  ): Promise<Model.OutgoingEndpoint> {
    const body = data satisfies Body<'UpdateOutgoingEndpointDto'>;
    return this.patch<Mapped<Wire['OutgoingEndpointDto'], Model.OutgoingEndpoint>>('/outgoing-endpoints/{id}', {
      ...options,
      id,
      body,
    });
  }

  /** Removes an endpoint with what waits for it. For the role `admin`. */
  async removeOutgoingEndpoint(id: number, options: RequestOptions = {}): Promise<void> {
    const path: PathOf<'delete'> = '/outgoing-endpoints/{id}';
    await this.transport.send(requestOf('DELETE', path, { ...options, id }));
  }

  /** Delivers again: all events after one, else those that were given up. For the role `admin`. */
  replayOutgoingEvents(
    id: number,
    data: { after?: string } = {},
    options: RequestOptions = {},
  ): Promise<Model.QueuedDeliveries> {
    const body = data satisfies Body<'ReplayOutgoingEventsDto'>;
    return this.post<Mapped<Wire['QueuedDeliveriesDto'], Model.QueuedDeliveries>>('/outgoing-endpoints/{id}/replay', {
      ...options,
      id,
      body,
    });
  }

  /** One page of the audit log, newest first. For the role `admin`. */
  getAuditEntries(query: Model.AuditQuery = {}, options: RequestOptions = {}): Promise<Model.Page<Model.AuditEntry>> {
    return this.page<Mapped<Wire['AuditEntryDto'], Model.AuditEntry>>('/audit', query, options);
  }

  /**
   * Bars a member who was removed from an organization: tokens issued until now act for it no more. For the role `admin`.
   * @param organization its id as tokens name it
   * @param sub the `sub` of the member's tokens
   */
  async removeOrganizationMember(organization: string, sub: string, options: RequestOptions = {}): Promise<void> {
    const path: PathOf<'delete'> = '/organizations/{id}/members/{sub}';
    await this.transport.send(requestOf('DELETE', path, { ...options, id: organization, sub }));
  }

  private async get<Answer>(path: PathOf<'get'>, call: Call): Promise<Answer> {
    return answerOf<Answer>(await this.transport.send(requestOf('GET', path, call)));
  }

  private async post<Answer>(path: PathOf<'post'>, call: Call): Promise<Answer> {
    return answerOf<Answer>(await this.transport.send(requestOf('POST', path, call)));
  }

  private async patch<Answer>(path: PathOf<'patch'>, call: Call): Promise<Answer> {
    return answerOf<Answer>(await this.transport.send(requestOf('PATCH', path, call)));
  }

  private async put<Answer>(path: PathOf<'put'>, call: Call): Promise<Answer> {
    return answerOf<Answer>(await this.transport.send(requestOf('PUT', path, call)));
  }

  private async page<Item>(path: PathOf<'get'>, query: object, options: RequestOptions): Promise<Model.Page<Item>> {
    const response = await this.transport.send(requestOf('GET', path, { ...options, query }));
    const items = await answerOf<Item[]>(response);
    return { items, hasMore: response.headers.get('X-Has-More') === 'true' };
  }
}

/** A body of the wire in camelCase. */
type Body<Name extends keyof Wire> = { [Key in keyof Wire[Name] as CamelKey<Key>]: Wire[Name][Key] };

type MappedEntitlement = Mapped<Wire['EntitlementDto'], Model.Entitlement>;
