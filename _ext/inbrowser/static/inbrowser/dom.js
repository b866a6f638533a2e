/* How the panel makes its elements. */

/** Make an element; functions among its properties listen to events, text and elements go into it. */
export function make(name, properties = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties))
    typeof value === "function" ? element.addEventListener(key, value) : element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

/** Make a button that says what it does. */
export function button(text, click, properties = {}) {
  return make("button", { type: "button", click, ...properties }, text);
}
