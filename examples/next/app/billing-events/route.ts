// A route handler of Next: app/billing-events/route.ts, with BILLING_EVENT_SECRET=whsec_… in the environment.
import { EventVerificationError, type OutgoingEvent, verifyEvent } from 'stripe-billing-client';

// A real host keeps these three in its database and writes them in the transaction that acts on the event: what a
// module holds is another in each instance of a route.
/** Ids of the events that were acted upon. */
const known = new Set<string>();
/** The newest sequence of each payer. */
const newest = new Map<string, number>();
/** The plan of each payer. */
const plans = new Map<string, string>();

export async function POST(request: Request): Promise<Response> {
  try {
    // The signature is over the bytes: `text()`, not `json()`.
    take(await verifyEvent(await request.text(), request.headers, process.env.BILLING_EVENT_SECRET ?? ''));
    return new Response(null, { status: 204 });
  } catch (error) {
    if (error instanceof EventVerificationError) return new Response(error.message, { status: 400 });
    throw error; // 500: the delivery comes again
  }
}

function take(event: OutgoingEvent): void {
  if (known.has(event.id)) return; // the same again
  known.add(event.id);
  const { payer, sequence } = event;
  if (payer === null) return; // about the catalogue, so about everybody
  if (sequence <= (newest.get(payer) ?? 0)) return; // older than what is kept here
  newest.set(payer, sequence);
  if (event.object_type === 'subscription') {
    const { tier, status } = event.data.object;
    if (status === 'active' || status === 'trialing') plans.set(payer, String(tier));
    else plans.delete(payer);
  }
  console.log(`${payer} ${event.type} ${plans.get(payer) ?? 'none'}`);
}
