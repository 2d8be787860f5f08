import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { type Request } from 'express';
import { Public } from '../auth/access.js';
import { Problems } from '../http/openapi/api-docs.js';
import { WebhookAnswerDto } from './dto/webhook-answer.dto.js';
import { WebhooksService } from './webhooks.service.js';

@ApiTags('webhook')
@Public()
@Controller('webhook')
export class WebhooksController {
  constructor(private readonly webhooks: WebhooksService) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Deliveries from Stripe',
    description:
      'Needs no token: the signature is checked on the raw bytes of the body. A delivery is stored, then answered, then ' +
      'handled; repeated and unknown ones are answered alike.',
  })
  @ApiHeader({
    name: 'Stripe-Signature',
    required: true,
    description: 'HMAC-SHA256 of stamp and body with the signing secret of the endpoint, at most five minutes old',
    schema: {
      type: 'string',
      example: 't=1795341600,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd',
    },
  })
  @ApiBody({
    description: 'The event as Stripe sent it, byte for byte; at most 1 MiB',
    schema: {
      type: 'object',
      additionalProperties: true,
      example: { id: 'evt_1', object: 'event', type: 'invoice.paid' },
    },
  })
  @ApiOkResponse({ type: WebhookAnswerDto })
  @Problems('invalid_signature', 'payload_too_large', 'unsupported_media_type')
  receive(@Req() request: Request): Promise<WebhookAnswerDto> {
    return this.webhooks.receive(request.body, request.headers['stripe-signature']);
  }
}
