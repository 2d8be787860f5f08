import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const RESOURCES = path.resolve(path.dirname(createRequire(import.meta.url).resolve('stripe')), '../esm/resources');

/**
 * Checks JSON against the types that the stripe package declares: missing required fields, unknown fields, wrong types
 * and enum values that the package does not list are failures.
 */
export class StripeShapes {
  private readonly checker: ts.TypeChecker;
  /** The value of `object` → the declared types that have it. */
  private readonly types = new Map<string, ts.Type[]>();
  /** The same for what is left of a deleted object. */
  private readonly deletedTypes = new Map<string, ts.Type[]>();

  constructor() {
    const files = readdirSync(RESOURCES, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.d.ts') && !name.startsWith('V2'))
      .map((name) => path.join(RESOURCES, name));
    const program = ts.createProgram(files, {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      skipLibCheck: true,
      types: ['node'],
    });
    this.checker = program.getTypeChecker();
    for (const file of files) this.collect(program.getSourceFile(file));
  }

  /** What is wrong with an API object, as texts with the path of each failure. Objects inside it are checked too. */
  failures(value: unknown): string[] {
    const name = isFields(value) && typeof value.object === 'string' ? value.object : undefined;
    if (name === undefined) return ['no API object'];
    if (name === 'list') return this.listFailures(value);
    const deleted = (value as { deleted?: unknown }).deleted === true;
    const types = (deleted ? this.deletedTypes : this.types).get(name);
    if (types === undefined) return [`no type is declared for the object ${name}`];
    const sameEvent = types.filter((type) => this.literalOf(type, 'type') === (value as { type?: unknown }).type);
    return this.best(value, name === 'event' && sameEvent.length > 0 ? sameEvent : types, name);
  }

  private listFailures(value: unknown): string[] {
    if (!isFields(value) || !Array.isArray(value.data)) return ['list: no data'];
    const keys = Object.keys(value).sort().join();
    return [
      ...(keys === 'data,has_more,object,url' ? [] : [`list: has the fields ${keys}`]),
      ...value.data.flatMap((entry) => this.failures(entry)),
    ];
  }

  private collect(source: ts.SourceFile | undefined): void {
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) return;
    for (const symbol of this.checker.getExportsOfModule(module)) {
      if ((symbol.flags & ts.SymbolFlags.Interface) === 0) continue;
      const type = this.checker.getDeclaredTypeOfSymbol(symbol);
      const name = this.literalOf(type, 'object');
      const types = symbol.name.startsWith('Deleted') ? this.deletedTypes : this.types;
      if (name !== undefined) types.set(name, [...(types.get(name) ?? []), type]);
    }
  }

  private best(value: unknown, types: readonly ts.Type[], where: string): string[] {
    const results = types.map((type) => this.check(value, type, where));
    return results.sort((left, right) => left.length - right.length)[0] ?? [];
  }

  private check(value: unknown, type: ts.Type, where: string): string[] {
    if ((type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return [];
    // Partial at every level, which the package does not declare.
    if (where.endsWith('.previous_attributes')) return [];
    if (type.aliasSymbol?.name === 'Decimal' || type.symbol?.name === 'Decimal') {
      return typeof value === 'string' ? [] : [`${where}: a decimal must be text, not ${JSON.stringify(value)}`];
    }
    if (type.isUnion()) return this.checkUnion(value, type, where);
    if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value ? [] : [wrong(where, value)];
    if ((type.flags & ts.TypeFlags.BooleanLiteral) !== 0) {
      return String(value) === this.checker.typeToString(type) ? [] : [wrong(where, value)];
    }
    if ((type.flags & ts.TypeFlags.Null) !== 0) return value === null ? [] : [wrong(where, value)];
    if ((type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Void)) !== 0) return [wrong(where, value)];
    if ((type.flags & ts.TypeFlags.String) !== 0) return typeof value === 'string' ? [] : [wrong(where, value)];
    if ((type.flags & ts.TypeFlags.Number) !== 0) return typeof value === 'number' ? [] : [wrong(where, value)];
    if ((type.flags & ts.TypeFlags.Boolean) !== 0) return typeof value === 'boolean' ? [] : [wrong(where, value)];
    if (this.checker.isArrayType(type)) {
      const [item] = this.checker.getTypeArguments(type as ts.TypeReference);
      if (!Array.isArray(value) || item === undefined) return [wrong(where, value)];
      return value.flatMap((entry, position) => this.check(entry, item, `${where}[${position}]`));
    }
    return this.checkObject(value, type, where);
  }

  private checkUnion(value: unknown, union: ts.UnionType, where: string): string[] {
    if (typeof value === 'string') {
      const literals = union.types.filter((member) => member.isStringLiteral()).map((member) => member.value);
      const anyText = union.types.some((member) => (member.flags & ts.TypeFlags.String) !== 0 || isDecimal(member));
      if (anyText || literals.includes(value)) return [];
      return [`${where}: the value ${value} is not declared`];
    }
    const members = union.types.filter(
      (member) => !member.isStringLiteral() && (member.flags & ts.TypeFlags.StringLike) === 0 && !isOtherString(member),
    );
    const named = members.filter((member) => this.literalOf(member, 'object') === objectNameOf(value));
    return this.best(value, isFields(value) && named.length > 0 ? named : members, where);
  }

  private literalOf(type: ts.Type, name: string): string | undefined {
    const property = type.getProperty(name);
    const literal = property && this.checker.getTypeOfSymbol(property);
    return literal?.isStringLiteral() === true ? literal.value : undefined;
  }

  private checkObject(value: unknown, type: ts.Type, where: string): string[] {
    if (!isFields(value)) return [wrong(where, value)];
    const failures: string[] = [];
    const index = type.getStringIndexType();
    for (const property of this.checker.getPropertiesOfType(type)) {
      const part = value[property.name];
      const optional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      if (part !== undefined) {
        failures.push(...this.check(part, this.checker.getTypeOfSymbol(property), `${where}.${property.name}`));
      } else if (!optional) failures.push(`${where}.${property.name}: is missing`);
    }
    for (const [name, part] of Object.entries(value)) {
      if (type.getProperty(name) !== undefined) continue;
      if (index === undefined) failures.push(`${where}.${name}: is not declared`);
      else failures.push(...this.check(part, index, `${where}.${name}`));
    }
    return failures;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function objectNameOf(value: unknown): unknown {
  return isFields(value) ? value.object : undefined;
}

function isDecimal(type: ts.Type): boolean {
  return type.aliasSymbol?.name === 'Decimal' || type.symbol?.name === 'Decimal';
}

/** `string & Record<never, never>`, by which the package keeps its enums open. */
function isOtherString(type: ts.Type): boolean {
  return type.isIntersection() && type.types.some((part) => (part.flags & ts.TypeFlags.String) !== 0);
}

function wrong(where: string, value: unknown): string {
  return `${where}: ${JSON.stringify(value)?.slice(0, 80)} has the wrong type`;
}
