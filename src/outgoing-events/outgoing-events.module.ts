import { Global, Module } from '@nestjs/common';
import { OutgoingEndpointsController } from './outgoing-endpoints.controller.js';
import { OutgoingEvents } from './outgoing-events.js';
import { OutgoingEventsController } from './outgoing-events.controller.js';
import { OutgoingEventsReader } from './outgoing-events.reader.js';

/** What the host's programs are told of. */
@Global()
@Module({
  controllers: [OutgoingEventsController, OutgoingEndpointsController],
  providers: [OutgoingEvents, OutgoingEventsReader],
  exports: [OutgoingEvents, OutgoingEventsReader],
})
export class OutgoingEventsModule {}
