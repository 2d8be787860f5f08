import { Module } from '@nestjs/common';
import { Deliveries } from './deliveries.js';
import { DeliveryWorker } from './delivery-worker.js';
import { EventDispatcher } from './event-dispatcher.js';
import { EventRetention } from './event-retention.js';

/** What runs by itself: numbers for the events, their deliveries, and their end. */
@Module({ providers: [Deliveries, DeliveryWorker, EventDispatcher, EventRetention] })
export class DispatchModule {}
