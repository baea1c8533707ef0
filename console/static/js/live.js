// Live updates: one EventSource that comes back by itself with its Last-Event-ID, and shows whether it is connected.

/**
 * Follow a topic from the event after `after`.
 * `changed(event)` gets every event; `reset()` is called when the place was lost and the page must load afresh.
 */
export function follow(topic, after, { changed, reset, state }) {
  const source = new EventSource(`/api/events?topic=${topic}&after=${encodeURIComponent(after)}`);
  source.addEventListener("open", () => state?.("on"));
  source.addEventListener("error", () => state?.(source.readyState === EventSource.CLOSED ? "off" : "wait"));
  source.addEventListener("message", (event) => changed(JSON.parse(event.data)));
  source.addEventListener("reset", () => reset());
  window.addEventListener("pagehide", () => source.close());
  return source;
}
