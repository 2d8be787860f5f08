/** Thrown by a page whose address names nothing: the answer is the friendly 404 page. */
export class PageNotFound extends Error {}
