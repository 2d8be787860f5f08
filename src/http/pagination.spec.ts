import { type CallHandler, type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { lastValueFrom, of } from 'rxjs';
import { Page, PageInterceptor } from './pagination.js';

/** What the interceptor makes of a handler's answer. */
async function answer(value: unknown, originalUrl = '/api/v1/billing/invoices') {
  const headers: Record<string, string> = {};
  const response = { setHeader: (name: string, text: string) => (headers[name] = text) };
  const http = { getResponse: () => response, getRequest: () => ({ originalUrl }) };
  const context = { switchToHttp: () => http } as unknown as ExecutionContext;
  const handler: CallHandler = { handle: () => of(value) };
  return { body: await lastValueFrom(new PageInterceptor().intercept(context, handler)), headers };
}

describe('a page of a list', () => {
  it('is a plain array; the last one says that there is no more', async () => {
    expect(await answer(new Page([{ id: 2 }, { id: 1 }], null))).toEqual({
      body: [{ id: 2 }, { id: 1 }],
      headers: { 'X-Has-More': 'false' },
    });
  });

  it('names the address of the next one, relative to the server', async () => {
    expect((await answer(new Page([{ id: 7 }], 7))).headers).toEqual({
      'X-Has-More': 'true',
      Link: '</api/v1/billing/invoices?starting_after=7>; rel="next"',
    });
  });

  it('keeps what the caller asked for, with the new place instead of the old one', async () => {
    const { headers } = await answer(new Page([], 7), '/invoices?limit=2&starting_after=9&status_filter=paid');
    expect(headers.Link).toBe('</invoices?limit=2&starting_after=7&status_filter=paid>; rel="next"');
  });

  it('encodes what could break the header or the address', async () => {
    const { headers } = await answer(new Page([], 'evt_1>&x=1'), '/webhook-events?type=a%3Eb');
    expect(headers.Link).toBe('</webhook-events?type=a%3Eb&starting_after=evt_1%3E%26x%3D1>; rel="next"');
  });

  it('leaves every other answer as it is', async () => {
    expect(await answer({ items: [] })).toEqual({ body: { items: [] }, headers: {} });
  });
});
