import type PDFDocument from 'pdfkit';
import { formatAmount } from '../rules/currencies.js';

type Document = InstanceType<typeof PDFDocument>;

/** What a billing document says, from top to bottom. Amounts are minor units of `currency`. */
export interface BillingDocument {
  readonly title: 'Invoice' | 'Credit note';
  /** Its number, for the title of the file. */
  readonly number: string;
  /** When it was issued, in seconds since 1970. */
  readonly issuedAt: number;
  readonly currency: string;
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly billedTo: readonly string[];
  /** The amount in large type, and the word after it. */
  readonly headline: readonly [amount: number, word: string];
  readonly lines: readonly BillingDocumentLine[];
  readonly sums: readonly (readonly [label: string, amount: number])[];
  /** The label of the sum that counts. */
  readonly mainSum: string;
  readonly footer: string | null;
}

interface BillingDocumentLine {
  readonly description: string;
  readonly quantity: number | null;
  readonly amount: number;
  readonly period: string | null;
}

const MARGIN = 50;
/** Where the columns end on a page of 595 points. */
const QUANTITY_END = 400;
const RIGHT_END = 545;
const DESCRIPTION_WIDTH = 300;
const REGULAR = 'Helvetica';
const BOLD = 'Helvetica-Bold';
const SOFT = '#4f566b';

/** The standard fonts of PDF hold the letters of Western Europe; another letter becomes a question mark. */
function printable(text: string): string {
  return text.replaceAll(/[\u2212]/g, '-').replaceAll(/[^\u0020-\u007e\u00a0-\u00ff€–—‘’“”•…™]/gu, '?');
}

/** An amount with its symbol, or with the currency's code where the fonts have no such symbol. */
function amountText(amount: number, currency: string): string {
  const text = formatAmount(amount, currency);
  if (printable(text) === text) return text;
  return `${currency.toUpperCase()} ${text.replaceAll(/[^\d.,-]/g, '')}`;
}

function right(document: Document, text: string, end: number, y: number): void {
  document.text(printable(text), end - 150, y, { width: 150, align: 'right', lineBreak: false });
}

/** Begins a new page when `needed` points do not fit any more. */
function ensureSpace(document: Document, needed: number): void {
  if (document.y + needed > document.page.height - MARGIN) document.addPage();
}

function head(document: Document, content: BillingDocument): void {
  document.fontSize(9).fillColor('#7a0629').font(BOLD).text('SANDBOX: NO REAL MONEY', MARGIN, MARGIN);
  document.moveDown(1).fontSize(22).fillColor('black').text(content.title);
  document.moveDown(0.5).fontSize(10).font(REGULAR);
  for (const [label, value] of content.facts) {
    const { y } = document;
    document.font(BOLD).text(label, MARGIN, y, { lineBreak: false });
    document.font(REGULAR).text(printable(value), MARGIN + 110, y);
  }
  document.moveDown(1).font(BOLD).text('Bill to', MARGIN).font(REGULAR);
  for (const part of content.billedTo) document.text(printable(part), { width: DESCRIPTION_WIDTH });
  const [amount, word] = content.headline;
  document.moveDown(1).fontSize(15).font(BOLD);
  document.text(printable(`${amountText(amount, content.currency)} ${word}`), MARGIN);
  document.moveDown(1).fontSize(10);
}

function rule(document: Document): void {
  const y = document.y + 2;
  document.moveTo(MARGIN, y).lineTo(RIGHT_END, y).lineWidth(0.5).strokeColor('#8792a6').stroke();
  document.y = y + 6;
}

function lines(document: Document, content: BillingDocument): void {
  const { y } = document;
  document.font(BOLD).text('Description', MARGIN, y, { lineBreak: false });
  right(document, 'Qty', QUANTITY_END, y);
  right(document, 'Amount', RIGHT_END, y);
  document.y = y + 14;
  rule(document);
  for (const line of content.lines) {
    const description = printable(line.description);
    document.font(REGULAR).fillColor('black');
    ensureSpace(document, document.heightOfString(description, { width: DESCRIPTION_WIDTH }) + 20);
    const top = document.y;
    right(document, line.quantity === null ? '' : String(line.quantity), QUANTITY_END, top);
    right(document, amountText(line.amount, content.currency), RIGHT_END, top);
    document.text(description, MARGIN, top, { width: DESCRIPTION_WIDTH });
    if (line.period !== null) {
      document.fontSize(8).fillColor(SOFT).text(printable(line.period), { width: DESCRIPTION_WIDTH }).fontSize(10);
    }
    document.moveDown(0.5);
  }
  document.fillColor('black');
}

function sums(document: Document, content: BillingDocument): void {
  ensureSpace(document, 120);
  rule(document);
  for (const [label, amount] of content.sums) {
    const { y } = document;
    document.font(label === content.mainSum ? BOLD : REGULAR).text(label, DESCRIPTION_WIDTH, y, { lineBreak: false });
    right(document, amountText(amount, content.currency), RIGHT_END, y);
    document.y = y + 18;
  }
  if (content.footer === null) return;
  document.moveDown(1).font(REGULAR).fontSize(8).fillColor(SOFT);
  document.text(printable(content.footer), MARGIN, document.y, { width: RIGHT_END - MARGIN });
}

/** An A4 document: number, dates, lines and sums, each amount with its currency's decimals. */
export async function billingPdf(content: BillingDocument): Promise<Buffer> {
  // It brings fonts and takes its time to load: not before the first PDF.
  const { default: PDFDocument } = await import('pdfkit');
  const issued = new Date(content.issuedAt * 1_000);
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    lang: 'en',
    info: { Title: `${content.title} ${content.number}`, CreationDate: issued, ModDate: issued },
  });
  const chunks: Buffer[] = [];
  const result = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });
  head(document, content);
  lines(document, content);
  sums(document, content);
  document.end();
  return result;
}
