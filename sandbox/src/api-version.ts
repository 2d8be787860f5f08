/** The API version that the sandbox speaks: the one that the stripe package of package.json is pinned to. */
export const API_VERSION = '2026-10-28.endive';
