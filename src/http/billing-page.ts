import { existsSync } from 'node:fs';
import path from 'node:path';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { static as serveStatic, type NextFunction, type Request, type Response } from 'express';

/** The built page: `web/dist`, seen from `dist/src/http`. */
const PAGE_FOLDER = path.resolve(import.meta.dirname, '../../../web/dist');

/** Addresses of the page; every other one is left to the API, so that its 404 stays a problem and no HTML. */
const ADDRESSES = ['/', '/billing'];
const ASSETS = '/assets';
const A_YEAR_MS = 31_536_000_000;
const NOT_BUILT =
  'The billing page is not built. Run "npm ci" (with development dependencies) and "npm run build:web". The API works without it.\n';

/** Mantine writes its variables into style elements; Stripe.js asks for its own origins. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' https://js.stripe.com https://*.js.stripe.com",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: https://*.stripe.com",
  "font-src 'self'",
  "connect-src 'self' https://api.stripe.com",
  'frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export interface BillingPageOptions {
  /** Folder of the built page. Default: PAGE_FOLDER. */
  folder?: string;
}

/** True when the page was built. */
export function isPageBuilt(folder = PAGE_FOLDER): boolean {
  return existsSync(path.join(folder, 'index.html'));
}

/** Serves the billing page at `/` and `/billing`. To be called before the application listens. */
export function serveBillingPage(app: NestExpressApplication, { folder = PAGE_FOLDER }: BillingPageOptions = {}): void {
  // Their names change with their content.
  app.use(ASSETS, serveStatic(path.join(folder, 'assets'), { immutable: true, maxAge: A_YEAR_MS, index: false }));
  app.use('/icon.svg', serveStatic(path.join(folder, 'icon.svg'), { maxAge: 0, index: false }));
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (!ADDRESSES.includes(request.path) || !['GET', 'HEAD'].includes(request.method)) return next();
    if (!isPageBuilt(folder)) {
      response.status(503).setHeader('Cache-Control', 'no-store').type('text/plain').send(NOT_BUILT);
      return;
    }
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: folder, cacheControl: false });
  });
}
