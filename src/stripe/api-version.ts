/** The API version that everything here is written for; events of another version are read anew from Stripe. */
export const STRIPE_API_VERSION = '2026-10-28.endive';
