import { type ArgumentMetadata, Injectable, ValidationPipe, type ValidationError } from '@nestjs/common';
import { type FieldError, validationFailed } from '../common/billing-error.js';

const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Validates bodies, queries and parameters against their DTO classes: unknown fields and wrong types are refused, and
 * nothing is converted but by an explicit @Type of the DTO.
 */
@Injectable()
export class InputValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      validationError: { target: false, value: false },
      exceptionFactory: (errors) => validationFailed(errors.flatMap((error) => fieldErrors(error, ''))),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    refuseUnsafe(value, '');
    if (metadata.type === 'body') refuseNonObject(value, metadata);
    return super.transform(value ?? {}, metadata) as Promise<unknown>;
  }
}

function refuseNonObject(value: unknown, metadata: ArgumentMetadata): void {
  if (metadata.metatype === undefined || value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw validationFailed([{ field: '', message: 'The body must be a JSON object' }]);
  }
}

/**
 * What no field may be or hold: text that PostgreSQL cannot store (U+0000, half a surrogate pair), and names that
 * class-transformer passes over, so that they would not be refused as unknown.
 */
function refuseUnsafe(value: unknown, field: string): void {
  if (typeof value === 'string' && value.includes('\0'))
    throw validationFailed([{ field, message: `${field || 'value'} must not contain a NUL character` }]);
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    throw validationFailed([{ field, message: `${field || 'value'} must be valid Unicode` }]);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, nested] of Object.entries(value)) {
    const path = field === '' ? name : `${field}.${name}`;
    if (UNSAFE_NAMES.has(name)) throw validationFailed([{ field: path, message: `${path} is not a known field` }]);
    refuseUnsafe(nested, path);
  }
}

function fieldErrors(error: ValidationError, parent: string): FieldError[] {
  const field = parent === '' ? error.property : `${parent}.${error.property}`;
  // class-validator lists the rules from the last to the first. The first is about the type: of a text, a rule about
  // numbers says what is not true.
  const own = Object.entries(error.constraints ?? {})
    .slice(-1)
    .map(([rule, message]) => ({
      field,
      message: rule === 'whitelistValidation' ? `${field} is not a known field` : message,
    }));
  return [...own, ...(error.children ?? []).flatMap((child) => fieldErrors(child, field))];
}
