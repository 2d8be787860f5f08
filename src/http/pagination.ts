import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Request, type Response } from 'express';
import { map, type Observable } from 'rxjs';

/** One page of a list, newest first. */
export class Page<Item> {
  constructor(
    readonly items: Item[],
    /** `starting_after` of the next page; null on the last one. */
    readonly nextCursor: number | string | null,
  ) {}
}

/** Documents the headers of a list. */
export const PAGE_HEADERS = {
  'X-Has-More': {
    description: 'Whether there is another page',
    schema: { type: 'string' as const, enum: ['true', 'false'] },
  },
  Link: { description: 'Address of the next page, `rel="next"`', schema: { type: 'string' as const } },
};

/**
 * Sends a Page as a plain array, with `X-Has-More` and, while there is more, `Link` (RFC 8288) with the address of the
 * next page, relative to the server's.
 */
@Injectable()
export class PageInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      map((value: unknown) => {
        if (!(value instanceof Page)) return value;
        const response = http.getResponse<Response>();
        response.setHeader('X-Has-More', String(value.nextCursor !== null));
        if (value.nextCursor !== null) {
          const address = nextAddress(http.getRequest<Request>().originalUrl, value.nextCursor);
          response.setHeader('Link', `<${address}>; rel="next"`);
        }
        return value.items as unknown[];
      }),
    );
  }
}

function nextAddress(address: string, cursor: number | string): string {
  const [path = '', query = ''] = address.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('starting_after', String(cursor));
  return `${path}?${parameters.toString()}`;
}
