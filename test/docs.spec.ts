import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Seen from the compiled tests. */
const ROOT = path.resolve(import.meta.dirname, '../..');
const PACKAGES = ['sandbox', 'client', 'web'];
const MADE = new Set(['node_modules', 'dist', 'dist-test', 'coverage', '.git', '.data']);
/** Where a path of the repository begins. */
const FOLDERS = 'src|test|docs|scripts|examples|bench|sandbox|client|web';

/** A Markdown file. */
interface Page {
  name: string;
  /** Folder of the package that it is about. */
  home: string;
  text: string;
}

const read = (name: string) => readFileSync(path.join(ROOT, name), 'utf8');
const isThere = (...parts: string[]) => existsSync(path.join(ROOT, ...parts));

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.join(folder, entry.name);
    if (MADE.has(entry.name)) return [];
    return entry.isDirectory() ? filesBelow(name) : [name];
  });
}

const FILES = filesBelow('.');
/** The names of files, and that of the catalogue, which is the adopter's. */
const BASE_NAMES = new Set([...FILES.map((name) => path.basename(name)), 'billing.catalogue.json']);
const PAGES = FILES.filter((name) => name.endsWith('.md')).map((name): Page => {
  const home = PACKAGES.find((folder) => name.startsWith(`${folder}/`)) ?? '.';
  return { name, home, text: read(name) };
});

function scriptsOf(folder: string): string[] {
  const { scripts = {} } = JSON.parse(read(path.join(folder, 'package.json'))) as { scripts?: Record<string, string> };
  return Object.keys(scripts);
}

/** The parts of a text in `code`, without the fenced blocks. */
function codeIn(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}

/** What GitHub calls a heading in a link. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function brokenLinks({ name, text }: Page): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [file = '', anchor] = target.split('#');
      const place = file === '' ? name : path.join(path.dirname(name), file);
      return !isThere(place) || (anchor !== undefined && !anchorsOf(read(place)).includes(anchor));
    });
}

/** Paths and file names that a page mentions and that are not there; `X`, `…`, `*` and `<now>` stand for something. */
function missingFiles({ name, home, text }: Page): string[] {
  const isName = /^(\.?[a-z0-9][\w.-]*\.(tsx?|[cm]?js|json)|[\w-]+\.md)$/;
  const isPath = new RegExp(`^(\\.{1,2}/|(${FOLDERS})/)[\\w./-]*$`);
  return codeIn(text).filter((code) => {
    if (isPath.test(code)) return ![path.dirname(name), home, '.', 'test'].some((from) => isThere(from, code));
    return isName.test(code) && !/^Xs?\b/.test(code) && !BASE_NAMES.has(code);
  });
}

/** Commands of npm that a page names and that no package.json has. */
function missingScripts({ home, text }: Page): string[] {
  const commands = [...text.matchAll(/\bnpm (?:run (?:--silent )?([\w:-]+)|(test|start))((?: -w \w+)?)/g)];
  return commands
    .filter(([, script = '', short = '', flag = '']) => {
      const wanted = script || short;
      const folders = flag === '' ? [home, '.'] : [flag.replace(' -w ', '')];
      return !folders.some((folder) => scriptsOf(folder).includes(wanted));
    })
    .map(([command]) => command);
}

describe('the documents', () => {
  it('are found', () => {
    expect(PAGES.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['README.md', 'docs/architecture.md', 'sandbox/README.md', 'client/README.md']),
    );
  });

  it.each(PAGES.map((page) => [page.name, page] as const))('%s names nothing that is not there', (_name, page) => {
    expect({ links: brokenLinks(page), files: missingFiles(page), scripts: missingScripts(page) }).toEqual({
      links: [],
      files: [],
      scripts: [],
    });
  });

  it('name commands that the CLI has', () => {
    const known = [...read('src/cli/program.ts').matchAll(/\.command\('([\w:]+)'\)/g)].map(([, command]) => command);
    const named = PAGES.flatMap(({ text }) => [...text.matchAll(/npm run cli -- ([a-z][\w:]*)/g)]);
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, command]) => command).filter((command) => !known.includes(command))).toEqual([]);
  });

  it('name test files that there are, where they say how to run some', () => {
    const specs = FILES.filter((file) => file.endsWith('.spec.ts'));
    const named = PAGES.flatMap(({ text }) => [...text.matchAll(/npm test --((?: (?!-)[\w.-]+)+)/g)]).flatMap(
      ([, patterns = '']) => patterns.trim().split(' '),
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((pattern) => !specs.some((spec) => spec.includes(pattern)))).toEqual([]);
  });
});

describe('the promises', () => {
  const rows = read('docs/consistency.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.spec.ts'));

  it.each(rows)('are held by a test that says so: %s', (row) => {
    const files = codeIn(row).filter((code) => code.endsWith('.ts'));
    const source = files.map((file) => read(path.join('test', file))).join('\n');
    const [, , heldBy = ''] = row.split('|');
    const titles = [...heldBy.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title);
    expect(titles.filter((title) => !source.includes(title))).toEqual([]);
  });
});

describe('the decision records', () => {
  const records = FILES.filter((name) => /^docs\/decisions\/\d{4}-/.test(name));
  const list = read('docs/decisions/README.md');

  it.each(records)('%s has a date and a status, and stands in the list', (name) => {
    const [heading = '', , status = ''] = read(name).split('\n');
    const file = path.basename(name);
    expect(heading).toMatch(new RegExp(`^# ${file.slice(0, 4)} \\S`));
    expect(status).toMatch(/^(Accepted on \d{4}-\d\d-\d\d|Superseded by \[\d{4}\]\()/);
    expect(list).toContain(`[${file.slice(0, 4)}](${file})`);
  });
});
