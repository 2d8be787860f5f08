import { Module } from '@nestjs/common';
import { EventDispatcher } from './event-dispatcher.js';
import { EventRetention } from './event-retention.js';

/** What runs by itself: numbers for the events, and their end. */
@Module({ providers: [EventDispatcher, EventRetention] })
export class DispatchModule {}
