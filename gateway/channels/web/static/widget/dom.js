/** Elements built from data: text only ever becomes text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  chat: "M4 4h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-7l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z",
  close: "M5 5l14 14M19 5L5 19",
  restart: "M20 12a8 8 0 1 1-2.500-5.800M20 3v5h-5",
  place: "M12 21s7-6.500 7-12a7 7 0 0 0-14 0c0 5.500 7 12 7 12zM12 11.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z",
  clip: "M20 11.500l-8.200 8.200a5 5 0 0 1-7.100-7.100L13.400 4a3.400 3.400 0 0 1 4.800 4.800l-8.600 8.600a1.700 1.700 0 0 1-2.400-2.400l7.800-7.900",
  file: "M6 2h8l5 5v15H6zM14 2v5h5",
  send: "M4 12l16-8-6 16-3-6.500z",
  thumb: "M7 11v9H3v-9zM7 11l4-8a2.500 2.500 0 0 1 2.500 2.500V9H19a2 2 0 0 1 2 2.300l-1.200 7A2 2 0 0 1 17.800 20H7",
  phone: "M7 2h10a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM10 19h4",
  down: "M12 5v14M6 13l6 6 6-6",
};

/** An element. Attributes named on… are listeners; false, null and undefined leave one out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return node;
}

/** A decorative line drawing; whatever holds it carries the label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A link to another site, or plain text when the address is no web address. */
export function webLink(address, words, spoken) {
  let url = null;
  try {
    url = new URL(address);
  } catch {
    return words;
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") return words;
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer", "aria-label": spoken }, words);
}
