import { Module } from '@nestjs/common';
import { Inbox } from './inbox.js';

/** The inbox alone, for programs that put events in or look at them, without the worker. */
@Module({ providers: [Inbox], exports: [Inbox] })
export class InboxModule {}
