import { inflateSync } from 'node:zlib';

/** The texts of a PDF document with standard fonts, one entry for each piece of text that is drawn. */
export function pdfTexts(document: Buffer): string[] {
  const raw = document.toString('latin1');
  const texts: string[] = [];
  for (const match of raw.matchAll(/stream\r?\n/g)) {
    const start = match.index + match[0].length;
    const stream = inflated(document.subarray(start, raw.indexOf('endstream', start)));
    for (const [, pieces = ''] of stream.matchAll(/\[([^\]]*)\]\s*TJ/g)) {
      const hex = [...pieces.matchAll(/<([\da-f]*)>/gi)].map(([, digits = '']) => digits).join('');
      texts.push(Buffer.from(hex, 'hex').toString('latin1'));
    }
  }
  return texts;
}

/** How many pages it has. */
export function pdfPages(document: Buffer): number {
  return [...document.toString('latin1').matchAll(/\/Type \/Page\b(?!s)/g)].length;
}

function inflated(stream: Buffer): string {
  try {
    return inflateSync(stream).toString('latin1');
  } catch {
    return '';
  }
}
