/** Where PostgreSQL puts tables of which nobody says where. */
export const DEFAULT_SCHEMA = 'public';

/** Option of a connection: everything that a statement names without a schema is in this one. */
export function searchPath(schema: string): { options?: string } {
  return schema === DEFAULT_SCHEMA ? {} : { options: `-c search_path=${schema}` };
}
