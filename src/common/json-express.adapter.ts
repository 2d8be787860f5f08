import { ExpressAdapter } from '@nestjs/platform-express';
import { type Response } from 'express';

/** Nest answers a handler's `null` with an empty body; a JSON client needs the JSON value `null`. */
export class JsonExpressAdapter extends ExpressAdapter {
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (body !== null) return super.reply(response, body, statusCode);
    if (statusCode !== undefined) response.status(statusCode);
    return response.type('application/json').send('null');
  }
}
