import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';

/** Bytes that a key set may have; those of the common issuers have a few thousand. */
const MAX_KEY_SET_BYTES = 1024 * 1024;

/** A key set that could not be fetched or read: a token may be good then. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable';
}

/** The keys of an issuer, fetched when a token needs them and kept for ten minutes. */
export function remoteKeySet(url: string): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), { [customFetch]: fetchKeySet });
}

const fetchKeySet: FetchImplementation = async (url, options) => {
  try {
    const response = await fetch(url, options);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`it answered ${response.status}`);
    }
    return new Response(await readAtMost(MAX_KEY_SET_BYTES, response));
  } catch (error) {
    throw new KeySetUnavailable(`The key set could not be read: ${String(error)}`, { cause: error });
  }
};

/** Stops reading past the limit, whatever the header says: a body may be long, and may be compressed. */
async function readAtMost(limit: number, { body }: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the body.
    if (length > limit) throw new Error(`it has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
