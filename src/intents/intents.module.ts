import { Global, Module } from '@nestjs/common';
import { Intents } from './intents.js';

@Global()
@Module({ providers: [Intents], exports: [Intents] })
export class IntentsModule {}
