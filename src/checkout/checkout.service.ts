import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { loggedPayer, type Payer } from '../auth/payer.js';
import { AppConfig } from '../config/app-config.js';
import { type EarlierRequest, type ReplaySource } from '../idempotency/replay.js';
import { Operations } from '../operations/operations.js';
import { type StripeOperation } from '../operations/stripe-operation.entity.js';
import { type CheckoutSession, CheckoutSessionsGateway } from '../purchases/checkout-sessions.gateway.js';
import { PurchaseExplanations } from '../purchases/purchase-explanations.js';
import { boughtOf } from '../purchases/purchase-rules.js';
import { PurchaseGate } from '../purchases/purchase-gate.js';
import { type PurchaseOrder, PurchaseOrders } from '../purchases/purchase-order.js';
import { toCheckoutSessionDto, toSessionParams } from './checkout.mapper.js';
import { type CheckoutSessionDto } from './dto/checkout-session.dto.js';
import { type CreateCheckoutDto } from './dto/create-checkout.dto.js';
import { operationKeyOf } from '../operations/operation-metadata.js';

/** Purchases on Stripe's own page. Nothing is written here until Stripe says that one was completed. */
@Injectable()
export class CheckoutService implements ReplaySource {
  private readonly logger = new Logger(CheckoutService.name);

  constructor(
    private readonly config: AppConfig,
    private readonly orders: PurchaseOrders,
    private readonly gate: PurchaseGate,
    private readonly explanations: PurchaseExplanations,
    private readonly operations: Operations,
    private readonly sessions: CheckoutSessionsGateway,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Begins a purchase, or resumes the open one of the same plan, trial and coupon; any other open one is closed.
   * @throws BillingError the 400s of PurchaseOrders, the 409s of PurchaseGate, stripe_unavailable, stripe_failed
   */
  async create(payer: Payer, wish: CreateCheckoutDto): Promise<CheckoutSessionDto> {
    const order = await this.orders.check(payer, wish);
    const operation = await this.gate.open(operationOf(order), order);
    const session = await this.operations.carryOut(operation, () =>
      this.explanations.of(order.customer, wish.coupon_code, () => this.carryOut(operation, order)),
    );
    this.logger.log({ ...loggedPayer(payer), stripe_session_id: session.id }, 'Checkout begun');
    return session;
  }

  /** The session that an earlier try made without being able to return it; a closed one is made again. */
  async replay({ answer, operation }: EarlierRequest): Promise<CheckoutSessionDto | undefined> {
    if (answer !== undefined) return answer as CheckoutSessionDto;
    if (operation?.kind !== 'checkout.create' || operation.resultStripeId === null) return undefined;
    const session = await this.sessions.retrieve(operation.resultStripeId);
    return session?.status === 'open' ? toCheckoutSessionDto(session) : undefined;
  }

  private async carryOut(operation: StripeOperation, order: PurchaseOrder): Promise<CheckoutSessionDto> {
    const reusable = await this.findReusable(operation, order.customer.stripeCustomerId);
    await this.gate.clear(order, null, reusable?.id);
    const session = toCheckoutSessionDto(reusable ?? (await this.open(operation, order)));
    const noted = this.audit.with({
      action: 'checkout.created',
      object: { type: 'checkout_session', id: session.id },
      of: { customerId: order.customer.id },
      after: boughtOf(order),
    });
    await this.operations.complete(operation, session.id, reusable === null ? noted : undefined);
    return session;
  }

  private async open(operation: StripeOperation, order: PurchaseOrder): Promise<CheckoutSession> {
    const wanted = toSessionParams(order, operation.key, this.config.env.FRONTEND_URL);
    const params = await this.operations.prepareStep(operation, 'session', wanted);
    return this.sessions.create(Operations.stepKey(operation, 'session'), params);
  }

  /** An open session that asks for the same: one that this operation made before a crash, or an earlier one. */
  private async findReusable(operation: StripeOperation, stripeCustomerId: string): Promise<CheckoutSession | null> {
    const open = await this.sessions.listOpen(stripeCustomerId);
    const own = open.find((session) => operationKeyOf(session.metadata) === operation.key);
    if (own !== undefined) return own;
    const known = await this.operations.resultsOfSameRequest(operation);
    return open.find((session) => known.has(session.id)) ?? null;
  }
}

function operationOf(order: PurchaseOrder) {
  const { customer, trialDays, discount } = order;
  return {
    customerId: customer.id,
    kind: 'checkout.create' as const,
    request: {
      ...boughtOf(order),
      trial_days: trialDays,
      discount: discount === null ? null : JSON.stringify(discount),
    },
  };
}
