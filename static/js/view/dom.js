// @ts-check
/** Making elements, with text as text. */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  write(made, attributes);
  made.append(...children);
  return made;
}

/** Sets what is not so already: a browser need not lay out again for nothing.
 * @param {Element} target @param {Record<string, string>} attributes */
export function write(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }
}

/** @param {Node} target @param {string} text */
export function say(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A button that acts. @param {string} label @param {string} style classes @param {() => void} act */
export function button(label, style, act) {
  const made = make("button", { type: "button", class: style }, label);
  made.addEventListener("click", act);
  return made;
}
