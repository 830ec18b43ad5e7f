const PAUSE_BEFORE_SPEAKING = 1000;
const MOST_SPOKEN = 3;

/**
 * Speaks through a polite live region. What happens within a second is said together, and of a flood only the
 * first few: a screen reader reads them one after the other, and no one could follow hundreds.
 * @param {HTMLElement} region
 * @returns {(text: string) => void}
 */
export function createAnnouncer(region) {
  /** @type {string[]} */
  let waiting = [];
  let unspoken = 0;

  function speak() {
    const rest = unspoken ? [`And ${unspoken} more.`] : [];
    region.textContent = [...waiting, ...rest].join(" ");
    waiting = [];
    unspoken = 0;
  }

  return (text) => {
    if (waiting.length === 0) setTimeout(speak, PAUSE_BEFORE_SPEAKING);
    if (waiting.length < MOST_SPOKEN) waiting.push(`${text}.`);
    else unspoken += 1;
  };
}
