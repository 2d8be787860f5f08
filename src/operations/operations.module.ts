import { Global, Module } from '@nestjs/common';
import { Intents } from './operations.js';

@Global()
@Module({ providers: [Intents], exports: [Intents] })
export class IntentsModule {}
