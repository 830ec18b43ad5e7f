import type { paths } from "./contract";

type Cancel = paths["/api/v1/progress/operations/{id}:cancel"]["post"];
type Reason = NonNullable<Cancel["requestBody"]>["content"]["application/json"];
type Operation = Cancel["responses"]["200"]["content"]["application/json"];
type Problem = Cancel["responses"]["409"]["content"]["application/problem+json"];

/** Asks an operation to stop; gives its state at that moment. */
export async function cancel(id: string, body: Reason = {}): Promise<Operation> {
  const response = await fetch(`/api/v1/progress/operations/${encodeURIComponent(id)}:cancel`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(((await response.json()) as Problem).detail);
  return (await response.json()) as Operation;
}
