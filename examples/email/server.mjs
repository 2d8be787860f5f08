// Sends the e-mails of billing. SMTP_URL=smtp://… MAIL_FROM=… BILLING_URL=https://… BILLING_KEY=bsk_… (scope read)
// BILLING_EVENT_SECRET=whsec_… PORT=3000 npm start
import { createServer } from 'node:http';
import { createTransport } from 'nodemailer';
import { BillingClient, verifyEvent } from 'stripe-billing-client';

const { SMTP_URL, MAIL_FROM, BILLING_URL = '', BILLING_KEY = '', BILLING_EVENT_SECRET = '', PORT } = process.env;
const mailer = createTransport(SMTP_URL);

/**
 * Subject and text of the e-mail about an event; null where none is sent.
 * @param {import('stripe-billing-client').OutgoingEvent} event
 */
function mailAbout({ type, data: { object } }) {
  if (type === 'invoice.paid' && Number(object.amount_paid) > 0)
    return ['Thank you', `We received ${object.amount_paid} ${object.currency}.\n${object.hosted_url}`];
  if (type === 'invoice.payment_failed')
    return ['Your payment failed', `Please pay ${object.amount_due} ${object.currency} here:\n${object.hosted_url}`];
  if (type === 'subscription.trial_ending') return ['Your trial ends soon', 'It goes on as a paid plan.'];
  if (type === 'subscription.canceled') return ['Your plan has ended', 'You are welcome back at any time.'];
  return null;
}

/** @param {string} payer `user:<sub>` or `org:<id>` */
async function addressOf(payer) {
  const [kind, id] = [payer.slice(0, payer.indexOf(':')), payer.slice(payer.indexOf(':') + 1)];
  const onBehalfOf = kind === 'org' ? { organization: id } : { user: id };
  const billing = new BillingClient({ baseUrl: BILLING_URL, token: BILLING_KEY, onBehalfOf });
  return (await billing.getCustomer())?.email;
}

/** @param {import('stripe-billing-client').OutgoingEvent} event */
async function send(event) {
  const mail = mailAbout(event);
  const to = mail && event.payer !== null && (await addressOf(event.payer));
  if (!mail || !to) return;
  const [subject, text] = mail;
  await mailer.sendMail({ from: MAIL_FROM, to, subject, text, messageId: `<billing-${event.id}@example.com>` });
  console.log(`${event.payer} ${event.type}`);
}

/**
 * The e-mails of events by id, sent or under way; a real host has a table of the ids. An e-mail is due whatever came
 * since, so an older `sequence` is no reason to drop one.
 * @type {Map<string, Promise<void>>}
 */
const mails = new Map();

/** @param {import('stripe-billing-client').OutgoingEvent} event */
function sendOnce(event) {
  const mail = mails.get(event.id) ?? send(event);
  mails.set(event.id, mail);
  mail.catch(() => mails.delete(event.id)); // it comes again
  return mail;
}

const server = createServer(async (request, response) => {
  try {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    await sendOnce(await verifyEvent(Buffer.concat(chunks), request.headers, BILLING_EVENT_SECRET));
    response.writeHead(204).end();
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    if (name !== 'EventVerificationError') console.error(message);
    response.writeHead(name === 'EventVerificationError' ? 400 : 500).end();
  }
});

server.listen(Number(PORT ?? 3000), '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`listening on http://127.0.0.1:${address.port}`);
});
