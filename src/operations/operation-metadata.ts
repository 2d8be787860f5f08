/** The metadata of objects at Stripe that tell which operation made them. */
type StripeMetadata = Readonly<Record<string, string | undefined>>;

/**
 * What an object that an operation makes carries at Stripe. `intent_key` is the name that releases before 0.2 look for:
 * one of their instances may have to recover the operation while a deployment is rolled out.
 */
export function operationMetadata(key: string): { operation_key: string; intent_key: string } {
  return { operation_key: key, intent_key: key };
}

/** Key of the operation that made an object. Those made before 0.2 carry `intent_key` alone, for good. */
export function operationKeyOf(metadata: StripeMetadata | null | undefined): string | undefined {
  return metadata?.operation_key ?? metadata?.intent_key;
}
