import { Global, Module } from '@nestjs/common';
import { Doors } from './doors.js';
import { WriteListeners } from './write-listeners.js';

@Global()
@Module({ providers: [Doors, WriteListeners], exports: [Doors, WriteListeners] })
export class SyncModule {}
