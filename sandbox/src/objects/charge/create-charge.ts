import type Stripe from 'stripe';
import { type Context } from '../../kernel/context.js';
import { type Decline, type TestCard } from '../../rules/test-cards.js';
import { type Wire } from '../../wire.js';
import { type PaymentMethod, cardOf, testCardOf } from '../payment-method/payment-method-type.js';
import { type Charge, charges } from './charge-type.js';

/** What a charge is made of. */
export interface ChargeInput {
  /** Minor units. */
  readonly amount: number;
  readonly currency: string;
  readonly customer: string | null;
  readonly description: string | null;
  readonly metadata: Record<string, string>;
  readonly payment_intent: string;
  readonly receipt_email: string | null;
  readonly statement_descriptor: string | null;
  readonly statement_descriptor_suffix: string | null;
  readonly shipping: Wire<Stripe.Charge.Shipping> | null;
  readonly captured: boolean;
  /** True when the customer passed 3-D Secure for this payment. */
  readonly authenticated: boolean;
}

/** The fields of a new charge that do not depend on its payment method. */
function newCharge(context: Context, method: PaymentMethod, input: ChargeInput) {
  return {
    amount: input.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: method.billing_details,
    created: context.now(),
    currency: input.currency,
    customer: input.customer,
    description: input.description,
    disputed: false,
    failure_balance_transaction: null,
    fraud_details: {},
    livemode: false,
    metadata: input.metadata,
    on_behalf_of: null,
    payment_intent: input.payment_intent,
    payment_method: method.id,
    radar_options: {},
    receipt_email: input.receipt_email,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: input.shipping,
    source: null,
    source_transfer: null,
    statement_descriptor: input.statement_descriptor,
    statement_descriptor_suffix: input.statement_descriptor_suffix,
    transfer_data: null,
    transfer_group: null,
  } satisfies Partial<Charge>;
}

/** Stores the charge of a debit that the bank has not answered yet and emits `charge.pending`. */
export function insertPendingDebit(
  context: Context,
  method: PaymentMethod,
  input: ChargeInput,
  mandate: string,
): Charge {
  const { bank_code, branch_code, country, fingerprint, last4 } = method.sepa_debit ?? {};
  const charge = context.objects(charges).insert({
    id: context.newId('py'),
    object: 'charge',
    amount_captured: input.amount,
    calculated_statement_descriptor: null,
    captured: true,
    failure_code: null,
    failure_message: null,
    outcome: {
      ...NO_ADVICE,
      network_status: 'approved_by_network',
      reason: null,
      risk_level: 'not_assessed',
      seller_message: 'Payment complete.',
      type: 'authorized',
    },
    paid: false,
    payment_method_details: {
      sepa_debit: {
        bank_code: bank_code ?? null,
        branch_code: branch_code ?? null,
        country: country ?? null,
        fingerprint: fingerprint ?? null,
        last4: last4 ?? null,
        mandate,
      },
      type: 'sepa_debit',
    },
    status: 'pending',
    ...newCharge(context, method, input),
  });
  context.emit('charge.pending', charge);
  return charge;
}

/** Stores a charge of a card and emits `charge.succeeded` or `charge.failed`. */
export function insertCharge(
  context: Context,
  method: PaymentMethod,
  input: ChargeInput,
  decline: Decline | undefined,
): Charge {
  const failed = decline !== undefined;
  const charge = context.objects(charges).insert({
    id: context.newId('ch'),
    object: 'charge',
    amount_captured: failed || !input.captured ? 0 : input.amount,
    calculated_statement_descriptor: failed ? null : 'STRIPE SANDBOX',
    captured: !failed && input.captured,
    failure_code: decline?.code ?? null,
    failure_message: decline?.message ?? null,
    outcome: outcomeOf(testCardOf(method), decline),
    paid: !failed,
    payment_method_details: { type: 'card', card: cardDetails(method, input) },
    status: failed ? 'failed' : 'succeeded',
    ...newCharge(context, method, input),
  });
  context.emit(failed ? 'charge.failed' : 'charge.succeeded', charge);
  return charge;
}

const NO_ADVICE = { advice_code: null, network_advice_code: null, network_decline_code: null };

function outcomeOf(card: TestCard, decline: Decline | undefined): Wire<Stripe.Charge.Outcome> {
  const riskLevel = card.riskLevel ?? 'normal';
  const common = {
    ...NO_ADVICE,
    risk_level: riskLevel,
    risk_score: { normal: 12, elevated: 68, highest: 92 }[riskLevel],
  };
  if (decline === undefined) {
    const seller = 'Payment complete.';
    return {
      ...common,
      network_status: 'approved_by_network',
      reason: null,
      seller_message: seller,
      type: 'authorized',
    };
  }
  if (decline.blocked === true) {
    const seller = 'Stripe blocked this payment as too risky.';
    return {
      ...common,
      network_status: 'not_sent_to_network',
      reason: 'highest_risk_level',
      seller_message: seller,
      type: 'blocked',
    };
  }
  const seller = 'The bank did not return any further details with this decline.';
  return {
    ...common,
    network_status: 'declined_by_network',
    reason: decline.decline_code ?? decline.code,
    seller_message: seller,
    type: 'issuer_declined',
  };
}

function cardDetails(method: PaymentMethod, input: ChargeInput): Wire<Stripe.Charge.PaymentMethodDetails.Card> {
  const card = cardOf(method);
  return {
    amount_authorized: input.amount,
    authorization_code: null,
    brand: card.brand,
    checks: card.checks,
    country: card.country,
    electronic_commerce_indicator: input.authenticated ? '05' : null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    installments: null,
    issuer: null,
    last4: card.last4,
    mandate: null,
    network: card.brand,
    network_transaction_id: null,
    regulated_status: 'unregulated',
    three_d_secure: input.authenticated
      ? {
          authentication_flow: 'challenge',
          electronic_commerce_indicator: '05',
          exemption_indicator: null,
          result: 'authenticated',
          result_reason: null,
          transaction_id: null,
          version: '2.2.0',
        }
      : null,
    transaction_link_id: null,
    wallet: null,
  };
}
