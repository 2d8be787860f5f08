import { randomUUID } from 'node:crypto';
import { type NextFunction, type Request, type Response } from 'express';
import { type Logger } from 'pino';
import { runInRequestContext } from '../common/request-context.js';

const REQUEST_ID = /^[A-Za-z0-9._-]{8,128}$/;

/**
 * Gives each request its id (the caller's `X-Request-Id` where it is well-formed), returns it in the response and logs one
 * line when the response is sent: never a query string, a header or a body.
 */
export function requestLog(logger: Logger, monotonicSeconds: () => number) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    const start = monotonicSeconds();
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const milliseconds = Math.round((monotonicSeconds() - start) * 1000);
      const entry = {
        method: request.method,
        path: request.originalUrl.split('?', 1)[0],
        status: response.statusCode,
        milliseconds,
        request_id: requestId,
      };
      logger.info(entry, response.writableFinished ? 'answered' : 'connection closed early');
    });
    runInRequestContext({ requestId }, next);
  };
}
