import { Global, Module } from '@nestjs/common';
import { Clock } from './clock.js';
import { Readiness } from './readiness.js';

@Global()
@Module({ providers: [Clock, Readiness], exports: [Clock, Readiness] })
export class CommonModule {}
