/**
 * Asks again for a stream that was refused, to learn why: EventSource tells neither status nor body.
 * @param {string} address
 * @param {AbortSignal} signal
 * @returns {Promise<{finished: boolean, reason: string}>} finished: there is nothing more to come (204)
 */
export async function inspectRefusal(address, signal) {
  const inspection = new AbortController();
  signal.addEventListener("abort", () => inspection.abort());
  try {
    const response = await fetch(address, { signal: inspection.signal });
    return { finished: response.status === 204, reason: await explain(response) };
  } catch {
    return { finished: false, reason: "The gateway cannot be reached" };
  } finally {
    // By now the stream may be there again, and its body would never end.
    inspection.abort();
  }
}

/** @param {Response} response */
async function explain(response) {
  if (response.ok) return "Connection refused";
  const status = `HTTP ${response.status}`;
  const text = await detail(response);
  return text ? `${status}: ${text}` : status;
}

/**
 * What a refusal says, for people; empty where it says nothing.
 * @param {Response} response
 * @returns {Promise<string>}
 */
export async function detail(response) {
  if (!response.headers.get("content-type")?.includes("json")) return "";
  const problem = await response.json();
  return problem.detail ?? problem.title ?? "";
}
