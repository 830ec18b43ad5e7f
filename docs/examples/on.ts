/** One event, as the OpenAPI 3.1 document describes it. */
export type Message = { id: string; event: string; data: unknown };

/** An EventSource that is known to send the events of E. */
export type Source<E extends Message> = EventSource & { readonly sends?: E };

/** Calls the handler with each event of one name. Gives a function that ends it. */
export function on<E extends Message, N extends E["event"]>(
  source: Source<E>,
  name: N,
  handler: (event: Extract<E, { event: N }>) => void,
): () => void {
  const listener = ({ data, lastEventId }: MessageEvent) => {
    // EventSource has an `error` of its own, for a lost connection. Only what came over the wire has data.
    if (typeof data !== "string") return;
    handler({ id: lastEventId, event: name, data: JSON.parse(data) } as Extract<E, { event: N }>);
  };
  source.addEventListener(name, listener);
  return () => source.removeEventListener(name, listener);
}
