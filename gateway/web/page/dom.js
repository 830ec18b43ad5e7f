/**
 * Finds an element that the page cannot work without.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {T}
 */
export function find(root, selector) {
  const element = root.querySelector(selector);
  if (!element) throw new Error(`The page lacks ${selector}`);
  return /** @type {T} */ (/** @type {unknown} */ (element));
}

/**
 * Makes a copy of the one element inside a `<template>` of the page.
 * @param {string} templateId
 * @returns {HTMLElement}
 */
export function cloneTemplate(templateId) {
  const template = /** @type {HTMLTemplateElement} */ (find(document, `#${templateId}`));
  return /** @type {HTMLElement} */ (find(template.content, "*").cloneNode(true));
}

/**
 * Writes text only where it changes: an equal write would still cost a layout, and a live region might repeat
 * it.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Shows an icon of the page's sprite.
 * @param {SVGUseElement} use
 * @param {string} name
 */
export function setIcon(use, name) {
  const href = `#icon-${name}`;
  if (use.getAttribute("href") !== href) use.setAttribute("href", href);
}

/**
 * Wraps work so that, however often it is asked for, it runs once per painted frame; not at all while the tab
 * is hidden. Whoever collects data for it therefore has to bound it.
 * @param {() => void} work
 * @returns {() => void}
 */
export function oncePerFrame(work) {
  let scheduled = false;
  return () => {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      work();
    });
  };
}
