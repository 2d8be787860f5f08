import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { loggedPayer, type Payer } from '../auth/payer.js';
import { BillingError } from '../common/billing-error.js';
import { CustomerProjection } from '../customers/customer.projection.js';
import { CustomerReader } from '../customers/customer.reader.js';
import { type StripeCustomer, StripeCustomers } from '../customers/stripe-customers.js';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { type OnCommit } from '../sync/projection.js';
import { CustomerPaymentMethods } from './customer-payment-methods.js';
import { type AddPaymentMethodDto } from './dto/add-payment-method.dto.js';
import { type PaymentMethodDto } from './dto/payment-method.dto.js';
import { type SetupIntentDto } from './dto/setup-intent.dto.js';
import { type PaymentMethod } from './payment-method.entity.js';
import { OwedPayments } from './owed-payments.js';
import { PaymentMethodGateway } from './payment-method.gateway.js';
import { toPaymentMethodDto } from './payment-method.mapper.js';
import { PaymentMethodReader } from './payment-method.reader.js';

/** Attached payment methods that a customer may have: an endless list would only serve to try out stolen cards. */
const MAX_PAYMENT_METHODS = 20;
/** Text of the 404, the same for an absent, a foreign and a detached payment method. */
export const PAYMENT_METHOD_NOT_FOUND = 'Payment method not found';

/** The caller's own payment methods. */
@Injectable()
export class PaymentMethodsService implements ReplaySource {
  private readonly logger = new Logger(PaymentMethodsService.name);

  constructor(
    private readonly reader: PaymentMethodReader,
    private readonly customers: StripeCustomers,
    private readonly customerReader: CustomerReader,
    private readonly customerProjection: CustomerProjection,
    private readonly methods: CustomerPaymentMethods,
    private readonly gateway: PaymentMethodGateway,
    private readonly owed: OwedPayments,
    private readonly audit: AuditLog,
  ) {}

  /** The attached payment methods, the default first, then the newest. */
  async list(payer: Payer): Promise<PaymentMethodDto[]> {
    const customer = await this.customerReader.find(payer);
    return customer === null ? [] : (await this.reader.list(customer.id)).map(toPaymentMethodDto);
  }

  /**
   * Adds a payment method; one that the caller has already is returned as it is. The first one becomes the default.
   * @throws BillingError invalid_payment_method, payment_method_limit, email_required
   */
  async add(payer: Payer, request: AddPaymentMethodDto): Promise<PaymentMethodDto> {
    const customer = await this.customers.ensure(payer, await this.customers.ensureRow(payer, request.email));
    const { stripeId, attached } = await this.methods.resolve(customer, request.payment_method_id);
    const id = attached ? stripeId : await this.attach(customer, stripeId);
    const others = await this.reader.list(customer.id);
    if (request.set_as_default === true || !others.some((method) => method.isDefault)) {
      await this.methods.setDefault(customer, id, undefined, this.noted(customer, 'made_default', id));
      await this.owed.payWith(customer.id, id);
    }
    await this.methods.removeDuplicates(customer, id);
    const row = await this.reader.getByStripeId(id);
    this.logger.log({ ...loggedPayer(payer), payment_method_id: row.id }, 'Payment method added');
    return toPaymentMethodDto(row);
  }

