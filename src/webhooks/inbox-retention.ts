import { Injectable } from '@nestjs/common';
import { Retention } from '../common/retention.js';
import { Inbox } from './inbox.js';

/** Removes events whose time to be kept is over. */
@Injectable()
export class InboxRetention extends Retention {
  constructor(private readonly inbox: Inbox) {
    super('Old events');
  }

  protected trim(): Promise<number> {
    return this.inbox.trim();
  }
}
