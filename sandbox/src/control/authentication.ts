import { type Kernel } from '../kernel/kernel.js';
import { completeAuthentication } from '../objects/payment-intent/pay-payment-intent.js';
import { completeSetupAuthentication } from '../objects/setup-intent/confirm-setup-intent.js';

/**
 * Ends the 3-D Secure step of a payment intent or a setup intent, as the customer would on the hosted page. Throws
 * `TransactionFailure` when the intent does not wait for it.
 */
export async function authenticateIntent(kernel: Kernel, intent: string, passed: boolean): Promise<void> {
  const { durable } = kernel.transact(null, (context) =>
    intent.startsWith('seti_')
      ? completeSetupAuthentication(context, intent, passed)
      : completeAuthentication(context, intent, passed),
  );
  await durable;
}
