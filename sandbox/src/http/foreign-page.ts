import { type IncomingHttpHeaders } from 'node:http';
import { StripeError } from '../errors/stripe-error.js';

const API_OR_CONTROL = /^\/(v1|v2|_sandbox)(\/|$)/;

/**
 * Refuses what a web page of another origin sends to the API and the control routes: any page that a developer looks at
 * could drive the sandbox. Programs send no `Origin`; a page that has its own name resolve to this machine shows it in
 * `Host`. A name without a dot is this machine's, or of its network.
 */
export function refuseForeignPage(path: string, { origin, host }: IncomingHttpHeaders): void {
  if (!API_OR_CONTROL.test(path)) return;
  if (host !== undefined && !isNear(hostnameOf(`http://${host}`))) throw refusal(`Host ${host}`);
  if (origin !== undefined && origin !== `http://${host}`) throw refusal(`Origin ${origin}`);
}

function hostnameOf(address: string): string | null {
  return URL.canParse(address) ? new URL(address).hostname : null;
}

function isNear(name: string | null): boolean {
  if (name === null) return false;
  return name === '[::1]' || /^127(\.\d+){3}$/.test(name) || name.endsWith('.localhost') || !/[.:]/.test(name);
}

function refusal(what: string): StripeError {
  const message = `The sandbox takes no requests of web pages from elsewhere (${what}).`;
  return new StripeError(403, { type: 'invalid_request_error', message });
}
