import { arrayPage, inRange, listPage, pagination } from '../../http/lists.js';
import { mergeMetadata } from '../../http/parameters.js';
import { type Resource } from '../../http/resource.js';
import { route } from '../../http/router.js';
import { type Context } from '../../kernel/context.js';
import { invoices, requireInvoice } from '../invoice/invoice-type.js';
import { computeCreditNote } from './compute-credit-note.js';
import { issueCreditNote, voidCreditNote } from './create-credit-note.js';
import { createParameters, listParameters, previewLinesShape, updateParameters } from './credit-note-parameters.js';
import { type CreditNote, creditNoteLines, creditNotes } from './credit-note-type.js';

const path = '/v1/credit_notes/:note';

/** The credit note that a path names, and its invoice's test clock in use from here on. */
function requireNote(context: Context, id: string): CreditNote {
  const note = context.objects(creditNotes).require(id);
  context.useTestClock(context.objects(invoices).get(note.invoice)?.test_clock);
  return note;
}

const create = route({
  method: 'POST',
  path: '/v1/credit_notes',
  parameters: createParameters,
  handle: ({ context, parameters }) =>
    context.present(issueCreditNote(context, requireInvoice(context, parameters.invoice, 'invoice'), parameters)),
});

const preview = route({
  method: 'GET',
  path: '/v1/credit_notes/preview',
  parameters: createParameters,
  handle: ({ context, parameters }) =>
    context.present(computeCreditNote(context, requireInvoice(context, parameters.invoice, 'invoice'), parameters)),
});

const previewLines = route({
  method: 'GET',
  path: '/v1/credit_notes/preview/lines',
  parameters: previewLinesShape,
  handle({ context, parameters }) {
    const note = computeCreditNote(context, requireInvoice(context, parameters.invoice, 'invoice'), parameters);
    return arrayPage(note.lines.data, parameters, '/v1/credit_notes/preview/lines');
  },
});

const retrieve = route({
  method: 'GET',
  path,
  parameters: {},
  handle: ({ context, path: names }) => context.present(requireNote(context, names.note)),
});

const update = route({
  method: 'POST',
  path,
  parameters: updateParameters,
  handle({ context, path: names, parameters }) {
    const before = requireNote(context, names.note);
    const after = context.objects(creditNotes).update(before.id, {
      memo: parameters.memo ?? before.memo,
      metadata: mergeMetadata(before.metadata ?? {}, parameters.metadata),
    });
    context.emitUpdated('credit_note.updated', before, after);
    return context.present(after);
  },
});

const voidRoute = route({
  method: 'POST',
  path: `${path}/void`,
  parameters: {},
  handle: ({ context, path: names }) => context.present(voidCreditNote(context, requireNote(context, names.note))),
});

const lines = route({
  method: 'GET',
  path: `${path}/lines`,
  parameters: pagination,
  handle({ context, path: names, parameters }) {
    const note = requireNote(context, names.note);
    return arrayPage(note.lines.data, parameters, `/v1/credit_notes/${note.id}/lines`);
  },
});

const list = route({
  method: 'GET',
  path: '/v1/credit_notes',
  parameters: listParameters,
  handle({ context, parameters: sent }) {
    const stored = context.objects(creditNotes);
    const byCustomer = sent.customer === undefined ? undefined : stored.where('customer', sent.customer);
    return listPage(context, creditNotes, sent, {
      url: '/v1/credit_notes',
      among: sent.invoice === undefined ? byCustomer : stored.where('invoice', sent.invoice),
      filter: (note) =>
        inRange(note.created, sent.created) && (sent.customer === undefined || note.customer === sent.customer),
    });
  },
});

export const creditNoteResource: Resource = {
  types: [creditNotes, creditNoteLines],
  routes: [create, preview, previewLines, retrieve, update, voidRoute, lines, list],
};
