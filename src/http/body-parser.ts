import { type NextFunction, type Request, type Response, json } from 'express';

/** Bytes that a JSON body may have. */
const MAX_BODY_BYTES = 100 * 1024;

/** A request whose body could not be read; the error is sent after the guards, so that 401 and 404 come first. */
export interface ParsedRequest extends Request {
  bodyError?: Error & { type?: string; status?: number };
}

/** Reads JSON bodies of every type, and keeps what is wrong with one for the guards. */
export function jsonBodyParser(): (request: ParsedRequest, response: Response, next: NextFunction) => void {
  const parse = json({ limit: MAX_BODY_BYTES, strict: false });
  return (request, response, next) => {
    parse(request, response, (error?: unknown) => {
      if (error instanceof Error) request.bodyError = error;
      next();
    });
  };
}

/** True when a body was sent that is not JSON. */
export function hasUnsupportedBody(request: Request): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const sent = encoding !== undefined || (length !== undefined && length !== '0');
  return sent && request.is('application/json') === false;
}
