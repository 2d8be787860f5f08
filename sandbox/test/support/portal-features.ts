import type Stripe from 'stripe';

/** A portal configuration that offers everything, plan changes between the given prices included. */
export function portalFeatures(...prices: Stripe.Price[]): Stripe.BillingPortal.ConfigurationCreateParams {
  return {
    business_profile: { headline: 'Your plan at Example' },
    features: {
      customer_update: { enabled: true, allowed_updates: ['name', 'email', 'address'] },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true },
      subscription_cancel: {
        enabled: true,
        cancellation_reason: { enabled: true, options: ['too_expensive', 'unused'] },
      },
      subscription_update: {
        enabled: true,
        default_allowed_updates: ['price', 'quantity'],
        proration_behavior: 'always_invoice',
        products: prices.map((price) => ({
          product: price.product as string,
          prices: [price.id],
          adjustable_quantity: { enabled: true, maximum: 5, minimum: 1 },
        })),
      },
    },
  };
}
