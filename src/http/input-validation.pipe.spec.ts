import { type ArgumentMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsEmail, IsInt, IsOptional, IsString, MaxLength, ValidateNested } from 'class-validator';
import { BillingError } from '../common/billing-error.js';
import { InputValidationPipe } from './input-validation.pipe.js';

class Inner {
  @IsString()
  city?: string;
}

class Body {
  @IsOptional()
  @IsString()
  @MaxLength(5)
  name?: string;

  @IsOptional()
  @IsInt()
  count?: number;

  @IsOptional()
  @IsEmail()
  email?: string;

  @IsOptional()
  @ValidateNested()
  @Type(() => Inner)
  address?: Inner;
}

async function validate(value: unknown, type: ArgumentMetadata['type'] = 'body'): Promise<unknown> {
  try {
    return await new InputValidationPipe().transform(value, { type, metatype: Body });
  } catch (error) {
    if (error instanceof BillingError && error.code === 'validation_failed') return error.extras.errors;
    throw error;
  }
}

describe('InputValidationPipe', () => {
  it('makes an object of the class of what is valid, and of nothing', async () => {
    expect(await validate({ name: 'Ada' })).toEqual(Object.assign(new Body(), { name: 'Ada' }));
    expect(await validate(undefined)).toEqual(new Body());
  });

  it('converts nothing: a number that is a text is refused', async () => {
    expect(await validate({ count: '5' })).toEqual([{ field: 'count', message: 'count must be an integer number' }]);
  });

  it('refuses what is not declared, so that a slip is loud', async () => {
    expect(await validate({ trialDays: 5 })).toEqual([
      { field: 'trialDays', message: 'trialDays is not a known field' },
    ]);
  });

  it('says one thing of each field, first of all that its type is wrong', async () => {
    expect(await validate({ name: 5, count: 'x' })).toEqual([
      { field: 'name', message: 'name must be a string' },
      { field: 'count', message: 'count must be an integer number' },
    ]);
  });

  it('names a nested field by its path', async () => {
    expect(await validate({ address: { city: 5 } })).toEqual([
      { field: 'address.city', message: 'city must be a string' },
    ]);
  });

  it.each([
    ['a NUL', 'a\0', 'name must not contain a NUL character'],
    ['half a surrogate pair', 'a\ud800', 'name must be valid Unicode'],
  ])('refuses %s, which PostgreSQL cannot store', async (_name, name, message) => {
    expect(await validate({ name })).toEqual([{ field: 'name', message }]);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('refuses a field %s at any depth', async (name) => {
    const field = `address.${name}`;
    expect(await validate(JSON.parse(`{"address":{"${name}":{}}}`))).toEqual([
      { field, message: `${field} is not a known field` },
    ]);
  });

  it.each([[[]], ['text'], [5], [true], [null]])('refuses the body %j, which is no object', async (value) => {
    expect(await validate(value)).toEqual([{ field: '', message: 'The body must be a JSON object' }]);
  });

  it('lets through what is no input of the caller', async () => {
    const user = { anything: '\0' };
    expect(await validate(user, 'custom')).toBe(user);
  });
});
