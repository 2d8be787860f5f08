import Stripe from 'stripe';
import { type Route, Router } from '../../src/http/router.js';
import { RESOURCES } from '../../src/sandbox.js';

/** One answer of the API. */
export interface RecordedAnswer {
  readonly route: Route;
  readonly status: number;
  readonly body: unknown;
}

/** A client that remembers every answer and the route that gave it. */
export class RecordedCalls {
  readonly answers: RecordedAnswer[] = [];
  private readonly router = new Router(RESOURCES.flatMap((resource) => resource.routes));

  client(port: number): Stripe {
    const recording: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      const url = new URL(input instanceof Request ? input.url : input);
      const match = this.router.find(init?.method ?? 'GET', url.pathname);
      const body: unknown = await response.clone().json();
      if (match !== undefined) this.answers.push({ route: match.route, status: response.status, body });
      return response;
    };
    return new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
      httpClient: Stripe.createFetchHttpClient(recording),
    });
  }

  /** The routes that no recorded call succeeded on. */
  missing(): string[] {
    const called = new Set(this.answers.filter(({ status }) => status === 200).map(({ route }) => route));
    return RESOURCES.flatMap((resource) => resource.routes)
      .filter((route) => !called.has(route))
      .map((route) => `${route.method} ${route.path}`);
  }
}
