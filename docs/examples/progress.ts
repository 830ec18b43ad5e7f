import type { paths } from "./contract";
import { on, type Source } from "./on";

type ProgressEvent =
  paths["/api/v1/progress/events"]["get"]["responses"]["200"]["content"]["text/event-stream"][number];

const source: Source<ProgressEvent> = new EventSource("/api/v1/progress/events?operation_type=ingest");

on(source, "progress", ({ data }) => console.log(`${data.operation_name}: ${data.overall_percentage} %`));
on(source, "completed", ({ id, data }) => console.log(`${data.operation_name} is done`, id));
on(source, "error", ({ data }) => console.log(`${data.operation_name} failed: ${data.error}`));
on(source, "stream-gap", ({ data }) => console.log(`${data.missed ?? "Some"} events missed: ${data.reason}`));

/** Every event in one place: its name says what `data` is. */
export function describe(event: ProgressEvent): string {
  switch (event.event) {
    case "stream-gap":
      return event.data.reason;
    case "stream-error":
      return `${event.data.code}: ${event.data.message}`;
    case "stream-end":
      return "over";
    default:
      return event.data.operation_name;
  }
}