  /**
   * Detaches a payment method; the newest of the others becomes the default where it was.
   * @throws BillingError payment_method_in_use when a live paid subscription would be left without one
   */
  async remove(payer: Payer, row: PaymentMethod): Promise<void> {
    const stripeId = attachedIdOf(row);
    const customer = await this.customers.ensure(payer);
    const others = (await this.reader.list(customer.id)).filter((method) => method.id !== row.id);
    const subscriptions = await this.gateway.listLiveSubscriptions(customer.stripeCustomerId);
    if (others.length === 0 && subscriptions.some((subscription) => subscription.needsPaymentMethod))
      throw new BillingError('payment_method_in_use');
    const successor = others[0]?.stripePaymentMethodId ?? null;
    const withOwn = (isMeant: (card: string) => boolean) =>
      subscriptions.flatMap(({ id, defaultPaymentMethodId: own }) => (own !== null && isMeant(own) ? [id] : []));
    if (row.isDefault && successor !== null) {
      await this.methods.setDefault(
        customer,
        successor,
        withOwn(() => true),
      );
    } else await this.methods.clearOwnDefaults(withOwn((card) => card === stripeId));
    await this.methods.detach(stripeId, this.noted(customer, 'detached', stripeId));
    if (row.isDefault && successor === null) await this.customerProjection.refresh(customer.stripeCustomerId);
    this.logger.log({ ...loggedPayer(payer), payment_method_id: row.id }, 'Payment method removed');
  }

  /** Makes a payment method the one that pays. */
  async setDefault(payer: Payer, row: PaymentMethod): Promise<PaymentMethodDto> {
    const stripeId = attachedIdOf(row);
    const customer = await this.customers.ensure(payer);
    await this.methods.setDefault(customer, stripeId, undefined, this.noted(customer, 'made_default', stripeId));
    await this.owed.payWith(customer.id, stripeId);
    this.logger.log({ ...loggedPayer(payer), payment_method_id: row.id }, 'Default payment method changed');
    return toPaymentMethodDto(await this.reader.get(row.id));
  }

  /**
   * Begins the collection of a payment method in the caller's browser, with the authentication that later charges need.
   * @throws BillingError payment_method_limit, email_required
   */
  async createSetupIntent(payer: Payer): Promise<SetupIntentDto> {
    const customer = await this.customers.ensure(payer);
    await this.refuseWhenFull(customer);
    const { object } = await this.customers.whileKnown(customer, () =>
      this.gateway.createSetupIntent(customer.stripeCustomerId),
    );
    return { id: object.id, client_secret: object.client_secret, usage: object.usage };
  }

  /** The setup intent of an earlier request, with its secret as long as it waits for a card. */
  async replay({ answer }: EarlierRequest): Promise<SetupIntentDto | undefined> {
    if (answer === undefined) return undefined;
    const earlier = answer as SetupIntentDto;
    const setup = await this.gateway.retrieveSetupIntent(earlier.id);
    const waits = setup !== null && setup.status.startsWith('requires_');
    return { ...earlier, client_secret: waits ? setup.client_secret : null };
  }

  /** The limit is looked at again after the call, since several requests may have passed the first look together. */
  private async attach(customer: StripeCustomer, stripeId: string): Promise<string> {
    await this.refuseWhenFull(customer);
    const id = await this.methods.attach(customer, stripeId, randomUUID(), (attached) =>
      this.noted(customer, 'attached', attached),
    );
    const oldestFirst = (await this.reader.list(customer.id)).sort((left, right) => left.id - right.id);
    const rank = oldestFirst.findIndex((method) => method.stripePaymentMethodId === id);
    if (rank >= MAX_PAYMENT_METHODS) {
      await this.methods.detach(id);
      throw new BillingError('payment_method_limit');
    }
    return id;
  }

  private noted({ id }: StripeCustomer, what: 'attached' | 'detached' | 'made_default', stripeId: string): OnCommit {
    const object = { type: 'payment_method', id: stripeId };
    return this.audit.with({ action: `payment_method.${what}`, object, of: { customerId: id } });
  }

  private async refuseWhenFull(customer: StripeCustomer): Promise<void> {
    if ((await this.reader.list(customer.id)).length >= MAX_PAYMENT_METHODS)
      throw new BillingError('payment_method_limit');
  }
}

/** A detached payment method is no longer the caller's to use: 404, as for an absent one. */
function attachedIdOf(row: PaymentMethod): string {
  if (row.detachedAt !== null || row.stripePaymentMethodId === null)
    throw new BillingError('not_found', PAYMENT_METHOD_NOT_FOUND);
  return row.stripePaymentMethodId;
}
