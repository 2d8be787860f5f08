import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { type Express, type Response } from 'express';

type Handler = Parameters<ExpressAdapter['setNotFoundHandler']>[0];
type ServerOptions = Parameters<ExpressAdapter['initHttpServer']>[0];

/** Express, with JSON where Nest and Express would send something else, and without what costs it most. */
export class JsonExpressAdapter extends ExpressAdapter {
  /**
   * Express gives each request and response another prototype when it comes in, which makes every later access to them slow
   * (V8 gives up on their shapes). Here they are made with that prototype, so that there is nothing left to change.
   */
  override initHttpServer(options: ServerOptions): void {
    super.initHttpServer(options);
    const app = this.getInstance<Express>();
    const classes = {
      IncomingMessage: withPrototype(IncomingMessage, app.request),
      ServerResponse: withPrototype(ServerResponse, app.response),
    };
    this.httpServer = createServer(classes, app);
  }

  /** Nest sends an empty body for a handler's `null`; a JSON client needs the JSON value `null`. */
  override reply(response: Response, body: unknown, statusCode?: number): unknown {
    if (!isJson(body) || response.hasHeader('Content-Type')) return super.reply(response, body, statusCode);
    const text = JSON.stringify(body);
    if (statusCode !== undefined) response.statusCode = statusCode;
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.setHeader('Content-Length', Buffer.byteLength(text));
    return response.end(text);
  }

  /** Nest handles unknown addresses below the global prefix only, and Express the others, with a page of HTML. */
  override setNotFoundHandler(handler: Handler): unknown {
    return super.setNotFoundHandler(handler) as unknown;
  }
}

/** A class whose objects are those of another one, with a prototype that extends its own. */
function withPrototype<Class extends abstract new (...args: never[]) => object>(
  original: Class,
  prototype: object,
): Class {
  function Derived(...args: unknown[]): object {
    return Reflect.construct(original, args, Derived) as object;
  }
  Derived.prototype = prototype;
  return Derived as unknown as Class;
}

/** True for what is sent as JSON: objects and arrays that are no stream, no bytes and no error, and null. */
function isJson(body: unknown): body is object | null {
  if (typeof body !== 'object') return false;
  return !(body instanceof StreamableFile || body instanceof Error || ArrayBuffer.isView(body));
}
