import type { Message } from ".";

/** A translation must have exactly the keys of the English file beside it. */
export type Strings<T> = { [K in keyof T]: Message };
