import type PDFDocument from 'pdfkit';
import { type Invoice } from '../../resources/invoice/invoice-type.js';
import { formatAmount } from '../../rules/currencies.js';
import { billedTo, datesOf, numberOf, periodText, sumsOf } from './invoice-facts.js';

type Document = InstanceType<typeof PDFDocument>;

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

function head(document: Document, invoice: Invoice): void {
  document.fontSize(9).fillColor('#7a0629').font(BOLD).text('SANDBOX: NO REAL MONEY', MARGIN, MARGIN);
  document.moveDown(1).fontSize(22).fillColor('black').text('Invoice');
  document.moveDown(0.5).fontSize(10).font(REGULAR);
  const facts: [string, string][] = [['Invoice number', numberOf(invoice)], ...datesOf(invoice)];
  for (const [label, value] of facts) {
    const { y } = document;
    document.font(BOLD).text(label, MARGIN, y, { lineBreak: false });
    document.font(REGULAR).text(printable(value), MARGIN + 110, y);
  }
  document.moveDown(1).font(BOLD).text('Bill to', MARGIN).font(REGULAR);
  for (const part of billedTo(invoice)) document.text(printable(part), { width: DESCRIPTION_WIDTH });
  const status = invoice.status === 'paid' ? 'paid' : 'due';
  document.moveDown(1).fontSize(15).font(BOLD);
  document.text(printable(`${amountText(invoice.amount_due, invoice.currency)} ${status}`), MARGIN);
  document.moveDown(1).fontSize(10);
}

function rule(document: Document): void {
  const y = document.y + 2;
  document.moveTo(MARGIN, y).lineTo(RIGHT_END, y).lineWidth(0.5).strokeColor('#8792a6').stroke();
  document.y = y + 6;
}

function lines(document: Document, invoice: Invoice): void {
  const { y } = document;
  document.font(BOLD).text('Description', MARGIN, y, { lineBreak: false });
  right(document, 'Qty', QUANTITY_END, y);
  right(document, 'Amount', RIGHT_END, y);
  document.y = y + 14;
  rule(document);
  for (const line of invoice.lines.data) {
    const description = printable(line.description ?? 'Item');
    document.font(REGULAR).fillColor('black');
    ensureSpace(document, document.heightOfString(description, { width: DESCRIPTION_WIDTH }) + 20);
    const top = document.y;
    right(document, line.quantity === null ? '' : String(line.quantity), QUANTITY_END, top);
    right(document, amountText(line.amount, invoice.currency), RIGHT_END, top);
    document.text(description, MARGIN, top, { width: DESCRIPTION_WIDTH });
    const period = periodText(line);
    if (period !== null) {
      document.fontSize(8).fillColor(SOFT).text(printable(period), { width: DESCRIPTION_WIDTH }).fontSize(10);
    }
    document.moveDown(0.5);
  }
  document.fillColor('black');
}

function sums(document: Document, invoice: Invoice): void {
  ensureSpace(document, 120);
  rule(document);
  for (const [label, amount] of sumsOf(invoice)) {
    const { y } = document;
    document.font(label === 'Amount due' ? BOLD : REGULAR).text(label, DESCRIPTION_WIDTH, y, { lineBreak: false });
    right(document, amountText(amount, invoice.currency), RIGHT_END, y);
    document.y = y + 18;
  }
  if (invoice.footer === null) return;
  document.moveDown(1).font(REGULAR).fontSize(8).fillColor(SOFT);
  document.text(printable(invoice.footer), MARGIN, document.y, { width: RIGHT_END - MARGIN });
}

/** The invoice as a PDF document: number, dates, lines and sums, each amount with its currency's decimals. */
export async function invoicePdf(invoice: Invoice): Promise<Buffer> {
  // It brings fonts and takes its time to load: not before the first PDF.
  const { default: PDFDocument } = await import('pdfkit');
  const created = new Date((invoice.effective_at ?? invoice.created) * 1_000);
  const document = new PDFDocument({
    size: 'A4',
    margin: MARGIN,
    lang: 'en',
    info: { Title: `Invoice ${numberOf(invoice)}`, CreationDate: created, ModDate: created },
  });
  const chunks: Buffer[] = [];
  const result = new Promise<Buffer>((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk));
    document.on('end', () => resolve(Buffer.concat(chunks)));
    document.on('error', reject);
  });
  head(document, invoice);
  lines(document, invoice);
  sums(document, invoice);
  document.end();
  return result;
}
