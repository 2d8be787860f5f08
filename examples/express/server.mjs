// A host on Express that hears what was bought. BILLING_EVENT_SECRET=whsec_… PORT=3000 npm start
import express from 'express';
import { EventVerificationError, verifyEvent } from 'stripe-billing-client';

const secret = process.env.BILLING_EVENT_SECRET ?? '';

// A real host keeps these three in its database and writes them in the transaction that acts on the event.
/** Ids of the events that were acted upon. @type {Set<string>} */
const known = new Set();
/** The newest sequence of each payer. @type {Map<string, number>} */
const newest = new Map();
/** The plan of each payer. @type {Map<string, string>} */
const plans = new Map();

/** @param {import('stripe-billing-client').OutgoingEvent} event */
function take(event) {
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

const app = express();

// The signature is over the bytes: no JSON parser may come before this route.
app.post('/billing-events', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
  try {
    take(await verifyEvent(request.body ?? '', request.headers, secret));
    response.sendStatus(204);
  } catch (error) {
    if (!(error instanceof EventVerificationError)) throw error; // 500: the delivery comes again
    response.sendStatus(400);
  }
});

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${address.port}`);
});
