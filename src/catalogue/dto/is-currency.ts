import { applyDecorators } from '@nestjs/common';
import { IsString, Matches } from 'class-validator';

/** An ISO 4217 code, in small or capital letters. */
export function IsCurrency(): PropertyDecorator {
  return applyDecorators(IsString(), Matches(/^[A-Za-z]{3}$/, { message: 'currency must be an ISO 4217 code' }));
}
