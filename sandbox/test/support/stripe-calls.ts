import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import ts from 'typescript';

const RESOURCES = path.resolve(path.dirname(createRequire(import.meta.url).resolve('stripe')), '../esm/resources');

/** One call of the stripe package's first API version. */
export interface StripeCall {
  readonly method: string;
  /** With `:` for each id: `/v1/customers/:`. */
  readonly path: string;
  /** The type of its parameters; absent when it takes none. */
  readonly parameters: ts.Type | undefined;
}

/** All calls that the stripe package makes, with the types of their parameters, read from the package itself. */
export class StripeCalls {
  readonly calls: readonly StripeCall[];
  readonly checker: ts.TypeChecker;

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
    this.calls = files.flatMap((file) => this.callsOf(file, program.getSourceFile(file)));
  }

  /** The call of a method and a path whose names begin with a colon. */
  find(method: string, routePath: string): StripeCall | undefined {
    const wanted = routePath.replaceAll(/:[^/]+/g, ':');
    return this.calls.find((call) => call.method === method && call.path === wanted);
  }

  /** The declaration file says what a method takes, the script beside it what it requests. */
  private callsOf(file: string, declarations: ts.SourceFile | undefined): StripeCall[] {
    const module = declarations && this.checker.getSymbolAtLocation(declarations);
    if (module === undefined) return [];
    const requests = requestsOf(file.replace(/\.d\.ts$/, '.js'));
    return this.checker.getExportsOfModule(module).flatMap((symbol) => {
      const methods = requests.get(symbol.name);
      if (methods === undefined) return [];
      const type = this.checker.getDeclaredTypeOfSymbol(symbol);
      return [...methods].map(([name, request]) => ({ ...request, parameters: this.parametersOf(type, name) }));
    });
  }

  private parametersOf(type: ts.Type, method: string): ts.Type | undefined {
    const property = type.getProperty(method);
    const [signature] = property === undefined ? [] : this.checker.getTypeOfSymbol(property).getCallSignatures();
    const parameter = signature?.getParameters().find(({ name }) => name === 'params');
    return parameter && this.checker.getNonNullableType(this.checker.getTypeOfSymbol(parameter));
  }
}

type Request = Pick<StripeCall, 'method' | 'path'>;

/** The requests of each class of a script, by method: `this._makeRequest('GET', '/v1/coupons', …)`. */
function requestsOf(file: string): Map<string, Map<string, Request>> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true);
  const classes = new Map<string, Map<string, Request>>();
  for (const statement of source.statements) {
    if (!ts.isClassDeclaration(statement) || statement.name === undefined) continue;
    const methods = new Map<string, Request>();
    for (const member of statement.members) {
      if (!ts.isMethodDeclaration(member) || member.body === undefined) continue;
      const request = requestIn(member.body);
      if (request !== undefined) methods.set(member.name.getText(source), request);
    }
    classes.set(statement.name.text, methods);
  }
  return classes;
}

function requestIn(node: ts.Node): Request | undefined {
  if (ts.isCallExpression(node) && node.expression.getText().endsWith('._makeRequest')) {
    const [method, url] = node.arguments;
    if (method !== undefined && url !== undefined && ts.isStringLiteral(method)) {
      return { method: method.text, path: pathOf(url) };
    }
  }
  return ts.forEachChild(node, requestIn);
}

function pathOf(url: ts.Expression): string {
  if (!ts.isTemplateExpression(url)) return ts.isStringLiteralLike(url) ? url.text : '';
  return url.head.text + url.templateSpans.map((span) => `:${span.literal.text}`).join('');
}
