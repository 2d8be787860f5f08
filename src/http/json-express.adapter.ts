import { ExpressAdapter } from '@nestjs/platform-express';
import { type Response } from 'express';

type Handler = Parameters<ExpressAdapter['setNotFoundHandler']>[0];

/** Express, with JSON where Nest and Express would send something else. */
export class JsonExpressAdapter extends ExpressAdapter {
  /** Nest sends an empty body for a handler's `null`; a JSON client needs the JSON value `null`. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (body !== null) return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.status(statusCode);
    return response.type('application/json').send('null');
  }

  /** Nest handles unknown addresses below the global prefix only, and Express the others, with a page of HTML. */
  override setNotFoundHandler(handler: Handler): unknown {
    return super.setNotFoundHandler(handler) as unknown;
  }
}
