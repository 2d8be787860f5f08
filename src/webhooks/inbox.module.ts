import { Module } from '@nestjs/common';
import { Inbox } from './inbox.js';
import { RecentEvents } from './recent-events.js';

/** The inbox alone, for programs that put events in or look at them, without the worker. */
@Module({ providers: [Inbox, RecentEvents], exports: [Inbox, RecentEvents] })
export class InboxModule {}
