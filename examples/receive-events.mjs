// Takes outgoing events: node examples/receive-events.mjs, with BILLING_EVENT_SECRET=whsec_… and PORT.
import { createServer } from 'node:http';
import { verifyEvent } from 'stripe-billing-client';

const secret = process.env.BILLING_EVENT_SECRET ?? '';
/** Last sequence of each payer. A real host keeps it in its database, in the transaction that acts on the event. */
const seen = new Map();

const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const event = await verifyEvent(Buffer.concat(chunks), request.headers, secret);
    if (event.sequence > (seen.get(event.payer) ?? 0)) {
      seen.set(event.payer, event.sequence);
      console.log(`${event.payer} ${event.type}`);
    }
    response.writeHead(204).end();
  } catch (error) {
    response.writeHead(error.name === 'EventVerificationError' ? 400 : 500).end();
  }
});

server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${server.address().port}`),
);
