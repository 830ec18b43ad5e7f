/**
 * Wraps work so that it is never done twice within an interval nor twice at a time, and not while the tab is
 * hidden; what was asked for meanwhile is made good by doing it once.
 * @param {number} interval In milliseconds, from end to beginning.
 * @param {() => Promise<void>} work
 * @returns {() => void}
 */
export function unhurried(interval, work) {
  let resting = false;
  let owed = false;

  async function perform() {
    if (resting || document.hidden) {
      owed = true;
      return;
    }
    owed = false;
    resting = true;
    await work();
    setTimeout(rested, interval);
  }

  function rested() {
    resting = false;
    if (owed) perform();
  }

  document.addEventListener("visibilitychange", () => owed && perform());
  return perform;
}
