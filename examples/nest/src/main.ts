// A host on Nest that hears what was bought. BILLING_EVENT_SECRET=whsec_… PORT=3000 npm start
import 'reflect-metadata';
import { BadRequestException, Controller, HttpCode, Module, Post, type RawBodyRequest, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Request } from 'express';
import { EventVerificationError, type OutgoingEvent, verifyEvent } from 'stripe-billing-client';
import { BillingEvents } from './billing-events.js';

@Controller('billing-events')
class BillingEventsController {
  constructor(private readonly events: BillingEvents) {}

  @Post()
  @HttpCode(204)
  async receive(@Req() request: RawBodyRequest<Request>): Promise<void> {
    this.events.take(await this.verify(request));
  }

  private async verify(request: RawBodyRequest<Request>): Promise<OutgoingEvent> {
    try {
      return await verifyEvent(request.rawBody ?? '', request.headers, process.env.BILLING_EVENT_SECRET ?? '');
    } catch (error) {
      if (error instanceof EventVerificationError) throw new BadRequestException(error.message);
      throw error;
    }
  }
}

@Module({ controllers: [BillingEventsController], providers: [BillingEvents] })
class AppModule {}

// `rawBody` keeps the bytes beside what the parser makes of them: the signature is over the bytes.
const app = await NestFactory.create<NestExpressApplication>(AppModule, { rawBody: true, logger: ['error', 'warn'] });
app.useBodyParser('json', { limit: '1mb' });
await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1');
console.log(`listening on ${await app.getUrl()}`);
